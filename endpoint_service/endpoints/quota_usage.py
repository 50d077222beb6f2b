"""What an owner's endpoints use: their keys, their number, and the checks a minute that they ask for."""

import re
from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from django.utils.translation import gettext as _

from common.api.errors import ValidationFailed
from common.contracts.check_kinds import host_of
from common.contracts.endpoint import MAX_KEY
from common.quotas import QuotaExceeded, limits
from endpoint_service.errors import TooManyEndpoints
from endpoint_service.models import LIVE, Endpoint

RATE, RATE_TO_A_HOST = "checks_per_minute", "checks_per_minute_to_a_host"


class Use(NamedTuple):
    """The checks a minute that one endpoint asks for, and of which host."""

    rate: float
    host: str


def use_of(kind: str, url: str, interval: int, *, enabled: bool) -> Use:
    """What an endpoint of these values uses; a paused one nothing. `interval` in seconds."""
    return Use(60 / interval if enabled else 0.0, host_of(kind, url))


class QuotaUsage:
    """Of one owner, as of now; meant for the owner's lock, under which nobody else takes of them."""

    def __init__(self, user_id: int) -> None:
        self.most = limits(user_id)
        rows = Endpoint.objects.filter(LIVE, user_id=user_id)
        self._stored = list(rows.values_list("key", "kind", "url", "interval", "enabled"))
        self.keys = {row[0] for row in self._stored}
        self.rate = sum(60 / interval for _key, _kind, _url, interval, enabled in self._stored if enabled)
        self._moved: dict[str, float] = defaultdict(float)
        self._hosts: dict[str, float] | None = None
        self._numbers: dict[str, int] = {}

    def admit(self, use: Use, *, key: str | None, like: str = "") -> str:
        """Room for one more endpoint; returns its key: `key`, or a free one made of `like` or of the host.

        Raises `TooManyEndpoints`, `QuotaExceeded`, and `ValidationFailed` for a key that is taken.
        """
        if len(self.keys) >= self.most["endpoints"]:
            raise TooManyEndpoints
        key = key or self._free(like or use.host)
        refuse_taken_key(key, self.keys)
        self.take_rate(use)
        self.keys.add(key)
        return key

    def take_rate(self, after: Use, before: Use | None = None) -> None:
        """One endpoint asks for `after`, in place of `before`; raises `QuotaExceeded` where that is too much and more.

        Who has more than a quota that shrank keeps it, and may lessen it step by step.
        """
        before = before or Use(0.0, "")
        gained = after.rate - before.rate
        if gained > 0 and self.rate + gained > self.most[RATE]:
            raise QuotaExceeded(RATE, self.most[RATE])
        gained_there = gained if after.host == before.host else after.rate
        # Where all together ask for less than one host may have, no stored address has to be taken apart.
        most_there = self.most[RATE_TO_A_HOST]
        if gained_there > 0 and self.rate + gained > most_there < self.hosts()[after.host] + gained_there:
            raise QuotaExceeded(RATE_TO_A_HOST, most_there)
        self.rate += gained
        hosts = self._moved if self._hosts is None else self._hosts
        hosts[before.host] -= before.rate
        hosts[after.host] += after.rate

    def hosts(self) -> dict[str, float]:
        """The checks a minute by host."""
        if self._hosts is None:
            self._hosts = self._moved
            for _key, kind, url, interval, enabled in self._stored:
                use = use_of(kind, url, interval, enabled=enabled)
                self._hosts[use.host] += use.rate
        return self._hosts

    def _free(self, host: str) -> str:
        base = key_of(host)
        number = self._numbers.get(base, 1)
        while (key := base if number == 1 else f"{base}-{number}") in self.keys:
            number += 1
        self._numbers[base] = number
        return key


def refuse_taken_key(key: str, taken: Collection[str]) -> None:
    """Raises `ValidationFailed` where another endpoint has this key."""
    if key in taken:
        raise ValidationFailed(errors={"key": [_("Another endpoint of yours has this key.")]})


def key_of(host: str) -> str:
    """The key that a host suggests; short enough for a number behind it."""
    return re.sub(r"[^a-z0-9._-]+", "-", host.lower()).strip("-._")[: MAX_KEY - 10] or "endpoint"
