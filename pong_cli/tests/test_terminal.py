"""What a site or another user wrote cannot steer the terminal, whatever the command and the format."""

import csv
import io
import json
import socket
import unicodedata

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from pong_cli import profiles
from pong_cli.output.console import SafeConsole
from pong_cli.output.control_characters import escaped, harmless
from pong_cli.output.yaml_text import as_yaml
from pong_cli.tests.conftest import endpoint, page

ODD = "\x1b]0;owned\x07\x1b[2J\x9b31m\x90q\x9c\r\x08\x7f\x85\u202eevil\u202c\u2066x\u2069\u200f\u061c\u2028\x00"
INCIDENT = {
    "id": "01980000-0000-7000-8000-000000000000", "endpoint_id": 1, "status": "open", "cause": ODD,
    "started_at": "2026-01-01T00:00:00.000000Z", "resolved_at": None, "acknowledged_at": None,
}  # fmt: skip
REPORT = {
    "id": "01980000-0000-7000-8000-000000000000", "endpoint_id": 1, "checked_at": "2026-01-01T00:00:00.000000Z",
    "status": "down", "http_status": 500, "total_ms": 3.0, "message": ODD, "resolved_ip": ODD, "phases": {},
    "certificate_expires_at": None,
}  # fmt: skip
ITEM = {
    "endpoint_id": 1, "name": ODD, "url": ODD, "state": "down", "tags": [], "uptime": {}, "bars": [], "sparkline": [],
    "last_result": None, "open_incident": {"cause": ODD, "started_at": "2026-01-01T00:00:00Z", "acknowledged_at": None},
}  # fmt: skip
COMMANDS = [
    ("ls",), ("show", "site1"), ("incidents",), ("logs",), ("logs", "site1"), ("check", "https://x.example.com"),
    ("report",),
]  # fmt: skip


def steers(text: str) -> set[str]:
    """The characters of a text that a terminal obeys."""
    return {
        one for one in text
        if (unicodedata.category(one) in {"Cc", "Zl", "Zp"} and one not in "\n\t")
        or unicodedata.bidirectional(one) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
        or one in "\u061c\u200e\u200f"
    }  # fmt: skip


@pytest.fixture
def hostile(api) -> None:
    api.expect_request("/endpoint-service/endpoints").respond_with_json(page(endpoint(name=ODD, body=ODD, tags=[ODD])))
    api.expect_request("/endpoint-service/endpoints/1").respond_with_json(endpoint(name=ODD, body=ODD, tags=[ODD]))
    api.expect_request("/report-service/overview").respond_with_json(page(ITEM))
    api.expect_request("/report-service/incidents").respond_with_json(page(INCIDENT))
    api.expect_request("/report-service/reports").respond_with_json(page(REPORT))
    api.expect_request("/endpoint-service/checks").respond_with_json({"status": "ok", "result": REPORT})


@pytest.mark.usefixtures("logged_in", "hostile")
@pytest.mark.parametrize(
    ("command", "output"),
    [(one, output) for one in COMMANDS for output in ("table", "json", "yaml", "csv", "quiet")]
    + [(("watch", "--once"), "table")],
)
def test_no_command_passes_on_what_steers_a_terminal(pong, command, output) -> None:
    ended = pong(*command, *(["--quiet"] if output == "quiet" else ["--output", output]))
    assert ended.code in {0, 1}, ended.err
    assert steers(ended.out) == steers(ended.err) == set()


@pytest.mark.usefixtures("logged_in", "hostile")
def test_programs_get_what_there_is(pong) -> None:
    assert pong("incidents", "-o", "json").json[0]["cause"] == ODD
    assert yaml.safe_load(pong("incidents", "-o", "yaml").out)[0]["cause"] == ODD
    assert next(csv.DictReader(io.StringIO(pong("incidents", "-o", "csv").out)))["cause"] == harmless(ODD)


@pytest.mark.usefixtures("logged_in")
def test_errors_are_harmless_too(api, pong) -> None:
    api.expect_request("/endpoint-service/endpoints").respond_with_json(
        {"message": ODD, "code": "ODD", "errors": {ODD: [ODD]}}, 400
    )
    assert steers(pong("ls").err) == set()


@given(st.text(st.characters(codec="utf-8")))
def test_a_text_is_harmless_in_every_form_and_read_back_as_it_was(text: str) -> None:
    assert steers(harmless(text)) == set()
    assert len(harmless(text)) == len(text)
    as_json = escaped(json.dumps({"a": text}, ensure_ascii=False))
    assert steers(as_json) == set()
    assert json.loads(as_json) == {"a": text}
    assert steers(as_yaml({"a": text})) == set()
    assert yaml.safe_load(as_yaml({"a": text})) == {"a": text}


def test_colours_of_our_own_pass() -> None:
    file = io.StringIO()
    console = SafeConsole(force_terminal=True, file=file, width=40, color_system="standard")
    console.print(Text.assemble(("down", "red"), " \x1b[2J"))
    assert file.getvalue() == "\x1b[31mdown\x1b[0m \N{REPLACEMENT CHARACTER}[2J\n"


@pytest.mark.usefixtures("logged_in")
@pytest.mark.parametrize("status", [502, 503])
def test_a_gateway_whose_service_restarts_is_asked_again(api, pong, monkeypatch, status) -> None:
    monkeypatch.setattr("pong_cli.api.FIRST_WAIT", 0.001)
    api.expect_oneshot_request("/user-service/users/me").respond_with_data("Bad Gateway", status)
    api.expect_request("/user-service/users/me").respond_with_json({"email": "you@example.com"})
    assert pong("whoami").code == 0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("body_contains=200", "200"), ("body_not_contains=0", "0"), ("body_regex=5", "5"),
        ("header:X-Count=5", "5"), ("json_path:$.n=5", 5), ("response_time=800", 800), ("certificate_days=14", 14),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("logged_in")
def test_a_condition_on_text_has_a_text_as_its_value(api, pong, text, value) -> None:
    api.expect_request("/endpoint-service/endpoints", method="POST").respond_with_json(endpoint(), 201)
    assert pong("add", "https://site1.example.com/", "--assert", text).code == 0
    assert api.log[-1][0].json["assertions"][0]["value"] == value


def test_without_a_host_pong_means_this_machine(pong) -> None:
    assert profiles.DEFAULT_HOST == "http://localhost:8000"
    assert "http://localhost:8000" in pong("ls").err


def test_a_first_login_takes_this_machines_own_installation(api, host, pong, monkeypatch) -> None:
    monkeypatch.setattr(profiles, "DEFAULT_HOST", host)
    monkeypatch.setattr("sys.stdin", io.StringIO("secret\n"))
    api.expect_request("/user-service/login").respond_with_json({"key": "k", "email": "you@example.com"})
    assert pong("login", "--email", "you@example.com", "--password-stdin").code == 0
    assert profiles.stored()[1]["default"].host == host


def test_a_first_login_asks_where_no_installation_answers_here(pong, api, host, monkeypatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setattr(profiles, "DEFAULT_HOST", f"http://127.0.0.1:{closed.getsockname()[1]}")
        monkeypatch.setattr("sys.stdin", Terminal(f"{host}\n"))
        api.expect_request("/user-service/users/me").respond_with_json({"email": "you@example.com"})
        assert pong("login", "--key", "k").code == 0
    assert profiles.stored()[1]["default"].host == host


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True
