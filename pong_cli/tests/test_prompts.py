"""What a person at a terminal is asked, through a real one."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

from pong_cli.tests.conftest import KEY, USER, page

ROOT = Path(__file__).resolve().parents[2]
CREDENTIALS = {"email": "you@example.com", "password": "secret words"}
SECONDS = 20


def _at_its_terminal() -> None:
    """Ctrl-C reaches it, even where the tests themselves run in the background of a shell, which ignores it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """`pong` on a terminal of its own: what it writes is read, what is typed follows its questions."""

    def __init__(self, *arguments: str) -> None:
        self.screen = ""
        self._side, other = pty.openpty()
        self._process = subprocess.Popen(  # noqa: S603  our own
            [sys.executable, "-m", "pong_cli", *arguments],
            cwd=ROOT, stdin=other, stdout=other, stderr=other, start_new_session=True,
            preexec_fn=_at_its_terminal,  # noqa: PLW1509  two calls that take no lock
        )  # fmt: skip
        os.close(other)

    def asks(self, question: str, answer: str) -> None:
        """Wait for the question, then type the answer."""
        self._read(until=question)
        os.write(self._side, f"{answer}\n".encode())

    def ends(self) -> int:
        """The exit code; what came last is on the screen."""
        self._read(until=None)
        return self._process.wait(timeout=SECONDS)

    def _read(self, until: str | None) -> None:
        before, ends = len(self.screen), time.monotonic() + SECONDS
        while until is None or until not in self.screen[before:]:
            ready, _, _ = select.select([self._side], [], [], max(0.0, ends - time.monotonic()))
            assert ready, f"waited for {until!r}; the screen says:\n{self.screen}"
            try:
                piece = os.read(self._side, 4096)
            except OSError:  # the other side is closed: the program ended
                piece = b""
            if not piece:
                assert until is None, f"ended before {until!r}; the screen says:\n{self.screen}"
                return
            self.screen += piece.decode()


def test_signing_up_asks_for_the_address_and_twice_for_the_password(api, host):
    api.expect_request("/user-service/users", method="POST", json=CREDENTIALS | {"language": "en"}).respond_with_json(
        USER | {"key": KEY}, 201
    )
    terminal = Terminal("signup", "--host", host)
    terminal.asks("E-mail: ", CREDENTIALS["email"])
    terminal.asks("Password: ", CREDENTIALS["password"])
    terminal.asks("Once more: ", CREDENTIALS["password"])
    assert terminal.ends() == 0, terminal.screen
    assert "Logged in" in terminal.screen
    assert CREDENTIALS["password"] not in terminal.screen


def test_two_different_passwords_are_asked_for_again(api, host):
    api.expect_request("/user-service/users", method="POST").respond_with_json(USER | {"key": KEY}, 201)
    terminal = Terminal("signup", "--host", host, "--email", CREDENTIALS["email"])
    terminal.asks("Password: ", "one")
    terminal.asks("Once more: ", "two")
    terminal.asks("Password: ", CREDENTIALS["password"])
    terminal.asks("Once more: ", CREDENTIALS["password"])
    assert terminal.ends() == 0, terminal.screen
    assert len(api.log) == 1


def test_logging_in_asks_for_what_is_missing_and_for_the_second_factor_where_there_is_one(api, host):
    api.expect_request("/user-service/login", json=CREDENTIALS).respond_with_json(
        {"message": "Enter the code of your authenticator app.", "code": "CODE_NEEDED"}, 400
    )
    api.expect_request("/user-service/login", json=CREDENTIALS | {"code": "123456"}).respond_with_json(
        USER | {"key": KEY}
    )
    terminal = Terminal("login", "--host", host)
    terminal.asks("E-mail: ", CREDENTIALS["email"])
    terminal.asks("Password: ", CREDENTIALS["password"])
    terminal.asks("authenticator app", "123456")
    assert terminal.ends() == 0, terminal.screen
    assert CREDENTIALS["password"] not in terminal.screen


def test_a_change_of_password_asks_whether_the_named_keys_end_too(api, host, monkeypatch):
    monkeypatch.setenv("PONG_API_KEY", KEY)
    monkeypatch.setenv("PONG_HOST", host)
    keys = [{"id": 1, "name": "ci"}, {"id": 2, "name": "evil\x1b[2J"}]
    api.expect_request("/user-service/keys").respond_with_json(page(*keys))
    body = {"current_password": CREDENTIALS["password"], "new_password": "other words", "revoke_keys": True}
    api.expect_request("/user-service/users/me/password", json=body).respond_with_json({"status": "ok"})
    terminal = Terminal("password")
    terminal.asks("Present password: ", CREDENTIALS["password"])
    terminal.asks("New password: ", "other words")
    terminal.asks("Once more: ", "other words")
    terminal.asks("Revoke your API keys too (ci, evil\N{REPLACEMENT CHARACTER}[2J)? [y/N]: ", "y")
    assert terminal.ends() == 0, terminal.screen


@pytest.mark.parametrize("interrupt", ["\x03", "\x04"], ids=["Ctrl-C", "end of input"])
def test_a_question_can_be_left(api, host, interrupt):
    terminal = Terminal("login", "--host", host)
    terminal.asks("E-mail: ", interrupt)
    assert terminal.ends() in {1, 130}
    assert "Traceback" not in terminal.screen
    assert not api.log
