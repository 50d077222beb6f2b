"""From alerts to deliveries: what came is stored and sorted into messages, and a row that cannot be taken fails alone."""

import logging
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from common.between.dead_letters import dead_letter_keep, each_alone
from common.between.skipped_messages import NOT_TAKEN, skip
from common.contracts.alerts import CHOICES, CLOSED
from common.contracts.messages import ALERT, is_known
from common.processes.database import longer
from notification_service.alerts.delivery_planner import Planner
from notification_service.alerts.salvage import Unusable, alert_of
from notification_service.deliveries.wake_sweep import kick
from notification_service.feeds.users import user_ensure
from notification_service.models import Acknowledgement, Alert, Endpoint, User
from notification_service.rules import incidents
from notification_service.rules.open_alerts import open_alerts_ensure

logger = logging.getLogger(__name__)
QUEUE = "alerts"
AT_ONCE = 1000
"""Alerts of one transaction: it holds its users' locks, and whoever sends waits for them."""
SECONDS = 20.0
"""What such a transaction may take, as the fleet's own bulk."""
KNOWN_EVENTS = frozenset({*CHOICES, CLOSED})


@dataclass(frozen=True)
class Taken:
    """How many alerts were taken, and why others never can be: (index, reason)."""

    accepted: int
    refused: list[tuple[int, str]]


def alerts_accept(*, alerts: Sequence[object]) -> Taken:
    """Store what is new of `alerts`, with a delivery for each channel that wants it; repetitions change nothing.

    A row that cannot be taken is set aside. Raises `PeerError` where a user is not known here and user_service is away,
    once everybody else's alerts are stored: the sender comes again.
    """
    usable, unusable = dict[int, Alert](), dict[int, str]()
    newer = list[object]()
    for index, row in enumerate(alerts):
        if not is_known(row, ALERT):
            newer.append(row)
            unusable[index] = NOT_TAKEN
            continue
        try:
            usable[index] = alert_of(row)
        except Unusable as error:
            unusable[index] = str(error)
    skip(newer, contract=ALERT, name="alerts")
    _name_owners(usable.values())
    for index, alert in list(usable.items()):
        if not alert.user_id:
            unusable[index] = "Nobody knows whose it is."
            del usable[index]
    _accept_by_users([alert for alert in usable.values() if _is_known(alert)])
    for index, reason in sorted(unusable.items()):
        dead_letter_keep(queue=QUEUE, payload=alerts[index], reason=reason)
    return Taken(len(usable), sorted(unusable.items()))


def _is_known(alert: Alert) -> bool:
    if alert.event in KNOWN_EVENTS:
        return True
    logger.warning("An alert of an event that this version does not know is skipped: %s", alert.event)
    return False


def alerts_store(alerts: Sequence[Alert]) -> None:
    """Store what is new of `alerts` in the caller's transaction, and plan who is told."""
    users = {
        user.id: user
        for user in User.objects.select_for_update()
        .filter(id__in={alert.user_id for alert in alerts}, deleted=False)
        .order_by("id")
    }
    new = _store([alert for alert in alerts if alert.user_id in users])
    if new:
        incidents.supersede(new)
        open_alerts_ensure([alert for alert in new if incidents.is_ending(alert)])
        planner = Planner(users)
        planner.tell(new)
        planner.write()
        transaction.on_commit(kick)


def incident_acknowledge(*, incident_id: UUID) -> None:
    """Somebody takes care: no more reminders."""
    Acknowledgement.objects.get_or_create(incident_id=incident_id)


def _name_owners(alerts: Collection[Alert]) -> None:
    """An alert that does not say whose it is, is of its endpoint's owner."""
    nameless = [alert for alert in alerts if not alert.user_id]
    if nameless:
        owners = dict(
            Endpoint.objects.filter(id__in={alert.endpoint_id for alert in nameless}).values_list("id", "user_id")
        )
        for alert in nameless:
            alert.user_id = owners.get(alert.endpoint_id or 0, 0)


def _accept_by_users(alerts: Sequence[Alert]) -> None:
    by_user: dict[int, list[Alert]] = defaultdict(list)
    for alert in alerts:
        by_user[alert.user_id].append(alert)
    known = set(User.objects.filter(id__in=by_user).values_list("id", flat=True))
    _accept([alert for user_id, found in by_user.items() if user_id in known for alert in found])
    for user_id in by_user.keys() - known:
        user_ensure(user_id=user_id)
    _accept([alert for user_id, found in by_user.items() if user_id not in known for alert in found])


def _accept(alerts: Sequence[Alert]) -> None:
    with longer(SECONDS):
        for start in range(0, len(alerts), AT_ONCE):
            each_alone(alerts[start : start + AT_ONCE], alerts_store, queue=QUEUE, describe=_described)


def _described(alert: Alert) -> dict[str, object]:
    return {field.name: getattr(alert, field.name) for field in Alert._meta.concrete_fields}


def _store(alerts: Sequence[Alert]) -> list[Alert]:
    """The rows of those that were not there; the users' locks keep everybody else from storing the same."""
    stored = set(
        Alert.objects.filter(incident_id__in={alert.incident_id for alert in alerts}).values_list(
            "incident_id", "event"
        )
    )
    fresh: dict[tuple[UUID, str], Alert] = {}
    for alert in alerts:
        fresh.setdefault((alert.incident_id, alert.event), alert)
    rows = [alert for identity, alert in fresh.items() if identity not in stored]
    return Alert.objects.bulk_create(sorted(rows, key=lambda alert: (incidents.is_ending(alert), alert.occurred_at)))
