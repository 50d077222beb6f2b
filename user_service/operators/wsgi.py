"""gunicorn's entry; without the gateway's key check that stands in front of user_service."""

from common.wsgi import application

__all__ = ["application"]
