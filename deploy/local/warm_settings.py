"""The settings under which `supervise` imports what the services share; no service ever runs on them."""

from common.rest_settings import REST_FRAMEWORK, SPECTACULAR_SETTINGS

__all__ = ["INSTALLED_APPS", "PUBLIC_PREFIX", "REST_FRAMEWORK", "SECRET_KEY", "SPECTACULAR_SETTINGS", "USE_TZ"]

SECRET_KEY = "unused"  # noqa: S105  signs nothing
USE_TZ = True
PUBLIC_PREFIX = "/api"
INSTALLED_APPS: list[str] = []
