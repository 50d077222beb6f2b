"""Settings for mypy's Django plugin alone: every service's at once, which no process ever has."""

import os

from common.fleet import fleet
from tests.environment import placeholder_environment

os.environ.update(placeholder_environment("user_service"))

from common.settings import *  # noqa: F403
from email_service.settings import *  # noqa: F403
from endpoint_check.settings import *  # noqa: F403
from endpoint_service.settings import *  # noqa: F403
from frontend.settings import DEMO  # noqa: F401
from notification_service.settings import *  # noqa: F403
from report_service.settings import *  # noqa: F403
from slack_service.settings import *  # noqa: F403
from user_service.settings import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, *(name for name in fleet().services if name not in INSTALLED_APPS)]  # noqa: F405
