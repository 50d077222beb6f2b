"""The websocket kind against servers that break the protocol, hang, drip and flood."""

import struct
import time
from typing import Any

import pytest

from common.security.crypto import encrypt
from endpoint_check.tests.probing import OPEN, probes
from endpoint_check.tests.raw_site import Play, RawSite, answer, reset
from endpoint_check.tests.sites import Site, certificate_into
from endpoint_check.tests.websocket_sites import (
    CLOSE,
    CONTINUATION,
    PING,
    SWITCHED,
    TEXT,
    address,
    contains,
    drip,
    each,
    frame,
    hold,
    look,
    play_all,
    server,
    shaken,
)

BROKEN: dict[str, tuple[bytes | Play, str, str]] = {
    "wrong accept": (shaken(accept=b"AAAA"), "protocol_error", "Sec-WebSocket-Accept"),
    "no accept": (SWITCHED + b"\r\n", "protocol_error", "Sec-WebSocket-Accept"),
    "no upgrade": (b"HTTP/1.1 101 Said\r\nConnection: Upgrade\r\n\r\n", "protocol_error", "Upgrade"),
    "no http": (b"SSH-2.0-OpenSSH_9.2\r\n", "protocol_error", "SSH-2.0"),
    "odd status": (b"HTTP/1.1 42 Odd\r\n\r\n", "protocol_error", "HTTP/1.1 42"),
    "half a head": (SWITCHED, "protocol_error", "middle of its headers"),
    "endless head": (each(b"HTTP/1.1 101 Said\r\n" + b"X: y\r\n" * 1000, 0), "protocol_error", "too long"),
    "endless hints": (each(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100, 0), "protocol_error", "interim"),
    "nothing": (b"", "connection_reset", "closed the connection"),
    "reset": (reset, "connection_reset", "reset by"),
    "extension unasked": (shaken(b"", b"Sec-WebSocket-Extensions: permessage-deflate\r\n"), "protocol_error", "extension"),
    "masked": (shaken(frame(TEXT, b"hi", mask=True)), "protocol_error", "mask"),
    "reserved bits": (shaken(b"\xf1\x02hi"), "protocol_error", "reserved bits"),
    "odd opcode": (shaken(frame(0x5, b"hi")), "protocol_error", "Opcode"),
    "stray continuation": (shaken(frame(CONTINUATION, b"hi")), "protocol_error", "continuation"),
    "long ping": (shaken(frame(PING, b"x" * 126)), "protocol_error", "control frame"),
    "closed with a reason": (shaken(frame(CLOSE, struct.pack("!H", 1013) + b"later")), "connection_reset", "1013 (try again later) later"),
    "closed with nothing": (shaken(frame(CLOSE)), "connection_reset", "1005"),
    "odd close code": (shaken(frame(CLOSE, struct.pack("!H", 42))), "protocol_error", "status code"),
    "cut off": (shaken(lambda _: None), "connection_reset", "closed the connection"),
    "cut within a message": (shaken(lambda it: it.sendall(frame(TEXT, b"hello")[:4])), "connection_reset", "closed the connection"),
    "too large": (shaken(frame(TEXT, b"x" * 2000)), "protocol_error", "larger than 1 KiB"),
    "said to be huge": (shaken(b"\x81\x7f\x7f" + b"\xff" * 7), "protocol_error", "larger than 1 KiB"),
    "too large in parts": (shaken(each(frame(CONTINUATION, b"x" * 100, is_last=False), 0)), "protocol_error", "continuation"),
    "endless fragments": (
        shaken(frame(TEXT, b"", is_last=False) + frame(CONTINUATION, b"", is_last=False) * 6000), "protocol_error", "within 5000 frames",
    ),
    "flood of pings": (shaken(each(frame(PING) * 1000, 0)), "protocol_error", "within 5000 frames"),
    "no utf-8": (shaken(frame(TEXT, b"caf\xe9")), "protocol_error", "no UTF-8"),
    "cut utf-8": (shaken(frame(TEXT, b"caf\xc3", is_last=False) + frame(CONTINUATION, b"")), "protocol_error", "no UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_down_with_its_cause(name):
    play, code, told = BROKEN[name]
    with RawSite(play) as site:
        outcome = look(address(site), options={"max_body_kib": 1}, assertions=contains("caf"))
    assert (outcome.status, outcome.error_code) == ("down", code), outcome.message
    assert told in outcome.message


def test_fragments_of_a_character_and_pings_between_make_one_message():
    parts = frame(TEXT, b"caf\xc3", is_last=False) + frame(PING, b"?") + frame(CONTINUATION, b"\xa9")
    with RawSite(shaken(frame(PING) * 100 + parts)) as site:
        outcome = look(address(site), assertions=contains("café"))
    assert outcome.status == "up", outcome.message


def test_early_hints_are_no_answer():
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    with RawSite(play_all(hints, shaken())) as site:
        assert look(address(site)).status == "up"


HANGING: dict[str, tuple[Play, str, str]] = {
    "at the handshake": (hold, "read_timeout", "No complete answer"),
    "within the headers": (play_all(SWITCHED, hold), "read_timeout", "No complete answer"),
    "dripping headers": (drip(SWITCHED), "read_timeout", "No complete answer"),
    "before the message": (shaken(), "read_timeout", "No message from"),
    "within the message": (shaken(frame(TEXT, b"hello")[:4]), "read_timeout", "No message from"),
    "dripping": (shaken(drip(frame(TEXT, b"x" * 120))), "read_timeout", "No message from"),
    "pinging": (shaken(each(frame(PING), 0.02)), "read_timeout", "No message from"),
}


@pytest.mark.parametrize("name", HANGING)
def test_what_hangs_ends_with_the_endpoints_timeout(name):
    play, code, told = HANGING[name]
    started = time.monotonic()
    with RawSite(play) as site:
        outcome = look(address(site), timeout=1, assertions=contains("hello"))
        took = time.monotonic() - started
    assert (outcome.status, outcome.error_code) == ("down", code), outcome.message
    assert told in outcome.message
    assert took < 4


def test_a_server_that_never_finishes_tls_times_out():
    with Site() as silent:
        outcome = look(f"wss://127.0.0.1:{silent.port}/", timeout=1)
    assert outcome.error_code == "read_timeout"


def test_tls_for_ws_and_ws_for_tls(tmp_path):
    with server(certificate=certificate_into(tmp_path, days=50)) as (url, _):
        plain = look(url.replace("wss://localhost", "ws://127.0.0.1"))
    with server() as (url, _):
        secured = look(url.replace("ws://", "wss://"))
    assert plain.status == "down"
    assert plain.error_code in {"protocol_error", "connection_reset"}
    assert secured.error_code == "tls_error"


def test_secrets_that_a_refusal_repeats_are_not_shown():
    sealed = encrypt({"headers": {"X-Key": "s3cret-value"}, "auth": None})
    with RawSite(answer(403, b"no s3cret-value here")) as site:
        outcome = look(address(site), headers={"X-Key": "***"}, secrets=sealed)
    assert outcome.response_body == "no (redacted) here"


def test_a_dear_condition_and_a_flood_hold_up_no_other_probe():
    """The message is judged beside the loops; a thousand pings at once are answered in pieces."""
    nested = frame(TEXT, b"[" * 900 + b"]" * 900)
    dear = [{"kind": "json_path", "target": "$..*..*..*..*..*", "operator": "equals", "value": "1"}]
    with RawSite(shaken(nested)) as deep, RawSite(shaken(each(frame(PING) * 30_000, 0))) as flood, server() as (url, _):
        specs: list[dict[str, Any]] = [{"kind": "websocket", "url": address(deep), "assertions": dear}]
        specs += [{"kind": "websocket", "url": address(flood), "options": {"message": "x"}} for _ in range(5)]
        specs += [{"kind": "websocket", "url": url, "options": {"message": "x"}}]
        found = dict(probes(specs, rule=OPEN))
    assert (found[0].status, found[0].error_code) == ("unknown", "invalid_spec")
    assert {found[number].error_code for number in range(1, 6)} == {"protocol_error"}
    assert found[6].status == "up"
    assert found[6].total_ms is not None
    assert found[6].total_ms < 2000
