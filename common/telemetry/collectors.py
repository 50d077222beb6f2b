"""Gauges that are looked up when Prometheus asks: they tell the truth even where the worker that moves a thing is away.

A service's own stand in its `collectors.py` as `COLLECTORS`; the HTTP process of each service registers them.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SqlGauge(Collector):
    """A gauge whose samples are the rows of a query: first the labels' values, then the number."""

    name: str
    documentation: str
    labels: tuple[str, ...]
    sql: str

    def describe(self) -> list[GaugeMetricFamily]:
        """Nothing beforehand: asking would need the database."""
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """One sample a row; none while the database is away."""
        family = GaugeMetricFamily(self.name, self.documentation, labels=self.labels)
        try:
            with connection.cursor() as cursor:
                cursor.execute(self.sql)
                for *values, number in cursor.fetchall():
                    family.add_metric([str(value) for value in values], float(number))
        except (DatabaseError, InterfaceError):
            logger.warning("%s cannot look up %s", settings.SERVICE, self.name)
            connection.close_if_unusable_or_obsolete()
        yield family


DEAD_LETTERS = SqlGauge(
    "pongpong_dead_letters",
    "Rows set aside within the last hour",
    ("queue",),
    "SELECT queue, count(*) FROM common_deadletter WHERE created_at > now() - interval '1 hour' GROUP BY queue",
)


def feed_lag() -> Iterator[SqlGauge]:
    """For how long the changes of a feed are known too late: of those that this service follows, and those it owns.

    A follower's is the time since it had read all that there was; an owner's the age of the oldest change that it may not
    show yet, since a transaction from before it still runs. A reader that is gone for a week is not missed any more.
    """
    from common.between.feeds import ChangeTracked, FeedCursor  # noqa: PLC0415  the WSGI entry asks before models are known

    parts = []
    for model in apps.get_models():
        table = connection.ops.quote_name(model._meta.db_table)
        if issubclass(model, FeedCursor):
            parts.append(
                f"SELECT feed, extract(epoch FROM now() - synced_at) FROM {table}"  # noqa: S608  names of ours
                " WHERE synced_at > now() - interval '7 days'"
            )
        elif issubclass(model, ChangeTracked):
            feed = f"{settings.SERVICE}/{model._meta.verbose_name_plural}".replace(" ", "-")
            parts.append(
                f"SELECT '{feed}', coalesce(extract(epoch FROM now() - min(updated_at)), 0) FROM {table}"  # noqa: S608
                " WHERE changed_xid >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
            )
    if parts:
        text = "For how long changes of a feed have not been known to who follows it"
        yield SqlGauge("pongpong_feed_lag_seconds", text, ("feed",), " UNION ALL ".join(parts))


def register() -> None:
    """Tell Prometheus of what every service has, and of the service's own."""
    own = f"{settings.SERVICE}.collectors"
    for collector in (DEAD_LETTERS, *feed_lag(), *(import_module(own).COLLECTORS if find_spec(own) else ())):
        REGISTRY.register(collector)
