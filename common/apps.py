"""What every service has: quotas that are right, and migrations that leave the change feeds right."""

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        """Run after each migration; a database restored from a dump is migrated before it serves."""
        from common.quotas import default, quotas  # noqa: PLC0415

        for name in quotas():
            default(name)  # a wrong QUOTAS stops the process at its start
        post_migrate.connect(_repair_feeds, sender=self)


def _repair_feeds(**_: object) -> None:
    from common.between.feeds import ChangeTracked, touch_restored_rows  # noqa: PLC0415

    for model in apps.get_models():
        if issubclass(model, ChangeTracked) and model._meta.managed:
            touch_restored_rows(model)
