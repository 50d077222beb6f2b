"""What every service has: migrations that leave the change feeds right, and checks at start-up."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        """Run after each migration; a database restored from a dump is migrated before it serves."""
        post_migrate.connect(_repair_feeds, sender=self)


def _repair_feeds(**_: Any) -> None:
    from common.feeds import ChangeTracked, touch_restored_rows  # noqa: PLC0415

    for model in apps.get_models():
        if issubclass(model, ChangeTracked):
            touch_restored_rows(model)
