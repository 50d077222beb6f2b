"""A real SMTP server on loopback for the tests, and a folder for the mode without one."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from email_service import smtp


class Mailbox:
    """aiosmtpd's handler: keeps what arrives, and answers what a test has told it to."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.peers: set[Any] = set()
        self.answers: dict[str, str] = {}
        self.data_answer = "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data_answer.startswith("250"):
            self.mails.append(envelope.content)
            self.peers.add(session.peer)
        return self.data_answer


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """A mail server without TLS that email_service is configured for."""
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=_free_port())
    controller.start()
    settings.SMTP_HOST, settings.SMTP_PORT, settings.SMTP_TLS = "127.0.0.1", controller.port, "none"
    yield handler
    smtp._drop()
    controller.stop()


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.SMTP_HOST, settings.MAIL_FOLDER = "", str(tmp_path / "mail")
    return tmp_path / "mail"


def _free_port() -> int:
    """aiosmtpd connects to itself by the number it was given, so 0 is none for it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
