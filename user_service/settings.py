"""What user_service sets beside common's settings."""

from pathlib import Path

import django.contrib.auth

from common import env
from common.settings import *

GATEWAY = env.choice("GATEWAY", "local", {"local", "kong"})
KONG_ADMIN_URL = env.url("KONG_ADMIN_URL", "http://kong-admin:8001")
PASSWORD_HASHERS = ["user_service.hashers.PasswordHasher"]
_VALIDATORS = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATORS}.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ("email", "name")}},
    {"NAME": f"{_VALIDATORS}.MinimumLengthValidator"},
    {"NAME": f"{_VALIDATORS}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATORS}.NumericPasswordValidator"},
]
# The validators' own Korean: django.contrib.auth is no installed app here, since its tables are not wanted.
LOCALE_PATHS = [Path(django.contrib.auth.__file__).parent / "locale"]
LOGINS_PER_ACCOUNT = env.integer("LOGINS_PER_ACCOUNT", 10, least=1)
LOGINS_PER_ADDRESS = env.integer("LOGINS_PER_ADDRESS", 60, least=1)
RESETS_PER_ACCOUNT = env.integer("RESETS_PER_ACCOUNT", 5, least=1)
EMAIL_CONFIRMATION = env.boolean("EMAIL_CONFIRMATION", default=False)
SIGN_UPS_PER_ADDRESS = env.integer("SIGN_UPS_PER_ADDRESS", 60, least=1)
