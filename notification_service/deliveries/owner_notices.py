"""What an owner is told of their own channels: by mail to the account, or another way where just that is refused."""

from datetime import datetime

from common.contracts.mail_addresses import canonical
from notification_service.models import Delivery, Notification, User


def channel_switch_off(channel: Notification, answer: str, now: datetime) -> None:
    """It refuses for good: nothing goes there any more until its owner switches it on again, and they are told."""
    switched = Notification.objects.filter(id=channel.id, enabled=True).update(
        enabled=False, disabled_reason=answer[:2000], updated_at=now
    )
    if switched:
        owner_notify(channel, {"notice": "off", "answer": answer[:2000]}, now)


def addresses_refused(channel: Notification, refused: dict[str, str], now: datetime) -> None:
    """Some of its addresses refuse for good while others are left: the owner is told which and why."""
    words = "\n".join(f"{address}: {answer}" for address, answer in refused.items())
    owner_notify(channel, {"notice": "refused", "answer": words[:2000]}, now)


def owner_notify(channel: Notification, data: dict[str, str], now: datetime) -> None:
    """To the account's address; where that is what refuses, through another channel, if there is one."""
    user = User.objects.get(id=channel.user_id)
    through = _another(channel) if canonical(user.email) in (channel.refused or {}) else None
    Delivery.objects.create(
        user_id=channel.user_id,
        channel=through,
        reason=Delivery.Reason.NOTICE,
        data={"channel": channel.name} | data,
        due_at=now,
        next_attempt_at=now,
    )


def _another(channel: Notification) -> Notification | None:
    others = Notification.objects.filter(user_id=channel.user_id, enabled=True).exclude(id=channel.id).order_by("id")
    refused = set(channel.refused or {})
    return next((other for other in others if _leads_elsewhere(other, refused)), None)


def _leads_elsewhere(channel: Notification, refused: set[str]) -> bool:
    addresses = channel.settings.get("addresses")
    return addresses is None or any(canonical(address) not in refused for address in addresses)
