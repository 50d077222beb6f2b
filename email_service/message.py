"""One mail as RFC 5322 wants it: text and HTML alternatives, and a Message-ID made of the idempotency key."""

import hashlib
import re
import uuid
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr

from common.contracts.mail_addresses import ascii_address

_PLAIN_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)


def local_part(idempotency_key: str) -> str:
    """What stands for the key in the Message-ID and as a file name: itself where harmless, else its digest."""
    key = idempotency_key or uuid.uuid4().hex
    return key if _PLAIN_KEY.fullmatch(key) else hashlib.sha256(key.encode()).hexdigest()[:32]


def build(
    *, sender: str, to: Sequence[str], subject: str, text: str, html: str, idempotency_key: str
) -> tuple[EmailMessage, str]:
    """The mail, and the local part of its Message-ID.

    Raises `ValueError` for CR or LF in a header: `EmailMessage` refuses them, so no header can be smuggled in.
    """
    name = local_part(idempotency_key)
    display_name, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(display_name, addr_spec=address)
    message["To"] = [Address(addr_spec=ascii_address(recipient)) for recipient in to]
    message["Subject"] = subject
    message["Date"] = formatdate()
    message["Message-ID"] = f"<{name}@{address.rpartition('@')[2]}>"
    # RFC 3834: no holiday reply comes back to an automatic mail.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message, name
