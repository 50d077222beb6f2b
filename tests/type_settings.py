"""Settings for mypy's Django plugin alone: every service's application at once, which no process ever has."""

import os

from common.fleet import fleet

os.environ["DJANGO_SETTINGS_MODULE"] = "user_service.settings"
for _name in ("SECRET_KEY", "INTERNAL_TOKEN", "ENCRYPTION_KEYS"):
    os.environ.setdefault(_name, "x" * 40)
os.environ.setdefault("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
os.environ.setdefault("BROKER_URL", "redis://127.0.0.1:9/0")

from common.settings import *  # noqa: E402, F403
from email_service.settings import *  # noqa: E402, F403
from endpoint_check.settings import *  # noqa: E402, F403
from endpoint_service.settings import *  # noqa: E402, F403
from frontend.settings import *  # noqa: E402, F403
from notification_service.settings import *  # noqa: E402, F403
from report_service.settings import *  # noqa: E402, F403
from slack_service.settings import *  # noqa: E402, F403
from user_service.settings import *  # noqa: E402, F403

INSTALLED_APPS = [*INSTALLED_APPS, *(name for name in fleet().services if name not in INSTALLED_APPS)]  # noqa: F405
