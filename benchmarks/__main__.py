"""`make bench`: run the benchmarks (or those that are named) and rewrite the table in README.md."""

import argparse
import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
README = FOLDER / "README.md"
BEGIN, END = "<!-- table: python -m benchmarks -->", "<!-- end of table -->"
_GUARD = re.compile(r'^if __name__ == "__main__":', re.MULTILINE)
_HEAD = ["| benchmark | what | value | target | | command |", "| --- | --- | --- | --- | --- | --- |"]
_ROW = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)


def names() -> list[str]:
    """Every benchmark: a module of this folder with a `__main__` guard."""
    return sorted(
        file.stem for file in FOLDER.glob("*.py") if file.stem != "__main__" and _GUARD.search(file.read_text())
    )


def subject(name: str) -> str:
    """What a benchmark measures: the first line of its docstring."""
    text = ast.get_docstring(ast.parse((FOLDER / f"{name}.py").read_text()))
    return (text or "").partition("\n")[0].rstrip(".")


def row(name: str, result: dict[str, Any] | None) -> str:
    """A line of the table; None is a benchmark that failed."""
    cells = ["failed", "", "**failed**"]
    if result:
        sign = "≥" if result["better"] == "higher" else "≤"
        verdict = "pass" if result["pass"] else "**missed**"
        cells = [f"{result['value']:g} {result['unit']}", f"{sign} {result['target']:g}", verdict]
    return "| " + " | ".join([f"`{name}`", subject(name), *cells, f"`python -m benchmarks.{name}`"]) + " |"


def rows() -> dict[str, str]:
    """The lines that the table has now."""
    table = README.read_text().partition(BEGIN)[2].partition(END)[0]
    return {match[1]: line for line in table.splitlines() if (match := _ROW.match(line))}


def write(table: dict[str, str]) -> None:
    """Put the lines between the markers, in the benchmarks' order."""
    before, begin, rest = README.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        sys.exit(f"{README} has lost the markers of its table.")
    lines = [*_HEAD, *(table[name] for name in names() if name in table)]
    README.write_text("\n".join([before + BEGIN, "", *lines, "", END + after]))


def run(name: str, options: list[str]) -> dict[str, Any] | None:
    """Run one benchmark, showing what it prints; its result, or None where it failed."""
    print(f"== {name}: {subject(name)}", flush=True)
    last = ""
    with subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{name}", *options], cwd=FOLDER.parent, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line
    if process.returncode != 0:
        return None
    result: dict[str, Any] = json.loads(last)
    return result


def main() -> None:
    """Exit 1 where a benchmark failed or missed its target. A quick run says its numbers and leaves the table alone."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(names())} (default: all)")
    parser.add_argument("--quick", action="store_true", help="a minute each, less exact")
    parser.add_argument("--keep", metavar="DIR", help="keep there what takes minutes to write, for the rest of the day")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(names()):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    options = ["--quick"] * arguments.quick + (["--keep", arguments.keep] if arguments.keep else [])
    found = {name: run(name, options) for name in arguments.names or names()}
    table = rows() | {name: row(name, result) for name, result in found.items()}
    if arguments.quick:
        print("\n".join([*_HEAD, *(table[name] for name in found)]))
    else:
        write(table)
    sys.exit(0 if all(result and result["pass"] for result in found.values()) else 1)


if __name__ == "__main__":
    main()
