"""Change feeds miss nothing, however late a transaction commits, and begin anew after a restore."""

import threading
from collections.abc import Iterator

import pytest
from django.db import connection, models, transaction
from rest_framework import serializers
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from common.api.errors import ValidationFailed
from common.between import feeds
from common.between.feeds import ChangeTracked

pytestmark = pytest.mark.django_db(transaction=True)


class Thing(ChangeTracked):
    name = models.CharField(max_length=20)

    class Meta(ChangeTracked.Meta):
        app_label = "common"
        db_table = "test_thing"
        managed = False


class ThingSerializer(serializers.Serializer[Thing]):
    name = serializers.CharField()


@pytest.fixture(autouse=True)
def table() -> Iterator[None]:
    """The table with its trigger, as a service's first migration would make it."""
    operation = feeds.track_changes("test_thing")
    with connection.schema_editor() as editor:
        editor.create_model(Thing)
        editor.execute(str(operation.sql), params=None)
    yield
    with connection.schema_editor() as editor:
        editor.execute(str(operation.reverse_sql), params=None)
        editor.delete_model(Thing)


def names(cursor: str = "", limit: int = 100) -> tuple[list[str], str]:
    rows, after = feeds.changes(Thing._default_manager.all(), cursor, limit)
    return [row.name for row in rows], after


def test_a_follower_sees_each_change_once_in_order() -> None:
    for name in "abc":
        Thing._default_manager.create(name=name)
    first, cursor = names(limit=2)
    second, cursor = names(cursor, limit=2)
    assert (first, second) == (["a", "b"], ["c"])
    assert names(cursor)[0] == []
    Thing._default_manager.filter(name="a").update(name="A")
    assert names(cursor)[0] == ["A"]


def test_a_row_whose_transaction_commits_late_is_not_skipped() -> None:
    begun, may_commit, done = threading.Event(), threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            Thing._default_manager.create(name="slow")
            begun.set()
            may_commit.wait(10)
        connection.close()
        done.set()

    threading.Thread(target=slow).start()
    begun.wait(10)
    Thing._default_manager.create(name="fast")
    seen, cursor = names()
    assert seen == []  # `fast` waits behind the transaction that began before it
    may_commit.set()
    done.wait(10)
    assert names(cursor)[0] == ["slow", "fast"]


def test_a_tombstone_is_a_change_and_is_purged_after_ninety_days(settings) -> None:
    thing = Thing._default_manager.create(name="gone")
    _, cursor = names()
    feeds.tombstone(thing)
    assert names(cursor)[0] == ["gone"]
    assert feeds.purge_tombstones(Thing) == 0
    Thing._default_manager.update(deleted_at=models.F("deleted_at") - feeds.TOMBSTONES_KEPT)
    assert feeds.purge_tombstones(Thing) == 1


def test_a_cursor_of_another_cluster_starts_from_the_beginning() -> None:
    Thing._default_manager.create(name="a")
    _, cursor = names()
    _cluster, xid, row_id = feeds.decode_cursor(cursor)
    assert names(feeds.encode_cursor(1, xid, row_id))[0] == ["a"]


def test_rows_restored_from_a_cluster_that_was_ahead_are_seen() -> None:
    Thing._default_manager.create(name="restored")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE test_thing DISABLE TRIGGER ALL; UPDATE test_thing SET changed_xid = 1099511627776")
        cursor.execute("ALTER TABLE test_thing ENABLE TRIGGER ALL")
    assert names()[0] == []
    assert feeds.touch_restored_rows(Thing) == 1
    assert names()[0] == ["restored"]


@pytest.mark.parametrize("cursor", ["x", "====", "W10", "é", "WzEsMl0", "bnVsbA"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(ValidationFailed):
        names(cursor)


def test_the_answer_has_items_and_the_next_cursor() -> None:
    Thing._default_manager.create(name="a")
    request = APIView().initialize_request(APIRequestFactory().get("/things", {"per_page": "1"}))
    answer = feeds.feed_response(request, Thing._default_manager.all(), ThingSerializer).data
    assert answer["items"] == [{"name": "a"}]
    assert names(answer["cursor"])[0] == []
