"""What a probe can find, and the small numbers under which the database keeps it."""

STATUSES = ("up", "degraded", "down", "maintenance")
CODES = {status: code for code, status in enumerate(STATUSES)}
UP, DEGRADED, DOWN, MAINTENANCE = range(4)
INCIDENT_STATUSES = ("open", "resolved")
PUBLIC_STATES = ("up", "degraded", "down", "maintenance", "unknown")
"""What a status page says of an endpoint."""
