"""A placeholder environment, under which a service's settings load but nothing is reached."""

import os

from deploy.local.testing import NOBODY, stand_in_environment


def placeholder_environment(service: str) -> dict[str, str]:
    """For commands that read code and never talk: documents, checks, migrations' drift."""
    return (
        os.environ
        | stand_in_environment(service)
        | {
            "GATEWAY_URL": f"http://{NOBODY}",
            "PUBLIC_URL": "https://pongpong.io",
            "ALLOWED_HOSTS": "testserver",
            "LOG_LEVEL": "ERROR",
        }
    )
