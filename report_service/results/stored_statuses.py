"""What a probe can find, and the small numbers under which the database keeps it."""

from common.contracts.results import OURS, STATUSES

CODES = {status: code for code, status in enumerate(STATUSES)}
UP, DEGRADED, DOWN, MAINTENANCE, UNKNOWN = range(5)
INCIDENT_STATUSES = ("open", "resolved")
_OURS = ", ".join(f"'{code}'" for code in sorted(OURS))
FAULT_OF_OURS = f"(status = 'unknown' OR status = 'down' AND error_code IN ({_OURS}))"
"""SQL over what came in; checkers of the version before call it `down`."""


def status_of(code: int, error_code: str | None) -> str:
    """The name of a latest result's status. There a fault of ours is kept as a failure with its error code, as processes
    of the version before can read it.
    """
    return "unknown" if code == DOWN and error_code in OURS else STATUSES[code]
