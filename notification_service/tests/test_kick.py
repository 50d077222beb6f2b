"""The sweep is woken through the real broker as soon as alerts have been committed."""

import pytest
import redis
from celery import Celery
from django.conf import settings

from common.beat import broker_options, queue_of
from common.testing.contracts import assert_ok
from notification_service.deliveries import wake_sweep
from notification_service.tests.conftest import alert, send

QUEUE = queue_of("notification_service.tasks.sweep", "default")


@pytest.fixture
def broker():
    client = redis.Redis.from_url(settings.BROKER_URL)
    client.delete(QUEUE)
    yield client
    client.delete(QUEUE)
    client.close()


@pytest.mark.usefixtures("known_users")
def test_alerts_wake_the_sweep_after_their_commit(internal, peers, broker, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert_ok(send(internal, alert()))
        assert broker.llen(QUEUE) == 0
    assert broker.llen(QUEUE) == 1


@pytest.mark.usefixtures("known_users")
def test_a_broker_that_is_away_does_not_keep_alerts_from_being_taken(
    internal, peers, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    unreachable = Celery("notification_service", broker="redis://127.0.0.1:9/0")
    unreachable.conf.update(broker_options())
    monkeypatch.setattr(wake_sweep, "app", unreachable)
    with django_capture_on_commit_callbacks(execute=True):
        assert_ok(send(internal, alert()))
    assert "Could not wake the sweep" in caplog.text
