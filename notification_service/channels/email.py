"""E-mail: `{"addresses": ["..."]}`, sent by email_service."""

from typing import Any

from rest_framework import serializers

from common.http import Peer
from notification_service import mail
from notification_service.channels.base import Outcome, answer_of_peer
from notification_service.content import Content

SEND_TIMEOUT = 60.0
"""Seconds: email_service gives each step of SMTP ten."""


class EmailSettingsSerializer(serializers.Serializer[dict[str, Any]]):
    addresses = serializers.ListField(child=serializers.EmailField(max_length=254), min_length=1, max_length=20)

    def validate_addresses(self, value: list[str]) -> list[str]:
        """Each once, in the order given."""
        return list({address.casefold(): address for address in value}.values())


class EmailChannel:
    settings_serializer = EmailSettingsSerializer
    secrets: frozenset[str] = frozenset()

    def send(self, *, settings: dict[str, Any], content: Content, key: str) -> Outcome:
        """One mail to all addresses. Those that the server puts off while it takes others remain."""
        if not settings["addresses"]:
            return Outcome(ok=False, answer="No confirmed address.", permanent=True)
        letter = mail.render(content)
        answer = Peer("email_service").post(
            "/emails",
            json={
                "to": settings["addresses"],
                "subject": letter.subject,
                "text": letter.text,
                "html": letter.html,
                "idempotency_key": key,
            },
            read_timeout=SEND_TIMEOUT,
        )
        put_off = [refusal for refusal in answer.get("refused", []) if not refusal["permanent"]]
        if put_off:
            words = "; ".join(f"{refusal['address']}: {refusal['message']}" for refusal in put_off)
            return Outcome(ok=False, answer=words, remaining={"addresses": [refusal["address"] for refusal in put_off]})
        return answer_of_peer(answer)


CHANNEL = EmailChannel()
