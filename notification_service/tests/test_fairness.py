"""Receivers that hang: what one owner's channels wait for, others do not."""

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from werkzeug import Request, Response

from common.testing.cast import OUTSIDER_ID, OWNER_ID
from common.testing.contracts import assert_error
from notification_service.deliveries import quotas_used, sending
from notification_service.deliveries.circuit_breakers import OPENS_AFTER
from notification_service.deliveries.lanes import width
from notification_service.models import Circuit, Delivery, Notification
from notification_service.tests.conftest import Peers, alert, make_due, send

pytestmark = pytest.mark.usefixtures("known_users")
HANGS_MS = 1500


class Tarpit:
    """Accepts and never answers; counts how many hang at once."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.taken: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.getsockname()[1]}/"

    def _accept(self) -> None:
        while True:
            try:
                self.taken.append(self.server.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        self.server.close()
        for connection in self.taken:
            connection.close()


@pytest.fixture
def tarpits(settings: Any) -> Iterator[list[Tarpit]]:
    """50 of them, each a host of its own."""
    settings.ALLOW_PRIVATE_TARGETS, settings.WEBHOOK_TIMEOUT_MS = True, HANGS_MS
    found = [Tarpit() for _ in range(50)]
    yield found
    for tarpit in found:
        tarpit.close()
    while sending._sweep.running.total():  # what a sweep that was stopped left on its way
        if news := sending._sweep.news.get(timeout=10):
            sending._sweep.running[news[0].kind] -= 1


def hook(user_id: int, url: str) -> Notification:
    host = url.removeprefix("http://").rstrip("/")
    settings = {"url": url, "secret": "x" * 16}
    return Notification.objects.create(user_id=user_id, name="hook", kind="webhook", settings=settings, host=host)


def test_fifty_tarpits_of_one_owner_do_not_delay_anothers_mail_or_webhook(
    internal, peers: Peers, tarpits, httpserver, monkeypatch
):
    Notification.objects.filter(user_id=OWNER_ID).delete()
    for tarpit in tarpits:
        hook(OWNER_ID, tarpit.url)
    arrived: list[float] = []

    def take(_request: Request) -> Response:
        arrived.append(time.monotonic())
        return Response("thanks")

    httpserver.expect_request("/hook").respond_with_handler(take)
    hook(OUTSIDER_ID, httpserver.url_for("/hook"))
    send(internal, alert())
    send(internal, alert(user_id=OUTSIDER_ID, endpoint_id=9))
    most = 0
    claim = sending._claim

    def watched(free):
        nonlocal most
        claimed = claim(free)
        now = timezone.now()
        hanging = Delivery.objects.filter(state="pending", claimed_until__gt=now, user_id=OWNER_ID).count()
        most = max(most, hanging)
        return claimed

    monkeypatch.setattr(sending, "_claim", watched)
    begun = time.monotonic()
    stops = begun + 1.2
    sending.deliveries_send(stopping=lambda: time.monotonic() > stops)
    assert len(peers.mails) == 1, "the other's mail has left while the tarpits hang"
    assert len(arrived) == 1
    assert arrived[0] - begun < 1.2
    assert 0 < most <= width("webhook").of_an_owner


def test_a_host_that_does_not_answer_is_left_alone_and_nothing_is_lost(internal, peers, tarpits, settings):
    settings.WEBHOOK_TIMEOUT_MS = 100
    Notification.objects.all().delete()
    channel = hook(OWNER_ID, tarpits[0].url)
    send(internal, alert())
    for _ in range(OPENS_AFTER):
        make_due()
        sending.deliveries_send()
    asked = len(tarpits[0].taken)
    assert asked == OPENS_AFTER
    circuit = Circuit.objects.get()
    assert circuit.host == channel.host
    assert circuit.open_until is not None
    make_due()
    sending.deliveries_send()
    assert len(tarpits[0].taken) == asked, "nothing goes there while the circuit is open"
    waiting = Delivery.objects.get()
    assert (waiting.state, waiting.next_attempt_at) == ("pending", circuit.open_until)
    Circuit.objects.update(open_until=timezone.now())
    make_due()
    sending.deliveries_send()
    assert len(tarpits[0].taken) == asked + 1, "then one message tries"


def test_an_answer_closes_the_circuit(internal, peers, settings, httpserver):
    settings.ALLOW_PRIVATE_TARGETS = True
    httpserver.expect_request("/hook").respond_with_data("no", status=500)
    Notification.objects.all().delete()
    channel = hook(OWNER_ID, httpserver.url_for("/hook"))
    Circuit.objects.create(user_id=OWNER_ID, host=channel.host, timeouts=5, open_until=timezone.now())
    send(internal, alert())
    sending.deliveries_send()
    assert not Circuit.objects.exists()


def test_mails_beyond_the_quota_wait_together_and_their_owner_is_told_once(internal, peers, settings):
    settings.QUOTAS = ["mails_per_hour=1"]
    for number in range(7, 12):
        send(internal, alert(endpoint_id=number, endpoint_name=f"site {number}"))
        make_due()
        sending.deliveries_send()
    assert [mail["subject"] for mail in peers.mails] == [
        "Down: site 7 (connection refused)",
        "Your messages wait: the hourly limit is reached",
    ]
    assert quotas_used.used(OWNER_ID, quotas_used.MAILS) == 1
    settings.QUOTAS = []
    make_due()
    sending.deliveries_send()
    assert peers.mails[2]["subject"] == "Down 4: site 8, site 9 and 2 more"
    assert len(peers.mails) == 3


def test_tests_are_bounded_by_a_quota(owner, peers, settings):
    settings.QUOTAS = ["test_messages_per_hour=2"]
    path = f"/api/notifications/{Notification.objects.get(user_id=OWNER_ID).id}/test"
    assert [owner.post(path).status_code for _ in range(2)] == [200, 200]
    assert_error(owner.post(path), 429, "QUOTA_EXCEEDED")
    assert len(peers.mails) == 2
