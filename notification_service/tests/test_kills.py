"""kill -9 between every two steps: nothing is lost, and a repetition is the same message."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from common.fleet import url_variable
from common.testing.cast import OWNER_ID
from common.testing.contracts import assert_ok
from notification_service.deliveries import sending
from notification_service.feeds import users
from notification_service.models import Alert, Attempt, Delivery
from notification_service.tests.conftest import alert, make_due, send, user_item

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
SENDING = "notification_service.deliveries.sending"
RECORDING = "notification_service.deliveries.recording"
INTAKE = "notification_service.alerts.alert_planner"


def die(peers_url: str, *arguments: str) -> None:
    server = os.environ["DATABASE_URL"].rpartition("/")[0]
    environment = os.environ | {
        "DATABASE_URL": f"{server}/{connection.settings_dict['NAME']}",
        url_variable("email_service"): peers_url,
        url_variable("user_service"): peers_url,
    }
    command = [sys.executable, "-m", "notification_service.tests.killed", *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, check=False, capture_output=True, timeout=120)  # noqa: S603
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


@pytest.mark.parametrize(
    ("step", "moment", "mails_before"),
    [
        ((SENDING, "deliveries_merge"), "after", 0),
        ((SENDING, "_leased"), "before", 0),
        ((SENDING, "_leased"), "after", 0),
        ((SENDING, "_claim"), "after", 0),
        ((SENDING, "attempt"), "before", 0),
        ((SENDING, "attempt"), "after", 1),
        ((SENDING, "delivery_record"), "before", 1),
        ((RECORDING, "_went_out"), "after", 1),
        ((RECORDING, "_finish"), "before", 1),
        ((RECORDING, "_finish"), "after", 1),
    ],
)
def test_a_sender_killed_before_its_commit_loses_nothing_and_repeats_with_the_same_key(
    internal, peers, step, moment, mails_before
):
    users.users_apply([user_item(OWNER_ID)])
    assert_ok(send(internal, alert()))
    die(peers.url, *step, moment)
    assert len(peers.mails) == mails_before
    assert Delivery.objects.get().state == "pending"
    make_due()
    sending.deliveries_send()
    assert Delivery.objects.get().state == "delivered"
    assert len(peers.mails) == mails_before + 1
    assert len({mail["idempotency_key"] for mail in peers.mails}) == 1
    assert len({mail["subject"] for mail in peers.mails}) == 1


def test_a_sender_killed_after_its_commit_repeats_nothing(internal, peers):
    users.users_apply([user_item(OWNER_ID)])
    assert_ok(send(internal, alert()))
    die(peers.url, SENDING, "each_alone", "after")
    make_due()
    sending.deliveries_send()
    assert len(peers.mails) == 1
    assert Attempt.objects.get().outcome == "delivered"


@pytest.mark.parametrize(
    ("function", "moment", "stored"),
    [("_store", "before", 0), ("_store", "after", 0), ("kick", "before", 1), ("kick", "after", 1)],
)
def test_alerts_taken_by_a_process_that_was_killed_are_told_once(internal, peers, function, moment, stored):
    down: dict[str, Any] = alert()
    users.users_apply([user_item(OWNER_ID)])
    die(peers.url, INTAKE, function, moment, json.dumps(down))
    assert Alert.objects.count() == Delivery.objects.count() == stored
    assert_ok(send(internal, down))  # the checker was not answered, so it comes again
    sending.deliveries_send()
    assert len(peers.mails) == 1
