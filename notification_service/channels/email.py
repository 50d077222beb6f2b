"""E-mail: `{"addresses": ["..."]}`, sent by email_service."""

from collections.abc import Sequence
from typing import Any

from common.between.http import Peer
from common.contracts.mail_addresses import canonical
from common.contracts.messages import FIELD, MAIL
from notification_service.channels.base import Outcome, Width, answer_of_peer
from notification_service.messages import mail
from notification_service.messages.content import Content

SEND_TIMEOUT = 60.0
"""Seconds: email_service gives a whole mail fewer."""
TEST_TIMEOUT = 12.0
"""Seconds: somebody waits for a test."""
ACCEPTED, PERMANENT = "accepted", "permanent"
"""Results of an address; the third is `temporary`."""


class EmailSender:
    width = Width()
    """email_service has four threads; what hangs behind them is the fleet's own server."""

    def host(self, settings: dict[str, Any]) -> str:  # noqa: ARG002
        """Mail leaves through the fleet's own server."""
        return ""

    def receivers(self, settings: dict[str, Any]) -> int:
        """Each address is a mail."""
        return len(settings["addresses"])

    def send(self, *, settings: dict[str, Any], content: Content, key: str) -> Outcome:
        """One mail to all addresses; those that the server puts off remain, those that it refuses are named."""
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
                FIELD: MAIL,
                "confirmed": content.reason != "confirmation",
            },
            read_timeout=TEST_TIMEOUT if content.reason == "test" else SEND_TIMEOUT,
        )
        return outcome_of(answer, settings["addresses"])


def outcome_of(answer: dict[str, Any], asked: Sequence[str]) -> Outcome:
    """What became of each address. A server of the version before names only those that were refused while others were not."""
    whole = answer_of_peer(answer)
    said = {canonical(one["address"]): one for one in [*answer.get("refused", []), *answer.get("recipients", [])]}
    accepted, put_off, refused = 0, list[str](), dict[str, str]()
    for address in asked:
        one = said.get(canonical(address))
        if _is_taken(one, whole):
            accepted += 1
        elif _is_final(one, whole):
            refused[address] = one["message"] if one else whole.answer
        else:
            put_off.append(address)
    words = "; ".join(f"{one['address']}: {one['message']}" for one in said.values() if one.get("result") != ACCEPTED)
    if put_off:
        some = answer["status"] == "ok" or len(put_off) < len(asked)
        return Outcome(
            ok=False, answer=words or whole.answer, retry_after=whole.retry_after, accepted=accepted, refused=refused,
            remaining={"addresses": put_off} if some else None,
        )  # fmt: skip
    if accepted:
        told = f"{whole.answer} ({words})" if words else whole.answer
        return Outcome(ok=True, answer=told, accepted=accepted, refused=refused)
    return Outcome(ok=False, answer=words or whole.answer, permanent=True, refused=refused)


def _is_taken(one: dict[str, Any] | None, whole: Outcome) -> bool:
    if one is None:
        return whole.ok
    return one.get("result") == ACCEPTED


def _is_final(one: dict[str, Any] | None, whole: Outcome) -> bool:
    if one is None:
        return whole.permanent
    return bool(one.get("permanent")) or one.get("result") == PERMANENT


SENDER = EmailSender()
