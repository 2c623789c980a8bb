"""Feeds small bad files to tools/lint.py, one for each rule, and expects exactly that finding.

Words that the lint itself looks for are written in two parts here, because it reads this file too.
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import lint  # noqa: E402

HEADER = "#pragma once\n"


@pytest.fixture
def findings(tmp_path):
    """Writes files into an empty tree and returns the lint's findings as (path, line, rule)."""

    def run(files: dict[str, str]):
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return [(str(f.path), f.line, f.rule) for f in lint.lint(tmp_path)]

    return run


def listed(path: str, text: str) -> dict[str, str]:
    """The file together with a CMakeLists.txt that lists it."""
    folder, name = path.rsplit("/", 1)
    return {path: text, f"{folder}/CMakeLists.txt": f"steelyard_room(x SOURCES {name})\n"}


def lines(count: int) -> str:
    return "  use(x);\n" * count


def test_clean_tree_has_no_findings(findings):
    header = HEADER + '#include <vector>\n\n#include "steelyard/base/ids.hpp"\n'
    assert findings(listed("src/steelyard/core/jobs.hpp", header)) == []


@pytest.mark.parametrize(
    "path, include",
    [
        ("src/steelyard/base/a.hpp", '"steelyard/core/b.hpp"'),
        ("src/steelyard/wire/a.hpp", '"steelyard/strategy/b.hpp"'),
        ("src/steelyard/core/a.hpp", "<steelyard/runtime/inproc/b.hpp>"),
        ("src/steelyard/core/a.hpp", '"steelyard/steelyard.hpp"'),
        ("src/steelyard/core/a.test.cpp", '"steelyard/monitor/b.hpp"'),
        ("src/steelyard/runtime/zmq/a.hpp", '"steelyard/runtime/inproc/b.hpp"'),
        ("src/steelyard/runtime/task/a.hpp", '"steelyard/wire/b.hpp"'),
        ("src/steelyard/monitor/a.hpp", '"steelyard/wire/b.hpp"'),
        ("src/steelyard/core/a.hpp", '"../runtime/b.hpp"'),
    ],
)
def test_include_against_the_arrows_is_found(findings, path, include):
    assert findings(listed(path, f"{HEADER}#include {include}\n")) == [
        (path, 2, "include-direction")
    ]


@pytest.mark.parametrize(
    "path, include",
    [
        ("src/steelyard/runtime/zmq/a.hpp", '"steelyard/runtime/future/future.hpp"'),
        ("src/steelyard/runtime/zmq/a.hpp", "<thread>"),
        ("src/steelyard/steelyard.hpp", '"steelyard/runtime/inproc/balancer.hpp"'),
        ("src/steelyard/base/a.hpp", '"steelyard/base/random.hpp"'),
        ("src/steelyard/monitor/a.test.cpp", '"steelyard/strategy/oldest.hpp"'),
    ],
)
def test_include_along_the_arrows_is_fine(findings, path, include):
    assert findings(listed(path, f"{HEADER}#include {include}\n")) == []


def test_room_that_the_table_does_not_know_is_found(findings):
    path = "src/steelyard/attic/a.hpp"
    assert findings(listed(path, HEADER)) == [(path, 1, "include-direction")]


@pytest.mark.parametrize(
    "line",
    [
        "#include <thread>",
        "#include <mutex>",
        "#include <random>",
        "#include <iostream>",
        "#include <zmq.hpp>",
        "#include <boost/asio/io_context.hpp>",
        "auto now = std::chrono::steady_clock::now();",
        "auto now = std::chrono::system_clock::now();",
    ],
)
@pytest.mark.parametrize("room", ["base", "strategy", "core", "wire"])
def test_pure_room_knows_no_clock_thread_or_socket(findings, room, line):
    path = f"src/steelyard/{room}/a.cpp"
    assert findings(listed(path, line + "\n")) == [(path, 1, "pure-room")]


def test_clock_in_a_comment_or_string_is_fine(findings):
    text = '// not steady_clock\n/* nor\n system_clock */\nauto name = "steady_clock";\n'
    assert findings(listed("src/steelyard/core/a.cpp", text)) == []


def test_unlisted_source_is_found(findings):
    files = listed("src/steelyard/core/a.cpp", "")
    files["src/steelyard/core/forgotten.test.cpp"] = ""
    files["src/steelyard/core/CMakeLists.txt"] += "# forgotten.test.cpp\n"
    assert findings(files) == [("src/steelyard/core/forgotten.test.cpp", 1, "listed-source")]


def test_source_may_be_listed_with_its_folder(findings):
    files = {
        "src/steelyard/strategy/CMakeLists.txt": "steelyard_room(x\n  SOURCES policies/a.cpp)\n",
        "src/steelyard/strategy/policies/a.cpp": "",
    }
    assert findings(files) == []


def test_searching_for_sources_is_found(findings):
    files = {"src/steelyard/core/CMakeLists.txt": "file" "(GLOB sources *.cpp)\n"}
    assert findings(files) == [("src/steelyard/core/CMakeLists.txt", 1, "no-glob")]


def test_header_without_pragma_once_is_found(findings):
    assert findings({"examples/a.hpp": "int x;\n"}) == [("examples/a.hpp", 1, "pragma-once")]


def test_file_of_500_lines_is_fine_and_501_is_found(findings):
    assert findings({"examples/a.cpp": "\n" * 500}) == []
    assert findings({"examples/a.cpp": "\n" * 501}) == [("examples/a.cpp", 501, "file-length")]


def test_line_of_100_columns_is_fine_and_101_is_found(findings):
    assert findings({"examples/a.py": "é" * 100}) == []
    assert findings({"examples/a.py": "é" * 101}) == [("examples/a.py", 1, "line-length")]


@pytest.mark.parametrize(
    "before, head",
    [
        ("", "void f() {\n"),
        ("", "TEST(Suite, says_something) {\n"),
        ("", "template <class T = int>\nT f(const std::vector<int>& v = {}) {\n"),
        ("", "Thing::Thing(int a)\n    : a_(a),\n      b_{2} {\n"),
        ("", "bool operator==(const A& a, const A& b) {\n"),
        ("#define LOOP(x) \\\n  while (x) {}\n", "auto f() -> int {\n"),
        ("namespace {\nclass A {\n public:\n", "  int f() const {\n    if (x) {\n    }\n"),
    ],
)
def test_function_of_60_lines_is_fine_and_61_is_found(findings, before, head):
    def function(length: int) -> dict[str, str]:
        body = lines(length - 1 - head.count("\n"))
        return {"examples/a.cpp": f"{before}{head}{body}}}\n"}

    assert findings(function(60)) == []
    line = 1 + before.count("\n")
    assert findings(function(61)) == [("examples/a.cpp", line, "function-length")]


@pytest.mark.parametrize(
    "head",
    [
        "namespace steelyard {\n",
        "class A : public Base<int(int)> {\n",
        "enum class Code : unsigned char {\n",
        "constexpr auto kTable = std::to_array<Entry>({\n",
        "const Options kOptions = {\n",
    ],
)
def test_long_types_and_tables_are_no_functions(findings, head):
    assert findings({"examples/a.cpp": head + lines(100) + "}\n"}) == []


def test_braces_in_comments_and_literals_do_not_count(findings):
    body = "  auto open = '{'; // {\n" + '  auto text = R"({\n{)"; /* { */\n' + lines(50)
    text = f"void f() {{\n{body}}}\n\nvoid g() {{\n{lines(50)}}}\n"
    assert findings({"examples/a.cpp": text}) == []


@pytest.mark.parametrize("mark", ["TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"])
def test_unfinished_mark_is_found_everywhere(findings, mark):
    assert findings({"docs/a.md": f"{mark}: later\n"}) == [("docs/a.md", 1, "unfinished-mark")]


@pytest.mark.parametrize(
    "path, line",
    [
        ("examples/a.test.cpp", "std::this_thread::sleep" "_for(1ms);"),
        ("tests/e2e/a.cpp", "usl" "eep(10);"),
        ("tests/e2e/test_a.py", "time.sl" "eep(1)"),
    ],
)
def test_sleep_is_found_in_tests_only(findings, path, line):
    assert findings({path: line + "\n", "examples/a.cpp": line + "\n"}) == [(path, 1, "no-sleep")]


@pytest.mark.parametrize(
    "path, line",
    [
        ("examples/a.test.cpp", "TEST(Suite, DIS" "ABLED_case) {}"),
        ("examples/a.test.cpp", "  GTEST_" "SKIP();"),
        ("tests/e2e/test_a.py", "@pytest.mark.sk" "ip"),
        ("tests/e2e/test_a.py", "@pytest.mark.x" "fail"),
    ],
)
def test_test_that_is_switched_off_is_found(findings, path, line):
    assert findings({path: line + "\n"}) == [(path, 1, "no-skipped-test")]


def test_generated_folders_are_left_out(findings):
    assert findings({"build/release/a.hpp": "", "tools/__pycache__/a.py": "x" * 200}) == []


def test_program_prints_findings_and_fails(tmp_path, capsys, monkeypatch):
    (tmp_path / "a.hpp").write_text("int x;\n")
    monkeypatch.setattr(sys, "argv", ["lint.py", str(tmp_path)])
    assert lint.main() == 1
    assert capsys.readouterr().out == "a.hpp:1: pragma-once: the header lacks #pragma once\n"


def test_help_names_every_rule(capsys, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["lint.py", "--help"])
    with pytest.raises(SystemExit):
        lint.main()
    out = capsys.readouterr().out
    assert all(f"  {rule} " in out for rule in lint.RULES)
