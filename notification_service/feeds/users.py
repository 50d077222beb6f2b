"""What the change feed of users means here: copies, the first channel, and what goes with its owner."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext, override

from common.api.errors import PeerError
from common.between.http import Peer
from common.between.owners import owners_apply
from common.contracts.mail_addresses import canonical
from notification_service.models import (
    Address,
    Alert,
    Circuit,
    Delivery,
    Endpoint,
    Notification,
    QuotaNotice,
    Used,
    User,
    Window,
)  # fmt: skip

OF_AN_OWNER = (Notification, Delivery, Alert, Address, Endpoint, Window, Circuit, Used, QuotaNotice)
"""Everything that goes when its owner does, in this order."""


def user_ensure(*, user_id: int) -> User | None:
    """The user, asked of user_service where the feed has not brought them yet; None where there is none.

    Raises `PeerError` where user_service is away.
    """
    user = User.objects.filter(id=user_id).first()
    if user is None:
        try:
            users_apply([Peer("user_service").get(f"/users/{user_id}")])
        except PeerError as error:
            if error.status == 404:
                return None
            raise
        user = User.objects.filter(id=user_id).first()
    return None if user is None or user.deleted else user


@transaction.atomic
def users_apply(items: Sequence[dict[str, Any]]) -> None:
    """Take over users; new ones get an e-mail channel to their own address, deleted ones lose everything."""
    owners_apply(items)
    told = {item["id"]: item for item in items}
    User.objects.bulk_create([User(id=user_id) for user_id in told], ignore_conflicts=True)
    gone, moved, users = [], {}, []
    for user in User.objects.select_for_update().filter(id__in=told).order_by("id"):
        item = told[user.id]
        if item.get("deleted"):
            gone.append(user.id)
        elif user.email and user.email != item["email"]:
            moved[user.id] = (user.email, item["email"])
        user.deleted = bool(item.get("deleted"))
        user.email = "" if user.deleted else item["email"]
        user.name = "" if user.deleted else item.get("name") or ""
        user.language = item.get("language") or "ko"
        user.time_zone = item.get("time_zone") or "UTC"
        users.append(user)
    _welcome([user for user in users if not (user.welcomed or user.deleted)])
    User.objects.bulk_update(users, ["email", "name", "language", "time_zone", "welcomed", "deleted"], batch_size=1000)
    _move_addresses(moved)
    users_forget(gone)


def _welcome(users: Iterable[User]) -> None:
    """The first channel, once in a user's life: who deletes it does not get it again."""
    channels = []
    for user in users:
        user.welcomed = True
        with override(user.language):
            name = gettext("E-mail")
        settings = {"addresses": [user.email]}
        channels.append(
            Notification(user_id=user.id, name=name, kind="email", settings=settings, all_events=True, covers_all=True)
        )
    Notification.objects.bulk_create(channels)


def _move_addresses(moved: dict[int, tuple[str, str]]) -> None:
    """A user's own address changed: their channels follow it."""
    for channel in Notification.objects.select_for_update().filter(user_id__in=moved, kind="email"):
        old, new = moved[channel.user_id]
        addresses = channel.settings["addresses"]
        changed = [new if canonical(address) == canonical(old) else address for address in addresses]
        if changed != addresses:
            channel.settings = {"addresses": list(dict.fromkeys(changed))}
            channel.save(update_fields=["settings", "updated_at"])


def users_forget(user_ids: Sequence[int]) -> None:
    """Remove everything of these owners."""
    for model in OF_AN_OWNER:
        model._default_manager.filter(user_id__in=user_ids).delete()
