"""What report_service sets beside common's settings."""

from common import env
from common.settings import *

RAW_RETENTION_DAYS = env.integer("RAW_RETENTION_DAYS", 30, least=1, most=3650)
HOURLY_RETENTION_DAYS = env.integer("HOURLY_RETENTION_DAYS", 396, least=RAW_RETENTION_DAYS, most=36500)
