"""Small trees of Markdown files for tools/check_links.py."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import check_links  # noqa: E402


@pytest.fixture
def broken(tmp_path):
    """The broken links of a README with the given text, next to a guide with one heading."""

    def run(readme: str) -> list[str]:
        (tmp_path / "docs").mkdir()
        (tmp_path / "docs" / "guide.md").write_text("# The guide\n\n## Leases & `beats`\n")
        (tmp_path / "README.md").write_text(readme)
        return list(check_links.broken_links(tmp_path))

    return run


@pytest.mark.parametrize(
    "text",
    [
        "[guide](docs/guide.md)",
        "[folder](docs)",
        "[leases](docs/guide.md#leases--beats)",
        "# Here\n[here](#here)",
        "[outside](https://example.org/nowhere.md)",
        "```\n[code](nowhere.md)\n```",
        "`[code](nowhere.md)`",
    ],
)
def test_link_that_resolves_is_fine(broken, text):
    assert broken(text) == []


@pytest.mark.parametrize(
    "link, message",
    [
        ("docs/nowhere.md", "docs/nowhere.md does not exist"),
        ("docs/guide.md#nothing", "docs/guide.md has no heading #nothing"),
        ("#nothing", "README.md has no heading #nothing"),
        ("../README.md", "../README.md does not exist"),
    ],
)
def test_broken_link_is_found(broken, link, message):
    assert broken(f"Read\n[this]({link}).") == [f"README.md:2: link: {message}"]
