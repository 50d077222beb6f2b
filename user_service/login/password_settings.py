"""Django's settings of passwords: what is refused as one, and how one is kept."""

from pathlib import Path

import django.contrib.auth

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
