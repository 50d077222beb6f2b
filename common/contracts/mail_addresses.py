"""One spelling of an e-mail address, and which text is one.

Domains compare in the form of DNS (RFC 5890): `bücher.example` is `xn--bcher-kva.example`. The local part compares without
case, as every mail server in use does.
"""

import re

import idna

from common.contracts.invalid import Invalid
from common.contracts.texts import N_

MAX_ADDRESS, MAX_LOCAL = 254, 64
"""RFC 5321, 4.5.3.1, as corrected by erratum 1690."""
_LOCAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII | re.IGNORECASE)


def ascii_address(address: str) -> str:
    """The address with its domain as DNS and every mail server know it; raises `ValueError` where there is no such form.

    There is none for a local part beyond ASCII: servers that take it (RFC 6531) are few.
    """
    local, _at, domain = address.rpartition("@")
    if not local.isascii():
        raise ValueError(f"{local} is no ASCII")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode()}"
    except (idna.IDNAError, UnicodeError):
        # IDNA 2008 leaves out what IDNA 2003 allowed, and some such domains are in use: emoji.
        try:
            return f"{local}@{domain.encode('idna').decode()}"
        except UnicodeError as error:
            raise ValueError(f"{domain} is no domain") from error


def canonical(address: str) -> str:
    """What two spellings of one address have in common."""
    try:
        return ascii_address(address).casefold()
    except ValueError:
        return address.casefold()


def mailbox(address: str) -> str:
    """Whose mailbox it leads to, as far as a limit asks: what stands behind a `+` in the local part is the reader's own mark."""
    local, _at, domain = canonical(address).rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"


def clean_address(value: object) -> str:
    """An address that mail can be sent to, as it is written: a dot-atom at a name of DNS (RFC 5322, 3.4.1), or at localhost.

    Raises `Invalid`, also for what the RFC knows and no mail provider gives anybody: quotes, comments, an IP address.
    """
    text = value.strip() if isinstance(value, str) else ""
    if not _is_address(text):
        raise Invalid(N_("“%(address)s” is no e-mail address."), address=str(value)[:100])
    return text


def _is_address(text: str) -> bool:
    try:
        local, at, domain = ascii_address(text).rpartition("@")
    except ValueError:
        return False
    labels = domain.split(".")
    named = domain.lower() == "localhost" or (len(labels) > 1 and not labels[-1].isdigit())
    return (
        bool(at)
        and len(text) <= MAX_ADDRESS
        and len(local) <= MAX_LOCAL
        and _LOCAL.fullmatch(local) is not None
        and named
        and all(_LABEL.fullmatch(label) for label in labels)
    )
