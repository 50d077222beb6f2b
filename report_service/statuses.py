"""What a probe can find, and the small numbers under which the database keeps it."""

STATUSES = ("up", "degraded", "down", "maintenance")
CODES = {status: code for code, status in enumerate(STATUSES)}
UP, DEGRADED, DOWN, MAINTENANCE = range(4)
