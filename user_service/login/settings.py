"""Settings of logging in: what is refused as a password and how one is kept, and how often anything may be tried."""

from pathlib import Path

import django.contrib.auth

from common import env

_VALIDATORS = "django.contrib.auth.password_validation"

PASSWORD_HASHERS = ["user_service.login.password_hashers.PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{_VALIDATORS}.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ("email", "name")}},
    {"NAME": f"{_VALIDATORS}.MinimumLengthValidator"},
    {"NAME": f"{_VALIDATORS}.CommonPasswordValidator"},
    {"NAME": f"{_VALIDATORS}.NumericPasswordValidator"},
]
LOCALE_PATHS = [Path(django.contrib.auth.__file__).parent / "locale"]
"""The validators' own Korean: django.contrib.auth is no installed app here, since its tables are not wanted."""

# Token buckets that fill up within a minute, the mails' within an hour; and a second factor's wrong codes a day
LOGINS_PER_ACCOUNT = env.integer("LOGINS_PER_ACCOUNT", 10, least=1)
LOGINS_PER_ADDRESS = env.integer("LOGINS_PER_ADDRESS", 60, least=1)
SIGN_UPS_PER_ADDRESS = env.integer("SIGN_UPS_PER_ADDRESS", 60, least=1)
RESETS_PER_ACCOUNT = env.integer("RESETS_PER_ACCOUNT", 5, least=1)
MAILS_PER_RECIPIENT = env.integer("MAILS_PER_RECIPIENT", 5, least=1)
CODES_PER_DAY = env.integer("CODES_PER_DAY", 20, least=1)
