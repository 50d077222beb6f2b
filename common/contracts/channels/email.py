"""E-mail to several addresses; each that is not the owner's own has to be confirmed."""

from typing import Annotated

import msgspec
from msgspec import Meta

from common.contracts.channels.base import Channel
from common.contracts.fields import Field
from common.contracts.invalid import Invalid, at
from common.contracts.mail_addresses import canonical, clean_address
from common.contracts.texts import N_

MAX_ADDRESSES = 20


def _addresses(value: object) -> list[str]:
    """Each once, in the order given."""
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_ADDRESSES:
        raise Invalid(N_("A list of %(least)d to %(most)d texts."), least=1, most=MAX_ADDRESSES)
    kept: dict[str, str] = {}
    for place, given in enumerate(value):
        address = at(place, clean_address, given)
        kept.setdefault(canonical(address), address)
    return list(kept.values())


class EmailSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to mail."""

    addresses: Annotated[
        list[Annotated[str, Meta(max_length=254)]],
        Meta(min_length=1, max_length=MAX_ADDRESSES),
        Field(
            label=N_("Addresses"),
            help=N_("One a line. An address other than your own gets a code to confirm."),
            doc="Nothing goes to an address before its holder has confirmed it.",
            example="team@example.com",
            lines=2,
            rule=_addresses,
            flag="ADDRESS",
            flag_help=N_("to whom"),
        ),
    ]


CHANNEL = Channel(label=N_("E-mail"), help=N_("Mails to addresses."), settings=EmailSettings, shown=("addresses",))
