"""What a kind of channel says of itself."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import msgspec
from msgspec import NODEFAULT

from common.contracts.fields import MASK, Described, clean, described
from common.contracts.invalid import Invalid, at
from common.contracts.texts import N_, Gettext

Settings: TypeAlias = dict[str, Any]


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """One way to tell people. `label` and `help` are marked texts.

    `settings` is the struct of what its owner says; `together` judges them as a whole and raises `Invalid`; `shown` are those
    that say where it leads, of which a list shows the first that there is.
    """

    label: str
    help: str
    settings: type[msgspec.Struct]
    shown: tuple[str, ...]
    shown_masked: str = ""
    """What a list says where the only thing to show is a secret, a marked text."""
    together: Callable[[Settings], None] | None = None

    @property
    def fields(self) -> dict[str, Described]:
        """The settings by name, in the order in which they are asked for."""
        return described(self.settings)

    @property
    def secrets(self) -> frozenset[str]:
        """The settings that are answered masked."""
        return frozenset(name for name, field in self.fields.items() if field.about.secret)

    def masked(self, settings: Settings) -> Settings:
        """The settings as they may be shown: secrets only as present or not."""
        secrets = self.secrets
        return {name: MASK if name in secrets and value else value for name, value in settings.items()}

    def clean(self, given: object, stored: Mapping[str, Any]) -> Settings:
        """The settings as they are stored, of those `given`, in which a mask is what is `stored`; raises `Invalid`."""
        if not isinstance(given, dict):
            raise Invalid(N_("An object."))
        fields, cleaned = self.fields, dict[str, Any]()
        for name, value in given.items():
            if name not in fields:
                raise Invalid(N_("Unknown field."), str(name)[:50] or "?")
            if not fields[name].about.secret or value != MASK:
                cleaned[name] = at(name, clean, fields[name], value)
            elif name in stored:
                cleaned[name] = stored[name]
            else:
                raise Invalid(N_("Enter it again, please."), name)
        for name, field in fields.items():
            if field.default is NODEFAULT and name not in cleaned:
                raise Invalid(N_("This field is required."), name)
        if self.together is not None:
            self.together(cleaned)
        return cleaned

    def target(self, settings: Mapping[str, Any], gettext: Gettext) -> str:
        """Where it leads, in short, in the language of `gettext`."""
        for name in self.shown:
            if value := settings.get(name):
                return ", ".join(value) if isinstance(value, list) else str(value)
        return gettext(self.shown_masked) if self.shown_masked else ""


def line(least: int, most: int) -> Callable[[object], str]:
    """A rule for a text of one line, without space around it, of `least` to `most` characters."""

    def rule(value: object) -> str:
        text = value.strip() if isinstance(value, str) else None
        if text is None or not least <= len(text) <= most or not (text.isprintable() or not text):
            raise Invalid(N_("A text of %(least)d to %(most)d characters."), least=least, most=most)
        return text

    return rule


def web_address(most: int, refusal: str) -> Callable[[object], str]:
    """A rule for an address by http or https, without a user in it; `refusal` is a marked text.

    What its host resolves to is judged at each connect.
    """

    def rule(value: object) -> str:
        text = value.strip() if isinstance(value, str) else ""
        try:
            url = urlsplit(text)
            good = url.scheme in {"http", "https"} and bool(url.hostname) and "@" not in url.netloc and url.port != 0
        except ValueError:
            good = False
        if not good or len(text) > most or not text.isascii() or not text.isprintable() or " " in text:
            raise Invalid(refusal)
        return text

    return rule
