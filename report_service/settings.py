"""What report_service sets beside common's settings."""

from common import env, rest_settings
from common.settings import *

RAW_RETENTION_DAYS = env.integer("RAW_RETENTION_DAYS", 30, least=1, most=3650)
HOURLY_RETENTION_DAYS = env.integer("HOURLY_RETENTION_DAYS", 396, least=RAW_RETENTION_DAYS, most=36500)
EXPORTS_AT_ONCE = env.integer("EXPORTS_AT_ONCE", 2, least=1, most=1000)
SPECTACULAR_SETTINGS = rest_settings.SPECTACULAR_SETTINGS | {
    "ENUM_NAME_OVERRIDES": {
        "ResultStatus": "common.contracts.results.STATUSES",
        "IncidentStatus": "report_service.results.result_columns.INCIDENT_STATUSES",
    }
}
