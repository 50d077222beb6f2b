"""What notification_service sets beside common's settings."""

from common import env
from common.rest_settings import SPECTACULAR_SETTINGS
from common.settings import *

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.postgres"]
ALLOW_PRIVATE_TARGETS = env.boolean("ALLOW_PRIVATE_TARGETS", default=False)
FLEET_PORTS = frozenset(env.ports("FLEET_PORTS"))
WEBHOOK_TIMEOUT_MS = 10_000
SPECTACULAR_SETTINGS["ENUM_NAME_OVERRIDES"] = {"EventEnum": "notification_service.rules.events.CHOSEN_EVENTS"}
