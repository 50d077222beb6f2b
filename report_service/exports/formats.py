"""Results as CSV and as JSON lines."""

import csv
import io
from collections.abc import Iterator, Sequence

import msgspec

from report_service.results.listing import Shown, nested
from report_service.results.result_columns import CELLS, TEXTS

_FORMULAS = frozenset("=+-@\t\r")
"""With what a text begins that a spreadsheet runs."""
_TEXTS = [CELLS.index(name) for name in TEXTS]


def export_csv(chunks: Iterator[list[Shown]]) -> Iterator[bytes]:
    """CSV (RFC 4180) with a header line; texts that a spreadsheet would run as a formula begin with an apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(CELLS)
    for rows in chunks:
        writer.writerows(map(_harmless, rows))
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def _harmless(row: Shown) -> Sequence[object]:
    """Only texts can be dangerous; the other columns are ours. A cause's data is no cell of a table."""
    row = row[: len(CELLS)]
    line: list[object] | None = None
    for place in _TEXTS:
        text = row[place]
        if isinstance(text, str) and text[:1] in _FORMULAS:
            line = line or list(row)
            line[place] = f"'{text}"
    return line or row


def export_jsonl(chunks: Iterator[list[Shown]]) -> Iterator[bytes]:
    """One JSON object a line, each as the API shows a result."""
    encode = msgspec.json.Encoder().encode_lines
    for rows in chunks:
        yield encode(map(nested, rows))
