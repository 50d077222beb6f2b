"""The columns of results and rollups, named once: the migration, the ingest and the queries are made of them."""

PHASES = ("total", "name_lookup", "connect", "tls", "first_byte", "transfer", "redirect")
"""What is timed, in ms; `total` first, the others are its parts."""
COUNTERS = ("checks", "up", "degraded", "down", "maintenance", "covers_ms", "down_ms", "maintenance_ms")
"""`covers_ms` is the time that counts for uptime: maintenance stands apart in `maintenance_ms`."""
HISTOGRAM_BASE = 1.04
"""Each bucket is 4 % wider than the one before, so its middle is at most 1.97 % off (DDSketch, Masson et al. 2019)."""

_FROM_RAW = {
    "checks": "count(*)",
    "up": "count(*) FILTER (WHERE status = 0)",
    "degraded": "count(*) FILTER (WHERE status = 1)",
    "down": "count(*) FILTER (WHERE status = 2)",
    "maintenance": "count(*) FILTER (WHERE status = 3)",
    "covers_ms": "coalesce(sum(covers_ms) FILTER (WHERE status <> 3 AND NOT manual), 0)",
    "down_ms": "coalesce(sum(covers_ms) FILTER (WHERE status = 2 AND NOT manual), 0)",
    "maintenance_ms": "coalesce(sum(covers_ms) FILTER (WHERE status = 3 AND NOT manual), 0)",
}
_ANSWERED = "FILTER (WHERE status <> 2)"
"""Times are those of results that were not down: how fast an error page or a refusal comes says nothing."""
_BUCKET = f"ceil(ln(greatest(total_ms, 0.01)::float8) / ln({HISTOGRAM_BASE}::float8))::int4"


def _phase_columns(phase: str) -> tuple[str, str, str, str]:
    return f"{phase}_count", f"{phase}_sum", f"{phase}_min", f"{phase}_max"


ROLLUP_COLUMNS = (*COUNTERS, *(name for phase in PHASES for name in _phase_columns(phase)), "histogram")
"""What a rollup row holds beside its key, in order."""


def definitions() -> str:
    """The rollup columns in SQL's CREATE TABLE."""
    lines = [f"{name} {'bigint' if name.endswith('_ms') else 'integer'} NOT NULL" for name in COUNTERS]
    for phase in PHASES:
        count, total, least, most = _phase_columns(phase)
        lines += [f"{count} integer NOT NULL", f"{total} double precision NOT NULL", f"{least} real", f"{most} real"]
    return ",\n".join([*lines, "histogram integer[] NOT NULL"])


def from_raw() -> str:
    """The rollup columns as aggregates over results."""
    parts = [_FROM_RAW[name] for name in COUNTERS]
    for phase in PHASES:
        column = f"{phase}_ms"
        parts += [
            f"count({column}) {_ANSWERED}",
            f"coalesce(sum({column}::float8) {_ANSWERED}, 0)",
            f"min({column}) {_ANSWERED}",
            f"max({column}) {_ANSWERED}",
        ]
    parts.append(f"histogram_of(array_agg({_BUCKET}) FILTER (WHERE status <> 2 AND total_ms IS NOT NULL))")
    return ", ".join(f"{part} AS {name}" for part, name in zip(parts, ROLLUP_COLUMNS, strict=True))


def from_rollups() -> str:
    """The rollup columns as aggregates over rollup rows."""
    return ", ".join(f"{_fold(name)} AS {name}" for name in ROLLUP_COLUMNS)


def _fold(name: str) -> str:
    if name == "histogram":
        return "histogram_sum(histogram)"
    if name.endswith(("_min", "_max")):
        return f"{name[-3:]}({name})"
    return f"coalesce(sum({name}), 0)::{'float8' if name.endswith('_sum') else 'bigint'}"


def merged(table: str) -> str:
    """`SET` of an upsert: the row that is there and the one that comes, made one."""
    return ", ".join(f"{name} = {_merge(table, name)}" for name in ROLLUP_COLUMNS)


def _merge(table: str, name: str) -> str:
    old, new = f"{table}.{name}", f"excluded.{name}"
    if name == "histogram":
        return f"histogram_merge({old}, {new})"
    if name.endswith("_min"):
        return f"least({old}, {new})"
    if name.endswith("_max"):
        return f"greatest({old}, {new})"
    return f"{old} + {new}"
