#!/usr/bin/env python3
"""Django's command line for one service: `./manage.py user_service migrate`."""

import os
import sys


def main() -> None:
    """Take the service's name off the arguments; DJANGO_SETTINGS_MODULE names it otherwise."""
    from common.fleet import fleet  # noqa: PLC0415

    services = fleet().services
    if len(sys.argv) > 1 and sys.argv[1] in services:
        os.environ["DJANGO_SETTINGS_MODULE"] = f"{sys.argv.pop(1)}.settings"
    if "DJANGO_SETTINGS_MODULE" not in os.environ:
        sys.exit(f"Say which service: ./manage.py SERVICE COMMAND, where SERVICE is one of {', '.join(services)}.")

    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
