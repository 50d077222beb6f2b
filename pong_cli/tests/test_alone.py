"""The client is installable alone: none of the servers' packages is needed, not even for checks from this machine."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_SERVER = """
import sys
for name in ("django", "rest_framework", "celery", "redis", "psycopg2", "gunicorn"):
    sys.modules[name] = None
from pong_cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def pong(*arguments):
    command = [sys.executable, "-c", WITHOUT_SERVER, *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603  our own


def test_a_check_from_this_machine_needs_nothing_of_the_server(host, api):
    api.expect_request("/site").respond_with_data("Welcome")
    done = pong("check", "--local", f"{host}/site", "--assert", "json_path:$.a=1", "--assert", "body_regex=W.lcome")
    assert (done.returncode, done.stderr) == (1, "")
    assert "$.a" in done.stdout
    assert pong("check", "--local", f"{host}/site", "--assert", "body_regex=W.lcome").returncode == 0


def test_a_condition_that_never_ends_is_ended_here_too(host, api):
    api.expect_request("/site").respond_with_data("[" * 900 + "]" * 900)
    done = pong("check", "--local", f"{host}/site", "--assert", "json_path:$..*..*..*..*..*=1", "-o", "json")
    assert done.returncode == 4, done.stderr
    assert "took more than 2 s of computing" in done.stdout


def test_every_kind_can_be_checked_from_this_machine(host):
    port = host.rpartition(":")[2]
    for arguments in (
        ("--kind", "tcp", f"127.0.0.1:{port}"),
        ("--kind", "dns", "localhost"),
        ("--kind", "ping", "127.0.0.1"),
        (f"tcp://127.0.0.1:{port}",),
        (f"ws://127.0.0.1:{port}", "--message", "hi"),
    ):
        done = pong("check", "--local", *arguments, "--timeout", "2")
        assert done.returncode in {0, 1}, done.stderr


def test_the_file_of_monitors_is_read_without_the_server(tmp_path):
    file = tmp_path / "pong.yaml"
    file.write_text("endpoints:\n  - {key: web, url: https://example.com, interval: often}\n")
    done = pong("plan", "--file", str(file))
    assert done.returncode == 2
    assert f"{file}:2: interval" in done.stderr
