"""`python -m tests.asvs`: the counts at the top of docs/asvs.md, made of the tables below them."""

import re
from collections import Counter
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "asvs.md"
_CHAPTER = re.compile(r"^## (V\d+[^\n]*)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_ROW = re.compile(r"^\| (\d[^|]*) \| (yes|part|no|n/a) \|", re.MULTILINE)
_COUNTS = re.compile(r"(?<=\| --- \| --- \| --- \| --- \| --- \|\n)(?:\|.*\n|COUNTS\n)+")
VERDICTS = ("yes", "part", "no", "n/a")


def requirements(cell: str) -> int:
    """How many requirements a cell names: `1.2.6, 1.2.7` is two, `6.2.1 to 6.2.7` seven, a whole section one."""
    number = 0
    for part in cell.split(", "):
        first, _, last = part.partition(" to ")
        number += int(last.rsplit(".", 1)[1]) - int(first.rsplit(".", 1)[1]) + 1 if last else 1
    return number


def counts(page: str) -> str:
    """The rows of the table."""
    rows = []
    for chapter, text in _CHAPTER.findall(page):
        found: Counter[str] = Counter()
        for cell, verdict in _ROW.findall(text):
            found[verdict] += requirements(cell.strip())
        if found:
            rows.append(f"| {chapter} | " + " | ".join(str(found[verdict]) for verdict in VERDICTS) + " |\n")
    return "".join(rows)


def with_counts(page: str) -> str:
    """The page with its counts made anew."""
    return _COUNTS.sub(lambda _: counts(page), page, count=1)


if __name__ == "__main__":
    PAGE.write_text(with_counts(PAGE.read_text()))
