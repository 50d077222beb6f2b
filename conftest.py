"""Fixtures that every service's tests share."""

from common.testing.cast import anonymous, internal, outsider, owner

__all__ = ["anonymous", "internal", "outsider", "owner"]
