"""Checks that code shown in the project's Markdown files is the code of the project.

A region of a source file lies between a line `// [docs: NAME]` and a line `// [docs: end]`, which
are not part of it; `#` stands for `//` where that begins a comment. A page shows the region in the
fenced block that follows

    <!-- code: PATH NAME -->

with the path as seen from the root of the tree. Prints `path:line: code: message` for every block
that differs and for every region that is shown nowhere, and exits with 1 if there is any. With
--update, blocks that differ are written anew.
"""

import argparse
import re
import sys
import textwrap
from pathlib import Path
from typing import Iterator

from lint import CODE, project_files

MARK = re.compile(r"\s*(?://|#) \[docs: ([a-z0-9-]+)\]\s*$")
END = "end"
REQUEST = re.compile(r"<!-- code: (\S+) (\S+) -->\s*$")
FENCE = "```"
SHOWN = CODE | {".json"}  # our settings may have comments

Region = list[str]


class Wrong(Exception):
    """What is wrong, at which line."""

    def __init__(self, line: int, message: str):
        super().__init__(message)
        self.line = line


def regions(text: str) -> dict[str, tuple[int, Region]]:
    """The regions of a source file by name, each with the line where it begins."""
    found: dict[str, tuple[int, Region]] = {}
    name, first, lines = "", 0, []
    for number, line in enumerate(text.splitlines(), 1):
        mark = MARK.match(line)
        if not mark:
            lines.append(line)
        elif mark[1] == END:
            if not name:
                raise Wrong(number, "nothing ends here")
            found[name] = (first, textwrap.dedent("\n".join(lines)).split("\n"))
            name = ""
        elif name or mark[1] in found:
            raise Wrong(number, f"region {name or mark[1]} " + ("has no end" if name else "again"))
        else:
            name, first, lines = mark[1], number, []
    if name:
        raise Wrong(first, f"region {name} has no end")
    return found


def blocks(lines: list[str]) -> Iterator[tuple[int, str, str, int, int]]:
    """Of each block that shows a region: the line that asks for it, path and name of the region,
    and where its code begins and ends in `lines`."""
    number = 0
    while number < len(lines):
        request = REQUEST.match(lines[number])
        number += 1
        if not request:
            continue
        if number == len(lines) or not lines[number].startswith(FENCE):
            raise Wrong(number, "no fenced block follows")
        first = last = number + 1
        while last < len(lines) and lines[last] != FENCE:
            last += 1
        if last == len(lines):
            raise Wrong(number + 1, "the fenced block has no end")
        yield number, request[1], request[2], first, last
        number = last + 1


class Snippets:
    """Every region of a tree, and which of them are shown."""

    def __init__(self, root: Path):
        self.root = root
        self.findings: list[str] = []
        self.regions: dict[tuple[str, str], tuple[int, Region]] = {}
        self.shown: set[tuple[str, str]] = set()
        for path in project_files(root):
            if path.suffix in SHOWN or path.name == "CMakeLists.txt":
                self.read_source(path)

    def read_source(self, path: Path) -> None:
        name = path.relative_to(self.root).as_posix()
        try:
            for region, where in regions(path.read_text(encoding="utf-8")).items():
                self.regions[name, region] = where
        except Wrong as wrong:
            self.note(name, wrong.line, str(wrong))

    def note(self, path: str, line: int, message: str) -> None:
        self.findings.append(f"{path}:{line}: code: {message}")

    def check_page(self, path: Path, update: bool) -> None:
        name = path.relative_to(self.root).as_posix()
        lines = path.read_text(encoding="utf-8").splitlines()
        renewed = list(lines)
        try:
            # From the end, so that what was written anew moves nothing that comes later.
            for line, source, region, first, last in reversed(list(blocks(lines))):
                found = self.regions.get((source, region))
                if found is None:
                    self.note(name, line, f"{source} has no region {region}")
                    continue
                self.shown.add((source, region))
                if lines[first:last] == found[1]:
                    continue
                renewed[first:last] = found[1]
                if not update:
                    self.note(name, line, f"differs from {source}; mended by ./dev docs --update")
        except Wrong as wrong:
            self.note(name, wrong.line, str(wrong))
        if update and renewed != lines:
            path.write_text("\n".join(renewed) + "\n", encoding="utf-8")

    def check_all_shown(self) -> None:
        for (source, region), (line, _) in self.regions.items():
            if (source, region) not in self.shown:
                self.note(source, line, f"no page shows region {region}")


def check(root: Path, update: bool = False) -> list[str]:
    snippets = Snippets(root)
    for path in project_files(root):
        if path.suffix == ".md":
            snippets.check_page(path, update)
    snippets.check_all_shown()
    return sorted(snippets.findings)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).parent.parent)
    parser.add_argument("--update", action="store_true", help="write blocks that differ anew")
    arguments = parser.parse_args()
    findings = check(arguments.root.resolve(), arguments.update)
    print("\n".join(findings), end="\n" if findings else "")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
