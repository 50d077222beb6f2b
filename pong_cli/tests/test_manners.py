"""What holds for every command: formats, errors, patience, languages, start-up."""

import csv
import io
import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from pong_cli import api as api_module
from pong_cli.main import COMMANDS
from pong_cli.tests.conftest import endpoint, page

ROOT = Path(__file__).resolve().parents[2]
ENDPOINTS = "/endpoint-service/endpoints"
CPU_SECONDS = 0.2
STARTS = 15


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch):
    monkeypatch.setattr(api_module, "FIRST_WAIT", 0.001)


@pytest.mark.usefixtures("logged_in")
def test_a_list_is_the_same_in_json_yaml_and_csv(api, pong):
    api.expect_request(ENDPOINTS).respond_with_json(page(endpoint(name="=1+1"), endpoint(2)))
    api.expect_request("/report-service/overview").respond_with_json(page())
    as_json = pong("ls", "-o", "json").json
    assert as_json == yaml.safe_load(pong("ls", "-o", "yaml").out)
    rows = list(csv.DictReader(io.StringIO(pong("ls", "-o", "csv").out)))
    assert [row["key"] for row in rows] == [one["key"] for one in as_json] == ["site1", "site2"]


@pytest.mark.usefixtures("logged_in")
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(api, pong):
    api.expect_request("/user-service/keys").respond_with_json(
        page({"id": 1, "name": "=HYPERLINK()", "created_at": None})
    )
    assert "'=HYPERLINK()" in pong("keys", "-o", "csv").out


@pytest.mark.usefixtures("logged_in")
def test_an_error_is_a_sentence_with_its_fields(api, pong):
    api.expect_request(ENDPOINTS, method="POST").respond_with_json(
        {"message": "Some fields are not valid.", "code": "VALIDATION_FAILED", "errors": {"url": ["Only http."]}}, 400
    )
    ended = pong("add", "ftp://x")
    assert (ended.code, ended.out, ended.err) == (4, "", "pong: Some fields are not valid.\n  url: Only http.\n")
    assert "Traceback" in pong("add", "ftp://x", "--debug").err


@pytest.mark.usefixtures("logged_in")
def test_what_is_no_api_is_told(api, pong):
    api.expect_request(ENDPOINTS).respond_with_data("<html>", 502)
    assert "answered 502" in pong("ls").err


@pytest.mark.usefixtures("logged_in")
@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_api_is_asked_again(api, pong, status):
    api.expect_ordered_request("/user-service/keys").respond_with_json(
        {"message": "Wait.", "code": "X"}, status, headers={"Retry-After": "0"}
    )
    api.expect_ordered_request("/user-service/keys").respond_with_json(page())
    assert pong("keys").code == 0


@pytest.mark.usefixtures("logged_in")
def test_an_api_that_stays_busy_ends_with_its_words(api, pong):
    api.expect_request("/user-service/keys").respond_with_json({"message": "Wait.", "code": "X"}, 429)
    assert (pong("keys").code, len(api.log)) == (4, 5)


@pytest.mark.usefixtures("logged_in")
def test_what_kong_refuses_by_itself_is_told_in_its_words(api, pong):
    api.expect_request(ENDPOINTS, method="POST").respond_with_json(
        {"message": "Request size limit exceeded", "request_id": "1"}, 413
    )
    assert pong("add", "https://example.com").err == "pong: Request size limit exceeded\n"


@pytest.mark.usefixtures("logged_in")
def test_kongs_own_limit_is_waited_for(api, pong):
    limited = {"message": "Too many requests. Try again later.", "request_id": "1"}
    api.expect_ordered_request("/user-service/keys").respond_with_json(limited, 429, headers={"Retry-After": "0"})
    api.expect_ordered_request("/user-service/keys").respond_with_json(page())
    assert pong("keys").code == 0


def test_nobody_there_is_told_with_the_address(pong, monkeypatch):
    monkeypatch.setenv("PONG_API_KEY", "x")
    monkeypatch.setenv("PONG_HOST", "http://127.0.0.1:9")
    ended = pong("ls")
    assert ended.code == 4
    assert "http://127.0.0.1:9 cannot be reached." in ended.err


@pytest.mark.usefixtures("logged_in")
def test_the_api_is_asked_for_the_language_of_the_locale(api, pong, monkeypatch):
    api.expect_request("/user-service/keys").respond_with_json(page())
    assert pong("keys").out == "No named keys.\n"
    monkeypatch.setenv("LC_ALL", "ko_KR.UTF-8")
    assert pong("keys").out == "이름이 있는 키가 없습니다.\n"
    assert [request.headers["Accept-Language"] for request, _answer in api.log] == ["en", "ko"]


@pytest.mark.parametrize("arguments", [["lss"], ["ls", "--nothing"], ["show"], ["ls", "--output", "xml"]])
def test_wrong_usage_exits_with_two_and_points_to_the_help(pong, arguments):
    ended = pong(*arguments)
    assert ended.code == 2
    assert "--help" in ended.err


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(pong, name):
    ended = pong(name, "--help")
    assert ended.code == 0
    if "Commands:" in ended.out:
        members = re.findall(r"^  ([a-z]+)  ", ended.out.partition("Commands:")[2], re.MULTILINE)
        assert "ls" in members
        helps = [pong(name, member, "--help").out for member in members]
    else:
        helps = [ended.out]
    assert all(f"Example:\n    pong {name}" in text or name in text.partition("Example:")[2] for text in helps)


def started(*arguments: str, **environment: str) -> tuple[subprocess.CompletedProcess[str], float]:
    """A process of its own, and the CPU seconds that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(  # noqa: S603  our own
        [sys.executable, "-m", "pong_cli", *arguments],
        cwd=ROOT, env={**os.environ, **environment}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("arguments", [["--version"], ["ls", "--help"]])
def test_starting_costs_little(arguments):
    # The least of some: what other processes do to the caches is not ours.
    assert any(started(*arguments)[1] <= CPU_SECONDS for _number in range(STARTS))
    assert started(*arguments)[0].returncode == 0


def test_help_is_korean_under_a_korean_locale():
    done, _cpu = started("ls", "--help", LC_ALL="ko_KR.UTF-8")
    assert done.stdout.startswith("사용법: pong ls")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_and_completes(shell):
    done, _cpu = started("completion", shell)
    assert "_PONG_COMPLETE" in done.stdout
    done, _cpu = started(_PONG_COMPLETE="complete_bash", COMP_WORDS="pong main", COMP_CWORD="1")
    assert done.stdout.split() == ["maintenance"]


def test_no_colour_and_nothing_cut_off_where_the_output_is_a_file(api, pong, monkeypatch, host):
    long = "https://example.com/" + "a" * 300
    monkeypatch.setenv("PONG_API_KEY", "x")
    monkeypatch.setenv("PONG_HOST", host)
    api.expect_request(ENDPOINTS).respond_with_json(page(endpoint(url=long, state="down")))
    api.expect_request("/report-service/overview").respond_with_json(page())
    ended = pong("ls")
    assert long in ended.out
    assert "\x1b" not in ended.out


@pytest.mark.parametrize("columns", ["40", "50", "80"])
def test_a_narrow_terminal_still_shows_states_and_numbers(api, pong, monkeypatch, host, columns):
    monkeypatch.setenv("PONG_API_KEY", "x")
    monkeypatch.setenv("PONG_HOST", host)
    monkeypatch.setenv("COLUMNS", columns)
    api.expect_request(ENDPOINTS).respond_with_json(page(endpoint(key="k" * 90, url="https://" + "a" * 90)))
    glance = {"endpoint_id": 1, "uptime": {"24h": 99.5}, "last_result": {"total_ms": 1234.0}}
    api.expect_request("/report-service/overview").respond_with_json(page(glance))
    lines = pong("ls").out.splitlines()
    assert len(lines) == 2
    assert max(len(line) for line in lines) <= int(columns)
    assert all(text in lines[1] for text in ("● Up", "99.50 %", "1234 ms"))


def test_an_output_without_unicode_gets_question_marks(api, host):
    api.expect_request(ENDPOINTS).respond_with_json(page(endpoint(name="가게")))
    api.expect_request("/report-service/overview").respond_with_json(page())
    done, _cpu = started("ls", PONG_API_KEY="x", PONG_HOST=host, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0, done.stderr
    assert "o Up" in done.stdout
    assert done.stdout.isascii()


def test_the_published_schema_is_valid():
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # noqa: PLC0415

    from pong_cli.as_code.schema import load, text  # noqa: PLC0415

    Draft202012Validator.check_schema(load())
    assert json.loads(text())["$id"].endswith("pong.schema.json")


@pytest.mark.usefixtures("logged_in")
@pytest.mark.parametrize("form", ["json", "yaml"])
def test_programs_get_the_fields_that_this_pong_does_not_know(api, pong, form):
    whole = endpoint(flavour={"of": [1, None]})
    api.expect_request(ENDPOINTS).respond_with_json(page(whole))
    assert yaml.safe_load(pong("ls", "-o", form).out) == [whole]
    assert yaml.safe_load(pong("show", "site1", "-o", form).out) == whole


@pytest.mark.usefixtures("logged_in")
def test_an_older_api_that_lacks_fields_is_understood(api, pong):
    api.expect_request(ENDPOINTS).respond_with_json(page({"id": 1, "key": "old", "url": "https://old", "state": "up"}))
    api.expect_request("/report-service/overview").respond_with_json(page({"endpoint_id": 1}))
    assert "https://old" in pong("ls").out
    assert "https://old" in pong("show", "old").out


@pytest.mark.usefixtures("logged_in")
@pytest.mark.parametrize("answer", [{"items": [{"key": "a"}]}, page({"key": "a"}), page({"id": "x"}), [], 7])
def test_an_answer_that_is_none_of_the_apis_ends_with_a_sentence(api, pong, answer):
    api.expect_request(ENDPOINTS).respond_with_json(answer)
    ended = pong("ls")
    assert (ended.code, "is not understood" in ended.err, "Traceback" in ended.err) == (4, True, False)
