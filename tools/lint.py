"""Checks the rules of the house that a compiler does not: who may include whom, sizes, habits.

Prints `path:line: rule: message` for every finding and exits with 1 if there is any.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Iterator

RULES = {
    "include-direction": "a room includes only the rooms that ARCHITECTURE.md lets it use",
    "pure-room": "base to trace, sim, wire: no thread, clock, socket, stream or <random>",
    "listed-source": "every source under src/ is listed in the nearest CMakeLists.txt",
    "no-glob": "CMake lists sources, it does not search for them",
    "pragma-once": "a header says #pragma once",
    "file-length": "a file has at most 500 lines",
    "function-length": "a C++ function has at most 60 lines",
    "line-length": "a line has at most 100 columns",
    "unfinished-mark": "no marks of unfinished work",
    "no-sleep": "tests wait for events, never for time",
    "no-skipped-test": "no test is switched off",
}

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
MAX_COLUMNS = 100

# Room: the rooms it may include besides itself. The longest name that fits a path is its room;
# files directly in src/steelyard/ are the entrance and may include every room. A test may include
# what these rooms use, too: it has to build them.
ROOMS = {
    "base": [],
    "strategy": ["base"],
    "core": ["base", "strategy"],
    "trace": ["base", "strategy", "core"],
    "sim": ["base", "strategy", "core", "trace"],
    "wire": ["base"],
    "store": ["base"],
    "monitor": ["base", "strategy", "core"],
    "runtime/future": ["base"],
    "runtime/journal": ["base", "store"],
    "runtime/plugin": ["base", "strategy"],
    "runtime/recording": ["base", "trace"],
    "runtime/task": ["base"],
    "runtime/inproc": ["base", "strategy", "core", "runtime/future", "runtime/task"],
    "runtime/zmq": [
        "base", "strategy", "core", "trace", "wire", "store", "monitor", "runtime/future",
        "runtime/task", "runtime/journal",
    ],
    "config": ["base"],
    "hub": ["base", "monitor", "runtime/task", "runtime/zmq"],
    "gateway/http": ["base"],
    "gateway/page": [],
    "gateway": [
        "base", "monitor", "runtime/future", "runtime/task", "runtime/zmq", "config",
        "gateway/http", "gateway/page",
    ],
    "service": [
        "base", "strategy", "config", "gateway", "hub", "runtime/task", "runtime/zmq",
    ],
}
PURE_ROOMS = ["base", "strategy", "core", "trace", "sim", "wire"]
IMPURE_INCLUDE = re.compile(r"thread|mutex|random|iostream|zmq\b.*|boost/asio\b.*")
CLOCK = re.compile(r"\b(steady_clock|system_clock|high_resolution_clock)\b")

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b")
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|\btime\.sleep\b")
SKIPPED = re.compile(r"\bDISABLED_|\bGTEST_SKIP\b|\bpytest\.(mark\.)?(skip|skipif|xfail)\b")
GLOB = re.compile(r"\bfile\s*\(\s*GLOB", re.IGNORECASE)

CPP = {".cpp", ".hpp"}
CODE = CPP | {".py", ".cmake", ".sh", ".proto", ".js", ".css"}
TEXT = CODE | {".md", ".txt", ".json", ".html"}
TEXT_NAMES = {"dev", "run"}
SKIPPED_FOLDERS = {"build", "__pycache__", ".git", ".cache", ".pytest_cache"}


@dataclass(frozen=True)
class Finding:
    path: PurePosixPath
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


class SourceFile:
    """One file of the tree; `code` is its text, for C++ without comments and literals."""

    def __init__(self, root: Path, path: Path):
        self.path = PurePosixPath(path.relative_to(root))
        self.text = path.read_text(encoding="utf-8", errors="replace")
        self.lines = self.text.splitlines()
        self.is_cpp = path.suffix in CPP
        self.is_code = path.suffix in CODE or path.name in {"CMakeLists.txt", *TEXT_NAMES}
        self.is_cmake = path.suffix == ".cmake" or path.name == "CMakeLists.txt"
        self.is_test = self.path.parts[0] == "tests" or ".test." in path.name
        self.code = without(COMMENT_OR_LITERAL, self.text) if self.is_cpp else self.text

    def finding(self, line: int, rule: str, message: str) -> Finding:
        return Finding(self.path, line, rule, message)


def project_files(root: Path) -> Iterator[Path]:
    """All text files of the tree, in a stable order; generated folders are left out."""
    for path in sorted(root.rglob("*")):
        if SKIPPED_FOLDERS.isdisjoint(path.relative_to(root).parts) and path.is_file():
            if path.suffix in TEXT or path.name in TEXT_NAMES:
                yield path


def lint(root: Path) -> list[Finding]:
    files = [SourceFile(root, path) for path in project_files(root)]
    findings: list[Finding] = []
    for file in files:
        findings += unfinished_marks(file)
        if file.is_code:
            findings += sizes(file)
        if file.is_cmake:
            findings += globs(file)
        if file.is_test:
            findings += test_habits(file)
        if file.is_cpp:
            findings += pragma_once(file)
            findings += function_lengths(file)
            findings += room_rules(file)
    findings += unlisted_sources(files)
    return findings


# Rooms


def room_of(path: PurePosixPath) -> str | None:
    """The room of `src/steelyard/…`; "" for the entrance, None outside src/steelyard."""
    if path.parts[:2] != ("src", "steelyard"):
        return None
    folders = path.parts[2:-1]
    for length in range(len(folders), 0, -1):
        room = "/".join(folders[:length])
        if room in ROOMS:
            return room
    return folders[0] if folders else ""


def room_rules(file: SourceFile) -> Iterator[Finding]:
    room = room_of(file.path)
    if not room:
        return
    if room not in ROOMS:
        yield file.finding(1, "include-direction", f"unknown room {room}: add it to tools/lint.py")
        return
    for number, code in enumerate(file.code.splitlines(), 1):
        if include := INCLUDE.match(file.lines[number - 1]):
            yield from include_rules(file, number, room, *include.groups())
        elif room in PURE_ROOMS and CLOCK.search(code):
            yield file.finding(number, "pure-room", f"{room} cannot read a clock")


def include_rules(
    file: SourceFile, line: int, room: str, quote: str, name: str
) -> Iterator[Finding]:
    if quote == '"' and not name.startswith("steelyard/"):
        yield file.finding(line, "include-direction", f'start with "steelyard/": {name}')
    other = room_of(PurePosixPath("src") / name)
    if other == "":
        yield file.finding(line, "include-direction", f"{room} may not include {name}")
    elif other is not None and other not in rooms_for(room, file.is_test):
        yield file.finding(line, "include-direction", f"{room} may not include {other}")
    if room in PURE_ROOMS and IMPURE_INCLUDE.fullmatch(name):
        yield file.finding(line, "pure-room", f"{room} may not include {name}")


def rooms_for(room: str, is_test: bool) -> set[str]:
    rooms = {room, *ROOMS[room]}
    return rooms.union(*(ROOMS[used] for used in rooms)) if is_test else rooms


# Sizes


def sizes(file: SourceFile) -> Iterator[Finding]:
    if len(file.lines) > MAX_FILE_LINES:
        yield file.finding(MAX_FILE_LINES + 1, "file-length", f"{len(file.lines)} lines")
    for number, line in enumerate(file.lines, 1):
        if len(line) > MAX_COLUMNS:
            yield file.finding(number, "line-length", f"{len(line)} columns")


def function_lengths(file: SourceFile) -> Iterator[Finding]:
    for first, last in functions(file.code):
        if last - first + 1 > MAX_FUNCTION_LINES:
            yield file.finding(first, "function-length", f"{last - first + 1} lines")


def functions(code: str) -> Iterator[tuple[int, int]]:
    """First and last line of each function that is longer than a line.

    Relies on clang-format: a body's brace ends its line. Braces that close on the line where they
    open are dropped; what stands before an open one since the last statement is its head, and the
    head tells a function from a namespace, a type or an initialiser.
    """
    open_braces: list[int | None] = []  # for each the function's first line, None for others
    head, head_line = "", 0
    for number, line in enumerate(without(NO_STATEMENT, code).splitlines(), 1):
        for piece in re.findall(r"[{};]|[^{};]+", drop_closed_braces(line)):
            if piece == "{":
                in_function = any(first is not None for first in open_braces)
                starts = not in_function and is_function_head(head)
                open_braces.append(head_line if starts else None)
            elif piece == "}" and open_braces:
                first = open_braces.pop()
                if first is not None:
                    yield first, number
            if piece in "{};":
                head = ""
            elif piece.strip():
                head_line = head_line if head else number
                head += piece + " "


def drop_closed_braces(line: str) -> str:
    while (shorter := re.sub(r"\{[^{}]*\}", "", line)) != line:
        line = shorter
    return line


def is_function_head(head: str) -> bool:
    head = re.sub(r"\btemplate <.*?> ", "", head)
    while (flat := re.sub(r"\([^()]*\)", "<call>", head)) != head:
        head = flat
    if "(" in head or "<call>" not in head:
        return False
    if re.search(r"\b(namespace|class|struct|union|enum)\b", head):
        return False
    return "operator" in head or "=" not in head


NO_STATEMENT = re.compile(
    r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*"  # preprocessor line with its continuations
    r"|^ *(?:public|protected|private):",
    re.MULTILINE,
)
COMMENT_OR_LITERAL = re.compile(
    r'R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"'  # raw string
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'(?:\\[^\n']+|\\'|[^'\\\n])'"
    r"|//[^\n]*|/\*.*?\*/",
    re.DOTALL,
)


def without(pattern: re.Pattern[str], text: str) -> str:
    """The text with all that matches left out; the lines keep their numbers."""
    return pattern.sub(lambda match: "\n" * match[0].count("\n"), text)


# Habits


def pragma_once(file: SourceFile) -> Iterator[Finding]:
    if file.path.suffix == ".hpp" and "#pragma once" not in file.lines:
        yield file.finding(1, "pragma-once", "the header lacks #pragma once")


def unfinished_marks(file: SourceFile) -> Iterator[Finding]:
    for number, line in enumerate(file.lines, 1):
        if mark := UNFINISHED.search(line):
            yield file.finding(number, "unfinished-mark", mark[0])


def test_habits(file: SourceFile) -> Iterator[Finding]:
    for number, line in enumerate(file.code.splitlines(), 1):
        if sleep := SLEEP.search(line):
            yield file.finding(number, "no-sleep", f"{sleep[0]} in a test")
        if skipped := SKIPPED.search(line):
            yield file.finding(number, "no-skipped-test", skipped[0])


def globs(file: SourceFile) -> Iterator[Finding]:
    for number, line in enumerate(file.lines, 1):
        if GLOB.search(line):
            yield file.finding(number, "no-glob", "list the sources instead")


def unlisted_sources(files: list[SourceFile]) -> Iterator[Finding]:
    lists = {
        file.path.parent: set(re.split(r"[\s()\"]+", re.sub(r"#.*", "", file.text)))
        for file in files
        if file.path.name == "CMakeLists.txt"
    }
    for file in files:
        if file.is_cpp and file.path.parts[0] == "src":
            folder = next((folder for folder in file.path.parents if folder in lists), None)
            if folder is None or str(file.path.relative_to(folder)) not in lists[folder]:
                yield file.finding(1, "listed-source", "not in the nearest CMakeLists.txt")


def main() -> int:
    rules = "\n".join(f"  {name:18} {text}" for name, text in RULES.items())
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=f"rules:\n{rules}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    here = Path(__file__).resolve().parent.parent
    parser.add_argument("root", nargs="?", type=Path, default=here, help="tree (default: this one)")
    findings = lint(parser.parse_args().root.resolve())
    for finding in findings:
        print(finding)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
