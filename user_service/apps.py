"""The Django application of user_service."""

from django.apps import AppConfig


class UserServiceConfig(AppConfig):
    name = "user_service"

    def ready(self) -> None:
        """It tells nobody of its own keys' use: it notes it."""
        from common.security.key_use import key_use  # noqa: PLC0415
        from user_service.keys.services import keys_record_use  # noqa: PLC0415  needs the models

        key_use.deliver = lambda used: keys_record_use(used=used)
