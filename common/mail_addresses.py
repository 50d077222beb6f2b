"""One spelling of an e-mail address, so that the same one in two spellings counts as one.

Domains compare in the form of DNS (RFC 5890): `bücher.example` is `xn--bcher-kva.example`. The local part compares without
case, as every mail server in use does.
"""

from typing import Any

import idna
from rest_framework import serializers


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


class MailField(serializers.EmailField):
    """An address that a mail server can be told. Django's own look lets `İ` and `ſ` pass for letters of ASCII."""

    def to_internal_value(self, data: Any) -> str:
        address: str = super().to_internal_value(data)
        try:
            ascii_address(address)
        except ValueError:
            self.fail("invalid")
        return address
