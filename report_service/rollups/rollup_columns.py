"""The columns of results and rollups, named once: the migration, the ingest and the queries are made of them."""

from typing import Literal, NamedTuple

from common.contracts import results

Unit = Literal["hour", "day"]
PHASES = ("total", *(name.removesuffix("_ms") for name in results.PHASES))
"""What is timed, in ms; `total` first, the others are its parts."""


class Counters(NamedTuple):
    """`covers_ms` is the time that counts for uptime: maintenance stands apart in `maintenance_ms`. `offline` are those of
    `checks` (and of their status) that tell of the region's own network, not of the endpoint.
    """

    checks: int = 0
    up: int = 0
    degraded: int = 0
    down: int = 0
    maintenance: int = 0
    unknown: int = 0
    offline: int = 0
    covers_ms: int = 0
    down_ms: int = 0
    maintenance_ms: int = 0


COUNTERS = Counters._fields
OFFLINE = "region_offline"
"""The error code of such a result."""
HISTOGRAM_BASE = 1.04
"""Each bucket is 4 % wider than the one before, so its middle is at most 1.97 % off (DDSketch, Masson et al. 2019)."""
PHASE_BASE = 1.1
"""The same for the phases, which are kept by the day only: at most 4.77 % off."""

_ANSWERED = "status NOT IN (2, 4)"
"""Times are those of results that were not down: how fast an error page or a refusal comes says nothing. Nor does a fault
of ours."""
_WHEN = {
    "checks": "true",
    "up": "status = 0",
    "degraded": "status = 1",
    "down": "status = 2",
    "maintenance": "status = 3",
    "unknown": "status = 4",
    "offline": f"error_code = '{OFFLINE}'",
    "covers_ms": "status NOT IN (3, 4) AND NOT manual",
    "down_ms": "status = 2 AND NOT manual",
    "maintenance_ms": "status = 3 AND NOT manual",
}
"""Which results a counter counts, or sums the `covers_ms` of."""


def _phase_columns(phase: str) -> tuple[str, str, str, str]:
    return f"{phase}_count", f"{phase}_sum", f"{phase}_min", f"{phase}_max"


ROLLUP_COLUMNS = (*COUNTERS, *(name for phase in PHASES for name in _phase_columns(phase)), "histogram")
"""What a rollup row holds beside its key, in order."""
PHASE_HISTOGRAMS = tuple(f"{phase}_histogram" for phase in PHASES[1:])
_COLUMNS: dict[Unit, tuple[str, ...]] = {"hour": ROLLUP_COLUMNS, "day": (*ROLLUP_COLUMNS, *PHASE_HISTOGRAMS)}


def names(unit: Unit) -> str:
    """The columns of `rollup_hour` or `rollup_day` beside their key."""
    return ", ".join(_COLUMNS[unit])


def definitions(unit: Unit) -> str:
    """The same in SQL's CREATE TABLE."""
    return ",\n".join(f"{name} {_type(name)}" for name in _COLUMNS[unit])


def _type(name: str) -> str:
    if name.endswith("histogram"):
        return "integer[] NOT NULL"
    if name.endswith(("_min", "_max")):
        return "real"
    if name.endswith("_sum"):
        return "double precision NOT NULL"
    return "bigint NOT NULL" if name.endswith("_ms") else "integer NOT NULL"


def from_raw(unit: Unit = "hour") -> str:
    """The columns as aggregates over results."""
    return _listed(unit, {name: _aggregate(name) for name in _COLUMNS[unit]})


def _aggregate(name: str) -> str:
    if name in COUNTERS:
        what, kind = ("sum(covers_ms)", "bigint") if name.endswith("_ms") else ("count(*)", "integer")
        return f"coalesce({what} FILTER (WHERE {_WHEN[name]}), 0)::{kind}"
    phase, what = _parts(name)
    if what == "histogram":
        found = f"array_agg({_bucket(phase)}) FILTER (WHERE {_ANSWERED} AND {phase}_ms IS NOT NULL)"
        return f"histogram_of({found})"
    value = f"{what}({phase}_ms{'::float8' if what == 'sum' else ''}) FILTER (WHERE {_ANSWERED})"
    return f"coalesce({value}, 0)" if what == "sum" else value


def from_result(unit: Unit) -> str:
    """The columns as they are for one result alone."""
    return _listed(unit, {name: _single(name) for name in _COLUMNS[unit]})


def _single(name: str) -> str:
    if name in COUNTERS:
        what = "covers_ms::bigint" if name.endswith("_ms") else "1"
        return f"CASE WHEN {_WHEN[name]} THEN {what} ELSE 0 END"
    phase, what = _parts(name)
    timed = f"{_ANSWERED} AND {phase}_ms IS NOT NULL"
    return {
        "count": f"CASE WHEN {timed} THEN 1 ELSE 0 END",
        "sum": f"CASE WHEN {timed} THEN {phase}_ms::float8 ELSE 0 END",
        "min": f"CASE WHEN {timed} THEN {phase}_ms END",
        "max": f"CASE WHEN {timed} THEN {phase}_ms END",
        "histogram": f"CASE WHEN {timed} THEN array_fill(1, ARRAY[1], ARRAY[{_bucket(phase)}]) ELSE '{{}}' END",
    }[what]


def from_rollups() -> str:
    """The columns of `rollup_hour` as aggregates over rollup rows, the histograms as `histograms.added` takes them."""
    return ", ".join(f"{_fold(name)} AS {name}" for name in ROLLUP_COLUMNS)


def summed() -> str:
    """The columns of `rollup_month` as aggregates over those of `rollup_day`."""
    return ", ".join(
        f"histogram_sum({name})" if name.endswith("histogram") else _fold(name) for name in _COLUMNS["day"]
    )


def together(histogram: str) -> str:
    """Many histograms in one value: PostgreSQL has no sum of arrays, and one in a language of its own takes longer."""
    return f"string_agg(array_send(array_replace({histogram}, NULL, 0)), '')"


def _fold(name: str) -> str:
    if name.endswith("histogram"):
        return together(name)
    if name.endswith(("_min", "_max")):
        return f"{name[-3:]}({name})"
    return f"coalesce(sum({name}), 0)::{'float8' if name.endswith('_sum') else 'bigint'}"


def _parts(name: str) -> tuple[str, str]:
    """`connect_sum` is `connect` and `sum`; `histogram` alone is that of the whole check."""
    phase, _, what = name.rpartition("_")
    return phase or "total", what


def _bucket(phase: str) -> str:
    base = HISTOGRAM_BASE if phase == "total" else PHASE_BASE
    return f"ceil(ln(greatest({phase}_ms, 0.01)::float8) / ln({base}::float8))::int4"


def _listed(unit: Unit, expressions: dict[str, str]) -> str:
    return ", ".join(f"{expressions[name]} AS {name}" for name in _COLUMNS[unit])


def merged(unit: Unit, *, single: bool) -> str:
    """`SET` of an upsert: the row that is there and the one that comes, made one; `single` where that is one result."""
    return ", ".join(_merge(f"rollup_{unit}", name, single) for name in _COLUMNS[unit])


def _merge(table: str, name: str, single: bool) -> str:
    old, new = f"{table}.{name}", f"excluded.{name}"
    if name.endswith("histogram"):
        if single:  # one bucket: an element is set in place, which costs a fraction of the function
            bucket = f"coalesce(array_lower({new}, 1), array_lower({old}, 1), 0)"
            return f"{name}[{bucket}] = coalesce({old}[{bucket}], 0) + cardinality({new})"
        return f"{name} = histogram_merge({old}, {new})"
    if name.endswith("_min"):
        return f"{name} = least({old}, {new})"
    if name.endswith("_max"):
        return f"{name} = greatest({old}, {new})"
    return f"{name} = {old} + {new}"
