"""What is printed and how: a table for people, JSON, YAML and CSV for programs."""

import csv
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pong_cli.output.console import SafeConsole, harmless_cell
from pong_cli.output.control_characters import escaped, harmless

if TYPE_CHECKING:
    from rich.console import RenderableType

    from pong_cli.answers import Answered, Whole

T = TypeVar("T")
_GAP, _LEAST, _FOLDED = 2, 6, 24
"""Columns between columns; of one that was cut; of one that is broken over lines where there is no more room."""
UNBOUND = 1000
"""Columns of an output that is no terminal: nothing is cut off in a file or a pipe."""


@dataclass(frozen=True)
class Column(Generic[T]):
    """A column: `key` is its field (with dots into objects) and its name in CSV, `show` what a table shows of a row."""

    title: str
    key: str
    show: "Callable[[T], str | Text] | None" = None
    right: bool = False
    cut: bool = False
    """Cut off rather than broken over lines where the terminal is narrow."""
    keep: bool = False
    """Never narrower than what it says."""
    least: int = 0
    """Left out where the terminal has fewer columns."""

    def cell(self, row: "Answered[T]") -> str | Text:
        """The text in a table."""
        return harmless_cell(self.show(row.known) if self.show else plain(value_at(row.whole, self.key)))


def value_at(row: Mapping[str, object], key: str) -> object:
    """The value under a dotted key; None where there is none."""
    value: object = row
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def plain(value: object) -> str:
    """A value as text: lists joined, objects as JSON, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


class Screen:
    """Standard output in the form that was asked for."""

    def __init__(self, *, output: str, quiet: bool) -> None:
        self.output = output
        self.quiet = quiet

    @cached_property
    def console(self) -> Console:
        """Rich, without colour and without a width of its own where nobody looks."""
        if sys.stdout.isatty() or "COLUMNS" in os.environ:
            return SafeConsole(highlight=False)
        return SafeConsole(highlight=False, width=UNBOUND)

    @property
    def for_people(self) -> bool:
        """Whether pictures and sentences are wanted."""
        return self.output == "table" and not self.quiet

    def say(self, text: str) -> None:
        """A sentence for people."""
        if self.for_people:
            self.console.print(text, markup=False, soft_wrap=True)

    def progress(self, text: str) -> None:
        """A sentence about what takes a while, where somebody waits for it."""
        if self.for_people and sys.stderr.isatty():
            print(harmless(text), file=sys.stderr)  # noqa: T201

    def draw(self, picture: "RenderableType") -> None:
        """A picture for people."""
        if self.for_people:
            self.console.print(picture)

    def rows(
        self, rows: "Sequence[Answered[T]]", columns: Sequence[Column[T]], *, empty: str = "", ident: str = "id"
    ) -> None:
        """A list; `--quiet` prints each row's `ident` alone."""
        if self.output != "table":
            self._data([row.whole for row in rows], [row.whole for row in rows], columns)
        elif self.quiet:
            for row in rows:
                print(harmless(plain(value_at(row.whole, ident))))  # noqa: T201
        elif rows:
            shown = [column for column in columns if self.console.width >= column.least]
            self._print(_table(rows, shown, self.console.width))
        else:
            self.say(empty)

    def one(self, row: "Answered[T]", columns: Sequence[Column[T]], *, ident: str = "id") -> None:
        """One object, a line for each field."""
        if self.output != "table":
            self._data(row.whole, [row.whole], columns)
        elif self.quiet:
            print(harmless(plain(value_at(row.whole, ident))))  # noqa: T201
        else:
            table = Table.grid(padding=(0, 2))
            for column in columns:
                if cell := column.cell(row):
                    table.add_row(Text(column.title, style="dim"), cell)
            self._print(table)

    def _print(self, table: Table) -> None:
        """Without the blanks that fill a table's last column."""
        with self.console.capture() as captured:
            self.console.print(table)
        sys.stdout.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))

    def _data(self, value: object, rows: "Iterable[Whole]", columns: Sequence[Column[T]]) -> None:
        if self.output == "json":
            print(escaped(json.dumps(value, ensure_ascii=False, indent=2)))  # noqa: T201
        elif self.output == "yaml":
            from pong_cli.output.yaml_text import as_yaml  # noqa: PLC0415

            sys.stdout.write(as_yaml(value))
        else:
            writer = csv.writer(sys.stdout, lineterminator="\n")
            writer.writerow([column.key for column in columns])
            writer.writerows(
                [_csv_cell(harmless(plain(value_at(row, column.key)))) for column in columns] for row in rows
            )


def _csv_cell(text: str) -> str:
    """A cell that a spreadsheet does not take for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _table(rows: "Sequence[Answered[T]]", columns: Sequence[Column[T]], width: int) -> Table:
    table = Table(box=None, padding=(0, _GAP, 0, 0), header_style="dim", pad_edge=False)
    cells = [[column.cell(row) for column in columns] for row in rows]
    natural = [
        max(cell_len(text) for text in (column.title, *(str(line[index]) for line in cells)))
        for index, column in enumerate(columns)
    ]
    for column, most in zip(columns, _limits(columns, natural, width), strict=True):
        table.add_column(
            column.title,
            justify="right" if column.right else "left",
            no_wrap=_is_firm(column),
            overflow="ellipsis" if column.cut else "fold",
            max_width=most if column.cut else None,
        )
    for line in cells:
        table.add_row(*line)
    return table


def _limits(columns: Sequence[Column[T]], natural: Sequence[int], width: int) -> list[int]:
    """How wide each column may be: the widest of those that may be cut gives way first. Rich would shrink all alike."""
    limits = [size if _is_firm(column) else min(size, _FOLDED) for column, size in zip(columns, natural, strict=True)]
    excess = sum(limits) + _GAP * (len(limits) - 1) - width
    while excess > 0:
        widest = max(
            (index for index, column in enumerate(columns) if column.cut), key=limits.__getitem__, default=None
        )
        if widest is None or limits[widest] <= _LEAST:
            break
        limits[widest] -= 1
        excess -= 1
    return limits


def _is_firm(column: Column[T]) -> bool:
    """Whether it cannot be broken over lines."""
    return column.cut or column.right or column.keep
