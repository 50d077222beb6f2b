"""A probe from this machine, by the engine that the service itself checks with."""

import json
from typing import TYPE_CHECKING, Any

import msgspec

from common.addresses import AddressRule
from endpoint_check.engine.multi import Engine
from endpoint_check.engine.spec import InvalidSpec, spec_of
from pong_cli.errors import CliError, WrongUsage
from pong_cli.times import iso, now
from pong_cli.words import _

if TYPE_CHECKING:
    from pong_cli.api import Object

MARGIN = 8.0
"""Seconds beyond the timeout, for look-ups, redirects and judging the answer."""
_OPERATORS = {"header": "equals", "json_path": "equals", "response_time": "at_most", "certificate_days": "at_least"}
"""What the API writes where an assertion names none."""


def check(url: str, options: dict[str, Any]) -> "Object":
    """One result in the fields of a report; private addresses are open, since it is the user's own machine.

    Raises `CliError` where no result came in time, `WrongUsage` for a spec that the engine does not take.
    """
    try:
        spec = spec_of(json.dumps(_whole(url, options)))
    except InvalidSpec as error:
        raise WrongUsage(str(error)) from error
    engine = Engine(slots=1, user_agent="pong", dns_servers=[])
    try:
        engine.add(spec, AddressRule(allow_private=True, fleet_ports=frozenset()), None)
        done = engine.run(spec.timeout + MARGIN)
    finally:
        engine.close()
    if not done:
        raise CliError(_("%(host)s did not answer in time.") % {"host": url})
    found: Object = msgspec.to_builtins(done[0][1])
    return found | {"checked_at": iso(now())}


def _whole(url: str, options: dict[str, Any]) -> dict[str, Any]:
    """The spec in its full form, as the API would store it."""
    kind = options.get("kind", "http")
    assertions = [{"operator": _OPERATORS.get(one.get("kind", ""), ""), **one} for one in options.get("assertions", [])]
    return options | {"url": f"https://{url}" if kind == "http" and "://" not in url else url, "assertions": assertions}
