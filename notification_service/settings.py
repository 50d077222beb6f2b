"""What notification_service sets beside common's settings."""

from common.settings import *

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.postgres"]
