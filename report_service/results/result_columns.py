"""The columns of results, made of the contract: those of the table, of what comes in, and of what is shown.

A new field of a result that is one value, a moment or JSON needs nothing here.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from msgspec import inspect

from common.contracts.fields import described
from common.contracts.results import OURS, PHASES, STATUSES, Result, Transition

_FIELDS = described(Result)
CODES = {status: code for code, status in enumerate(STATUSES)}
"""The small numbers under which the database keeps statuses."""
UP, DEGRADED, DOWN, MAINTENANCE, UNKNOWN = range(5)
INCIDENT_STATUSES = ("open", "resolved")
_OURS = ", ".join(f"'{code}'" for code in sorted(OURS))
FAULT_OF_OURS = f"(status = 'unknown' OR status = 'down' AND error_code IN ({_OURS}))"
"""SQL over what came in; checkers of the version before call it `down`."""


def _is_json(name: str) -> bool:
    """Whether it is kept as JSON, in a text: nothing searches in it."""
    return (
        name in _FIELDS and name != "phases" and isinstance(_FIELDS[name].type, inspect.DictType | inspect.StructType)
    )


def _shown(*where: str) -> tuple[str, ...]:
    """In the contract's order; JSON at the end, behind what is a cell of a table."""
    return tuple(sorted((name for name, field in _FIELDS.items() if field.about.shown in where), key=_is_json))


def _flat(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(one for name in names for one in (PHASES if name == "phases" else (name,)))


LISTED = _shown("list")
"""What lists show of a result beside its id."""
DETAILED = (*LISTED, *_shown("detail"))
"""What its details show."""
CELLS = ("id", *_flat(name for name in LISTED if not _is_json(name)))
"""What a table shows of it, such as an export as CSV."""
LISTED_COLUMNS = ("id", *_flat(LISTED))
STORED = ("id", *_flat(DETAILED))
"""The columns of `report`: what is shown is kept."""


class LatestResult(NamedTuple):
    """What `latest_result` keeps of the last one of an endpoint in a region; the status by its name."""

    region: str
    checked_at: datetime
    status: str
    state: str
    http_status: int | None
    error_code: str | None
    message: str | None
    total_ms: float | None
    certificate_expires_at: datetime | None
    cause_data: str | None


LATEST = LatestResult._fields[1:]
LAST_RESULT = ("region", *(name for name in LATEST if name != "state"))
"""What the overview shows of it; the state is the endpoint's."""


def _of_type(*kinds: type[inspect.Type]) -> tuple[str, ...]:
    return tuple(name for name in STORED if name in _FIELDS and isinstance(_FIELDS[name].type, kinds))


MOMENTS = _of_type(inspect.DateTimeType)
TEXTS = tuple(name for name in _of_type(inspect.StrType) if name in CELLS)
"""Cells that somebody else may have written."""
RARE = tuple(
    name for name in STORED if _is_json(name) or (name in _of_type(inspect.StrType) and _FIELDS[name].about.lines)
)
"""What most results have nothing of: JSON, and texts of many lines."""
PLAIN = tuple(name for name in STORED if name in _FIELDS and name not in {*MOMENTS, *RARE})
TIMES = tuple(name for name in (*PLAIN, *PHASES) if name in PHASES or name in _of_type(inspect.FloatType))
"""Those that are `real` in the table, in ms."""
NEVER_NULL = tuple(name for name in _of_type(inspect.StrType, inspect.LiteralType) if not _FIELDS[name].is_nullable)
_SQL_TYPES: dict[type[inspect.Type], str] = {
    inspect.BoolType: "boolean",
    inspect.DateTimeType: "timestamptz",
    inspect.FloatType: "float8",
    inspect.IntType: "bigint",
}


def _staged(name: str, kind: inspect.Type) -> str:
    return f"{name} {'uuid' if name.endswith('incident_id') else _SQL_TYPES.get(type(kind), 'text')}"


_CHANGE = described(Transition)
INCOMING = ", ".join(
    [
        "position integer",
        "id uuid",
        *(_staged(name, _FIELDS[name].type) for name in PLAIN),
        *(f"{name} bigint" for name in MOMENTS),
        *(f"{name} float8" for name in PHASES),
        *(f"{name} text" for name in RARE),
        *(_staged(f"change_{name}", field.type) for name, field in _CHANGE.items()),
    ]
)
"""The columns of the staging table, in the order of `decoding.copy_lines`; `MOMENTS` are in us since 1970."""


def status_of(code: int, error_code: str | None) -> str:
    """The name of a latest result's status. There a fault of ours is kept as a failure with its error code, as processes
    of the version before can read it.
    """
    return "unknown" if code == DOWN and error_code in OURS else STATUSES[code]
