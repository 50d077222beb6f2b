"""Run by test_kills as a process of its own: does one job and kills itself with SIGKILL right before or after a step."""

import json
import os
import signal
import sys
from importlib import import_module
from typing import Any

import django


def die_at(module: str, function: str, moment: str) -> None:
    """Make `module.function` the last thing that this process does."""
    owner = import_module(module)
    real = getattr(owner, function)

    def last(*args: Any, **kwargs: Any) -> Any:
        if moment == "after":
            real(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, function, last)


def main() -> None:
    """`killed MODULE FUNCTION before|after [ALERT]`: takes the alert, or else sends what is due."""
    django.setup()
    module, function, moment, *alert = sys.argv[1:]
    die_at(module, function, moment)
    if alert:
        import_module("notification_service.alerts.alert_planner").alerts_accept(alerts=[json.loads(alert[0])])
    else:
        import_module("notification_service.deliveries.sending").deliveries_send()


if __name__ == "__main__":
    main()
