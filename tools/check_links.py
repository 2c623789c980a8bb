"""Checks that links between the project's Markdown files resolve, headings included.

Prints `path:line: link: message` for every broken link and exits with 1 if there is any.
"""

import re
import sys
from pathlib import Path
from typing import Iterator

from lint import project_files

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"#+\s+(.*)")
ELSEWHERE = re.compile(r"[a-z]+:")  # https:, mailto:


def broken_links(root: Path) -> Iterator[str]:
    for path in project_files(root):
        if path.suffix == ".md":
            for number, line in prose(path):
                for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
                    if message := problem(root, path, target):
                        yield f"{path.relative_to(root)}:{number}: link: {message}"


def problem(root: Path, source: Path, target: str) -> str | None:
    if ELSEWHERE.match(target):
        return None
    name, _, anchor = target.partition("#")
    path = (source.parent / name).resolve() if name else source
    if not path.exists() or not path.is_relative_to(root):
        return f"{name} does not exist"
    if anchor and anchor not in anchors(path):
        return f"{name or source.name} has no heading #{anchor}"
    return None


def anchors(path: Path) -> set[str]:
    """The names under which the headings of a file can be linked, as code hosts form them."""
    headings = (HEADING.match(line) for _, line in prose(path))
    texts = (re.sub(r"[^\w\- ]", "", match[1].strip().lower()) for match in headings if match)
    return {text.replace(" ", "-") for text in texts}


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """The numbered lines outside fenced code."""
    fenced = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield number, line


def main() -> int:
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    broken = list(broken_links(root))
    print("\n".join(broken), end="\n" if broken else "")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
