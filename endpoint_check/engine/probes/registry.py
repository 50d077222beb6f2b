"""The probe of every check kind, found by the kind's name: the module `NAME` of this folder declares it as `PROBE`."""

from importlib import import_module

from common.contracts.check_kinds import KINDS
from endpoint_check.engine.probes.base import AsyncProbe, CurlProbe, Probe


def _probe_of(kind: str) -> Probe:
    probe: object = import_module(f"endpoint_check.engine.probes.{kind}").PROBE
    assert isinstance(probe, CurlProbe | AsyncProbe), kind
    return probe


PROBES: dict[str, Probe] = {kind: _probe_of(kind) for kind in KINDS}
