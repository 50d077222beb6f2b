"""Change feeds: how services learn of each other's rows without ever missing one.

The owner keeps a `changed_xid` on each row, set by a trigger to the writing transaction's id, and lists rows in its
order, only below the oldest transaction that still runs: a row whose transaction committed late can so not be skipped.
Deleted rows stay as tombstones for 90 days. A follower stores the opaque cursor of its last page in the same database
transaction as what it made of it.

A cursor also names the database cluster: after a restore into another one transaction ids begin anew, so a strange
cursor starts from the beginning, which followers take without harm.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

import msgspec
from django.db import connection, migrations, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from common.api.errors import ValidationFailed
from common.api.pagination import MAX_PER_FEED, page_numbers
from common.between.dead_letters import NOBODYS_FAULT, each_alone
from common.between.http import Peer
from common.between.skipped_messages import sort_out
from common.contracts.messages import FEEDS, FIELD

TOMBSTONES_KEPT = timedelta(days=90)
PURGED_AT_ONCE = 1000
M = TypeVar("M", bound="ChangeTracked")


class ChangeTracked(models.Model):
    """A row that others follow. Delete with `tombstone`, and add `track_changes` to the table's first migration."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, editable=False)
    changed_xid = models.BigIntegerField(db_default=0, editable=False)

    class Meta:
        abstract = True
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["changed_xid", "id"], name="%(class)s_changed"),
        ]


def track_changes(table: str) -> migrations.RunSQL:
    """The migration operation that makes `table` set `changed_xid` on every write."""
    return migrations.RunSQL(
        f"""
        CREATE OR REPLACE FUNCTION {table}_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.changed_xid := pg_current_xact_id()::text::bigint; RETURN NEW; END $$;
        CREATE TRIGGER {table}_changed BEFORE INSERT OR UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {table}_changed();
        """,
        f"DROP TRIGGER {table}_changed ON {table}; DROP FUNCTION {table}_changed();",
    )


def tombstone(row: ChangeTracked) -> None:
    """Mark the row as deleted; followers see it, everybody else filters it out."""
    row.deleted_at = timezone.now()
    row.save(update_fields=["deleted_at", "updated_at"])


def purge_tombstones(model: type[ChangeTracked]) -> int:
    """Remove what was deleted more than 90 days ago; returns how many rows went.

    In parts, each a transaction of its own: however many they are, no feed waits for them.
    """
    old, count = model._default_manager.filter(deleted_at__lt=timezone.now() - TOMBSTONES_KEPT).order_by("pk"), 0
    while ids := list(old.values_list("pk", flat=True)[:PURGED_AT_ONCE]):
        count += model._default_manager.filter(pk__in=ids).delete()[0]
    return count


def cluster() -> int:
    """The database cluster's own identifier."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier FROM pg_control_system()")
        return int(cursor.fetchone()[0])


def encode_cursor(cluster_id: int, xid: int, row_id: int) -> str:
    """The cursor's text."""
    return base64.urlsafe_b64encode(msgspec.json.encode([cluster_id, xid, row_id])).decode().rstrip("=")


def decode_cursor(text: str) -> tuple[int, int, int]:
    """`(cluster, xid, id)`; raises `ValidationFailed` for what is no cursor."""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=tuple[int, int, int])
    except (binascii.Error, msgspec.MsgspecError, ValueError) as error:
        raise ValidationFailed(errors={"changed_since": [_("This is no cursor of ours.")]}) from error


def changes(queryset: models.QuerySet[M], cursor: str, limit: int) -> tuple[list[M], str]:
    """Up to `limit` rows changed since `cursor` ("" is the beginning), in order, and the cursor after them."""
    here = cluster()
    since, xid, row_id = decode_cursor(cursor) if cursor else (here, 0, 0)
    if since != here:
        xid, row_id = 0, 0
    rows = list(
        queryset.filter(models.Q(changed_xid__gt=xid) | models.Q(changed_xid=xid, id__gt=row_id))
        .extra(where=["changed_xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint"])
        .order_by("changed_xid", "id")[:limit]
    )
    if rows:
        xid, row_id = rows[-1].changed_xid, rows[-1].pk
    return rows, encode_cursor(here, xid, row_id)


def feed_response(request: Request, queryset: models.QuerySet[M], serializer: type[BaseSerializer[Any]]) -> Response:
    """The answer to `?changed_since=<cursor>&per_page=`: `{"items", "cursor", "contract"}`; deleted rows are among the items.

    `cursor` is what to ask with next; fewer items than `per_page` mean that the follower has caught up.
    """
    per_page = MAX_PER_FEED
    if "per_page" in request.query_params:
        per_page = page_numbers(request, max_per_page=MAX_PER_FEED)[1]
    rows, cursor = changes(queryset, request.query_params.get("changed_since", ""), per_page)
    return Response({"items": _shown(rows, serializer), "cursor": cursor, FIELD: FEEDS.get(request.path, 1)})


def _shown(rows: Sequence[M], serializer: type[BaseSerializer[Any]]) -> list[object]:
    """The items; a row that cannot be told is set aside, and holds back none behind it."""
    items: list[object] = []

    def show(some: Sequence[M]) -> None:
        items.extend(serializer(some, many=True).data)

    try:
        show(rows)
    except NOBODYS_FAULT:
        raise
    except Exception:  # noqa: BLE001  whatever a row brings about is the row's own
        each_alone(rows, show, queue="feed", describe=lambda row: {"model": row._meta.label, "id": row.pk})
    return items


def touch_restored_rows(model: type[ChangeTracked]) -> int:
    """Rewrite rows whose transaction id lies in the future, as after a restore; returns how many there were."""
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(model._meta.db_table)
        cursor.execute(
            f"UPDATE {table} SET id = id"  # noqa: S608  the table's name is ours
            " WHERE changed_xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        )
        return int(cursor.rowcount)


class FeedCursor(models.Model):
    """Where a follower stands in each feed; a following service has its own table of it."""

    feed = models.CharField(primary_key=True, max_length=64)
    cursor = models.TextField(default="")
    synced_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


def follow(
    cursors: type[FeedCursor],
    service: str,
    path: str,
    apply: Callable[[Sequence[dict[str, Any]]], None],
    *,
    reader: str = "",
    skip: Callable[[Sequence[dict[str, Any]]], None] | None = None,
    per_page: int = MAX_PER_FEED,
) -> int:
    """Read a peer's feed until caught up and `apply` each page; returns how many items came.

    `reader` tells followers apart that share the table `cursors`, such as the regions of one service. Items of a newer
    contract than this process knows are left out, logged, counted and handed to `skip`; a process that knows it reads
    the feed from its beginning.

    `apply` and the cursor's move are one transaction, so a kill repeats a page and loses none. The peer is asked
    outside of it; of two followers at once the one that finds the cursor moved drops its page. An item that `apply`
    cannot take is set aside, and the feed goes on.
    """
    peer, contract, count = Peer(service), FEEDS[path], 0
    feed = f"{service}{path}" + (f"@{reader}" if reader else "") + (f"#{contract}" if contract > 1 else "")
    before = cursors._default_manager.get_or_create(feed=feed)[0].cursor
    while True:
        page = peer.get(path, params={"changed_since": before, "per_page": per_page})
        items = page["items"]
        with transaction.atomic():
            position = cursors._default_manager.select_for_update().get(feed=feed)
            if position.cursor != before:
                return count
            known, newer = sort_out(items, contract=contract, name=f"{service}{path}", around=page.get(FIELD, 1))
            each_alone(known, apply, queue=feed)
            if skip is not None and newer:
                each_alone(newer, skip, queue=feed)
            position.cursor, position.synced_at = page["cursor"], timezone.now()
            position.save()
        before = position.cursor
        count += len(items)
        if len(items) < per_page:
            return count
