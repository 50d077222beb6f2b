"""Fixtures that every service's tests share."""

import os

import hypothesis

# How long an example takes says nothing on a machine that does other things too.
hypothesis.settings.register_profile("pongpong", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("pongpong")

if os.environ.get("DJANGO_SETTINGS_MODULE"):  # `tests` drives a fleet from outside, under no service's settings
    from common.testing.cast import anonymous, internal, outsider, owner

    __all__ = ["anonymous", "internal", "outsider", "owner"]
