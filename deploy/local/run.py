"""`python -m deploy.local.run PROGRAM`: become one process of the fleet.

The supervisor's file holds names only; commands, addresses and secrets are put together here, so no secret shows in a
file of the supervisor or in the process list.
"""

import os
import sys

from deploy.local import postgres
from deploy.local.data_dir import DataDir
from deploy.local.leftovers import write_pid
from deploy.local.programs import ADJUSTABLE, STARTER, programs, working_directory

KEPT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "HOME",
    "TMPDIR",
    "PYTHONPATH",
    "VIRTUAL_ENV",
    "SSL_CERT_FILE",
    "PONGPONG_DATA_DIR",
    "MALLOC_ARENA_MAX",
    "MALLOC_TRIM_THRESHOLD_",
)
"""What every process gets of the environment of `up`."""
PASSED_TO_SERVICES = (
    "SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "SMTP_PASSWORD_FILE", "SMTP_TLS", "MAIL_FROM",
    "SLACK_API_URL", "LOG_LEVEL", "MAX_BODY_BYTES", "REQUEST_SECONDS", "QUOTAS", "CHECK_SLOTS", "CHECKS_PER_SECOND_TO_A_HOST",
    "DNS_SERVERS", "REGION_SENTINELS",
    "RAW_RETENTION_DAYS", "HOURLY_RETENTION_DAYS", "EXPORTS_AT_ONCE",
    "MAX_ENDPOINTS_PER_USER", "MAX_MAINTENANCE_WINDOWS_PER_USER", "CHECKS_PER_MINUTE", "ANONYMOUS_CHECKS_PER_MINUTE",
    "CHECKS_AT_ONCE", "EMAIL_CONFIRMATION", "LOGINS_PER_ACCOUNT", "LOGINS_PER_ADDRESS", "SIGN_UPS_PER_ADDRESS",
    "RESETS_PER_ACCOUNT", "MAILS_PER_RECIPIENT", "MAILS_PER_ADDRESS", "CODES_PER_DAY", "DEMO",
    "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER",
)  # fmt: skip
"""What a user may set before `pongpong up`, beside the defaults in `programs.service_environment`."""


def prepare(name: str) -> tuple[list[str], dict[str, str]]:
    """The program's command and environment; sets the working directory and, for PostgreSQL, drops root."""
    data = DataDir.at(os.environ["PONGPONG_DATA_DIR"])
    write_pid(data, name)
    program = programs(data)[name]
    kept = {key: os.environ[key] for key in KEPT if key in os.environ}
    if name == STARTER or "DJANGO_SETTINGS_MODULE" in program.environment:
        kept |= {key: os.environ[key] for key in (*PASSED_TO_SERVICES, *ADJUSTABLE) if key in os.environ}
        # Standard ones that OpenTelemetry reads by itself; one name for all services would hide which is which.
        kept |= {
            key: value for key, value in os.environ.items() if key.startswith("OTEL_") and key != "OTEL_SERVICE_NAME"
        }
    os.chdir(working_directory(data, name))
    if name == "postgres":
        postgres.become_unprivileged()
    return program.argv, kept | program.environment


def main() -> None:
    """Replace this process by the program."""
    argv, environment = prepare(sys.argv[1])
    os.execve(argv[0], argv, environment)  # noqa: S606  no shell is wanted


if __name__ == "__main__":
    main()
