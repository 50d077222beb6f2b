"""What is open: which incident has ended, by what, and which took another's place."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef

from common.contracts.alerts import CLOSED, ENDINGS, RECOVERY_OF
from notification_service.models import Alert, Notification, OpenAlert
from notification_service.rules import matching

_LONGEST_CHAIN = 10
"""Slow, then down: longer ones are not known, and a ring must end."""


def is_opening(alert: Alert) -> bool:
    """Whether an incident begins with it."""
    return alert.event in RECOVERY_OF


def is_ending(alert: Alert) -> bool:
    """Whether an incident ends with it."""
    return alert.event in ENDINGS


def endings_of(openings: Iterable[Alert]) -> dict[int, Alert]:
    """By opening alert: what ended its incident, or the one that took its place. What is open is not named."""
    begun = [opening for opening in openings if is_opening(opening)]
    chains = {opening.id: [opening.incident_id] for opening in begun}
    later = {opening.id: opening.superseded_by for opening in begun}
    for _ in range(_LONGEST_CHAIN):
        following = {key: one for key, one in later.items() if one is not None and one not in chains[key]}
        if not following:
            break
        for key, incident in following.items():
            chains[key].append(incident)
        further = dict(
            Alert.objects.filter(incident_id__in=following.values(), event__in=RECOVERY_OF)
            .exclude(superseded_by=None)
            .values_list("incident_id", "superseded_by")
        )
        later = {key: further.get(incident) for key, incident in following.items()}
    ended = first_endings({incident for chain in chains.values() for incident in chain})
    found = {key: [ended[incident] for incident in chain if incident in ended] for key, chain in chains.items()}
    return {key: min(endings, key=_order) for key, endings in found.items() if endings}


def first_endings(incident_ids: Iterable[UUID]) -> dict[UUID, Alert]:
    """What ended each; one that was closed may be told to have recovered by somebody who did not know."""
    ended: dict[UUID, Alert] = {}
    for alert in Alert.objects.filter(incident_id__in=list(incident_ids), event__in=ENDINGS).order_by("id"):
        ended.setdefault(alert.incident_id, alert)
    return ended


def _order(alert: Alert) -> tuple[object, int]:
    return (alert.occurred_at, alert.id)


def beginnings_of(endings: Iterable[Alert]) -> dict[int, list[Alert]]:
    """By ending alert: the openings that it ends, those of incidents that its own took the place of among them."""
    wanted = {ending.incident_id: ending.id for ending in endings}
    found: dict[int, list[Alert]] = defaultdict(list)
    for opening in Alert.objects.filter(incident_id__in=list(wanted), event__in=RECOVERY_OF).order_by("id"):
        found[wanted[opening.incident_id]].append(opening)
    for _ in range(_LONGEST_CHAIN):
        earlier = {}
        for opening in Alert.objects.filter(superseded_by__in=list(wanted), event__in=RECOVERY_OF).order_by("id"):
            ending_id = wanted[opening.superseded_by]  # type: ignore[index]
            if opening not in found[ending_id]:
                found[ending_id].append(opening)
                earlier[opening.incident_id] = ending_id
        if not earlier:
            break
        wanted = earlier
    return found


def supersede(new: Sequence[Alert]) -> None:
    """Where an endpoint's incident begins in a region while another is open there, the new one takes its place.

    The checker mints a new incident when what was slow goes down, and never ends the one before.
    """
    fresh = [alert for alert in new if is_opening(alert) and alert.endpoint_id is not None]
    if not fresh:
        return
    ended = Alert.objects.filter(incident_id=OuterRef("incident_id"), event__in=ENDINGS)
    still_open = Alert.objects.filter(
        ~Exists(ended),
        endpoint_id__in={alert.endpoint_id for alert in fresh},
        event__in=RECOVERY_OF,
        superseded_by=None,
    )
    places: dict[tuple[int, int | None, str], list[Alert]] = defaultdict(list)
    for alert in still_open:
        places[alert.user_id, alert.endpoint_id, alert.region].append(alert)
    began = {alert.id for alert in fresh}
    for alerts in places.values():
        alerts.sort(key=lambda alert: (alert.started_at, alert.occurred_at, alert.id))
        latest = alerts[-1]
        earlier = [alert for alert in alerts[:-1] if alert.incident_id != latest.incident_id]
        if not earlier or began.isdisjoint(alert.id for alert in alerts):
            continue
        incidents = [alert.incident_id for alert in earlier]
        Alert.objects.filter(id__in=[alert.id for alert in earlier]).update(superseded_by=latest.incident_id)
        OpenAlert.objects.filter(awaits__in=incidents).update(awaits=latest.incident_id, look_at=None)
        for alert in new:
            if alert in earlier:
                alert.superseded_by = latest.incident_id


def wants(channel: Notification, alert: Alert, tags: Collection[str]) -> bool:
    """Whether the channel's rules want the alert, of an endpoint with these tags."""
    return matching.matches(
        events=channel.events,
        all_events=channel.wants_all,
        covers_all=channel.covers_all,
        endpoint_ids=channel.endpoint_ids,
        tags=channel.tags,
        event=alert.event,
        endpoint_id=alert.endpoint_id,
        endpoint_tags=tags,
    )


def wants_event(channel: Notification, event: str) -> bool:
    """Whether the channel is told of such events: of everything, or because it is among its own."""
    return channel.wants_all or event in channel.events


def wants_end(channel: Notification, opening: Alert, ending: Alert) -> bool:
    """Whether a channel that was told of `opening` is told of its end: it wants that event, or the opening's recovery.

    An incident that was closed has no event of its own: whoever is told of recoveries is told.
    """
    recovery = RECOVERY_OF[opening.event]
    return wants_event(channel, recovery) or (ending.event != CLOSED and wants_event(channel, ending.event))
