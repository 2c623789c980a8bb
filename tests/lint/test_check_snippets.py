"""Small trees with one source file and one page for tools/check_snippets.py."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import check_snippets  # noqa: E402

SOURCE = "int a;\n  // [docs: two]\n  int b;\n\n    int c;\n  // [docs: end]\nint d;\n"
PAGE = "Text\n\n<!-- code: x.cpp two -->\n```cpp\n{}```\nMore text\n"
CODE = "int b;\n\n  int c;\n"


@pytest.fixture
def tree(tmp_path):
    """Writes the two files and returns their folder."""

    def write(source: str, page: str) -> Path:
        (tmp_path / "x.cpp").write_text(source)
        (tmp_path / "page.md").write_text(page)
        return tmp_path

    return write


def test_block_that_is_the_code_is_fine(tree):
    assert check_snippets.check(tree(SOURCE, PAGE.format(CODE))) == []


@pytest.mark.parametrize("shown", [CODE.replace("b", "x"), CODE + "int d;\n", "int b;\n", ""])
def test_block_that_differs_is_found(tree, shown):
    assert check_snippets.check(tree(SOURCE, PAGE.format(shown))) == [
        "page.md:3: code: differs from x.cpp; mended by ./dev docs --update"
    ]


@pytest.mark.parametrize("shown", [CODE, "int other;\n", ""])
def test_update_writes_every_block_anew(tree, shown):
    folder = tree(SOURCE, PAGE.format(shown) + PAGE.format("int e;\n" + CODE))
    assert check_snippets.check(folder, update=True) == []
    assert (folder / "page.md").read_text() == PAGE.format(CODE) * 2


def test_region_may_be_in_a_file_with_other_comments(tree):
    folder = tree("", "<!-- code: CMakeLists.txt all -->\n```cmake\nproject(x)\n```\n")
    (folder / "CMakeLists.txt").write_text("# [docs: all]\nproject(x)\n# [docs: end]\n")
    assert check_snippets.check(folder) == []


@pytest.mark.parametrize(
    "source, page, finding",
    [
        (SOURCE, "", "x.cpp:2: code: no page shows region two"),
        ("", PAGE.format(CODE), "page.md:3: code: x.cpp has no region two"),
        (SOURCE, "<!-- code: y.h two -->\n```\n```\n", "page.md:1: code: y.h has no region two"),
        (SOURCE, "<!-- code: x.cpp two -->\nText\n", "page.md:1: code: no fenced block follows"),
        (SOURCE, "<!-- code: x.cpp two -->", "page.md:1: code: no fenced block follows"),
        (SOURCE, "<!-- code: x.cpp two -->\n```\n", "page.md:2: code: the fenced block has no end"),
        ("// [docs: two]\n", "", "x.cpp:1: code: region two has no end"),
        ("// [docs: two]\n// [docs: one]\n", "", "x.cpp:2: code: region two has no end"),
        ("// [docs: end]\n", "", "x.cpp:1: code: nothing ends here"),
        (SOURCE * 2, "", "x.cpp:9: code: region two again"),
    ],
)
def test_what_does_not_fit_together_is_found(tree, source, page, finding):
    assert finding in check_snippets.check(tree(source, page))


def test_program_says_what_is_wrong(tree, monkeypatch, capsys):
    folder = tree(SOURCE, PAGE.format(""))
    monkeypatch.setattr(sys, "argv", ["check_snippets.py", str(folder)])
    assert check_snippets.main() == 1
    assert capsys.readouterr().out.startswith("page.md:3: code: differs")
    monkeypatch.setattr(sys, "argv", ["check_snippets.py", str(folder), "--update"])
    assert check_snippets.main() == 0
    assert capsys.readouterr().out == ""
