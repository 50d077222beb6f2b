"""Fixtures that every service's tests share."""

import os

if os.environ.get("DJANGO_SETTINGS_MODULE"):  # `tests` drives a fleet from outside, under no service's settings
    from common.testing.cast import anonymous, internal, outsider, owner

    __all__ = ["anonymous", "internal", "outsider", "owner"]
