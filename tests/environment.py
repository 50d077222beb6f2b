"""A placeholder environment, under which a service's settings load but nothing is reached."""

import os

from common.fleet import fleet, url_variable

REFUSES = "127.0.0.1:9"
"""The discard port of loopback, where nobody listens."""


def placeholder_environment(service: str) -> dict[str, str]:
    """For commands that read code and never talk: documents, checks, migrations' drift."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": f"{service}.settings",
        "SECRET_KEY": "placeholder-" + "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "INTERNAL_TOKEN": "placeholder-" + "t" * 40,
        "ENCRYPTION_KEYS": "placeholder-" + "e" * 40,
        "DATABASE_URL": f"postgresql://nobody@{REFUSES}/{service}",
        "BROKER_URL": f"redis://{REFUSES}/0",
        **{url_variable(name): f"http://{REFUSES}" for name in fleet().services},
        "GATEWAY_URL": f"http://{REFUSES}",
        "PUBLIC_URL": "https://pongpong.io",
        "ALLOWED_HOSTS": "testserver",
        "LOG_LEVEL": "ERROR",
    }
