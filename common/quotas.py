"""How much one owner may use: quotas as data (`quotas.toml`), the same for everybody but where an operator says otherwise.

    quotas.require(owner_id, "channels", used=count, adding=1)

raises `QuotaExceeded` with the quota's label and number. `common.limits.usage` shows a service's own at `GET /api/usage`.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from common.api.errors import ApiError
from common.formats.ids import MAX_ID
from common.models import Owner

QUOTAS_FILE = Path(__file__).with_name("quotas.toml")
LABELS = (
    gettext_noop("Endpoints"),
    gettext_noop("Maintenance windows"),
    gettext_noop("Checks a minute"),
    gettext_noop("Checks a minute of one host"),
    gettext_noop("Checks by hand"),
    gettext_noop("Notification channels"),
    gettext_noop("E-mails"),
    gettext_noop("Messages to Slack and webhooks"),
    gettext_noop("Test messages"),
    gettext_noop("Answers kept as evidence"),
    gettext_noop("Notes on one incident"),
    gettext_noop("Exports at once"),
    gettext_noop("Status pages"),
)
"""The labels of `quotas.toml`, where the translations' tool finds them."""


class Quota(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One of `quotas.toml`. `period` is in seconds; without one the number counts what is there now.

    `setting` is the service's setting that says the number for all owners where QUOTAS says none.
    """

    service: str
    label: str
    most: int
    unit: Literal["count", "bytes"] = "count"
    period: int | None = None
    setting: str = ""


class QuotaExceeded(ApiError):
    """An owner's share is used up: 429 where waiting helps, which `retry_after` (s) or the quota's period tells, else 400."""

    code = "QUOTA_EXCEEDED"

    def __init__(self, name: str, most: int, *, retry_after: float | None = None) -> None:
        quota = quotas()[name]
        words = {"label": _(quota.label), "most": most}
        super().__init__(_("%(label)s: %(most)d at most.") % words, retry_after=retry_after)
        self.status = 400 if quota.period is None and retry_after is None else 429
        self.name = name


@cache
def quotas() -> dict[str, Quota]:
    """Every quota by its name; raises `msgspec.ValidationError` where the file names something unknown."""
    return msgspec.toml.decode(QUOTAS_FILE.read_bytes(), type=dict[str, Quota])


def parse(items: Sequence[str]) -> dict[str, int]:
    """`["channels=200"]` as numbers; raises `ValueError` with a sentence for an unknown name or an odd number."""
    numbers: dict[str, int] = {}
    for item in items:
        name, _equals, text = item.partition("=")
        if name not in quotas():
            raise ValueError(f"{name!r} is no quota; there are {', '.join(quotas())}.")
        if not (text.isascii() and text.isdigit() and len(text) <= 19 and int(text) <= MAX_ID):
            raise ValueError(f"{name} must be a whole number, not {text!r}.")
        numbers[name] = int(text)
    return numbers


@cache
def _from_environment(items: tuple[str, ...]) -> dict[str, int]:
    try:
        return parse(items)
    except ValueError as error:
        raise ImproperlyConfigured(f"QUOTAS: {error}") from error


def limits(owner_id: int) -> dict[str, int]:
    """What the owner may use, by the quotas' names: the operator's number, the environment's, or the file's."""
    own: Mapping[str, int] = Owner.objects.filter(id=owner_id).values_list("quotas", flat=True).first() or {}
    return {name: int(own.get(name, default(name))) for name in quotas()}


def limit(owner_id: int, name: str) -> int:
    """One of `limits`."""
    return limits(owner_id)[name]


def limit_of_each(owner_ids: Collection[int], name: str) -> dict[int, int]:
    """One quota of many owners, by one query."""
    own = dict(Owner.objects.filter(id__in=owner_ids).values_list("id", "quotas"))
    return {owner_id: int((own.get(owner_id) or {}).get(name, default(name))) for owner_id in owner_ids}


def require(owner_id: int, name: str, *, used: int, adding: int = 1, retry_after: float | None = None) -> None:
    """Raise `QuotaExceeded` where `adding` to what is `used` goes beyond the owner's quota.

    Nothing is refused that adds nothing: who has more than a quota that shrank keeps it.
    """
    most = limit(owner_id, name)
    if adding > 0 and used + adding > most:
        raise QuotaExceeded(name, most, retry_after=retry_after)


def default(name: str) -> int:
    """What an owner may use of whom nobody said anything; raises `ImproperlyConfigured` for an odd QUOTAS."""
    quota = quotas()[name]
    most: int = getattr(settings, quota.setting, quota.most) if quota.setting else quota.most
    return _from_environment(tuple(settings.QUOTAS)).get(name, most)
