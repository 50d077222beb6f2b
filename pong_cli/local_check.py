"""A probe from this machine, by the engine that the service itself checks with."""

import json

import msgspec

from common.contracts.answers.report_service import Report
from common.contracts.assertions import clean_assertions
from common.contracts.check_kinds import clean_target, kind_of
from common.contracts.invalid import Invalid
from common.security.addresses import AddressRule
from endpoint_check.engine.multi import Engine
from endpoint_check.engine.spec import InvalidSpec, spec_of
from pong_cli.answers import Answered, Whole, answered, known
from pong_cli.errors import CliError, WrongUsage
from pong_cli.labels import _
from pong_cli.output.times import iso, now

MARGIN = 8.0
"""Seconds beyond the timeout, for look-ups, redirects and judging the answer."""


def check(url: str, options: Whole) -> Answered[Report]:
    """One result in the fields of a report; private addresses are open, since it is the user's own machine.

    Raises `CliError` where no result came in time, `WrongUsage` for a spec that the engine does not take.
    """
    try:
        spec = spec_of(json.dumps(_whole(url, options)))
    except Invalid as error:
        raise WrongUsage(error.sentence.said(_)) from error
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
    found = known(msgspec.to_builtins(done[0][1]), Whole)
    return answered(found | {"checked_at": iso(now()), "cause_data": found.pop("cause")}, Report)


def _whole(url: str, options: Whole) -> Whole:
    """The spec in its full form, as the API would store it; raises `Invalid`."""
    kind = str(options.get("kind") or kind_of(url))
    return options | {
        "kind": kind,
        "url": clean_target(kind, url),
        "assertions": clean_assertions(options.get("assertions", [])),
    }
