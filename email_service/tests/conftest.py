"""A real SMTP server on loopback for the tests, and a folder for the mode without one."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from common.limits.token_buckets import local_buckets
from email_service import smtp

Serve = Callable[..., "Mailbox"]


class Mailbox:
    """aiosmtpd's handler: keeps what arrives, and answers what a test has told it to."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []
        self.peers: set[Any] = set()
        self.encrypted: list[bool] = []
        self.users: list[bytes | None] = []
        self.answers: dict[str, str] = {}
        self.data_answer = "250 OK"
        self.hangs = 0.0
        self.writer: Any = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.writer = server.transport
        await asyncio.sleep(self.hangs)
        if self.data_answer.startswith("250"):
            self.mails.append(envelope.content)
            self.peers.add(session.peer)
            self.encrypted.append(server.transport.get_extra_info("cipher") is not None)
            self.users.append(session.auth_data)
        return self.data_answer


@pytest.fixture
def serve(settings: Any) -> Iterator[Serve]:
    """Start a mail server with aiosmtpd's options, and configure email_service for it; `tls` is its SMTP_TLS."""
    controllers = []

    def start(tls: str, **options: Any) -> Mailbox:
        handler = Mailbox()
        controller = Controller(handler, hostname="127.0.0.1", port=_free_port(), **options)
        controller.start()
        controllers.append(controller)
        settings.SMTP_HOST, settings.SMTP_PORT, settings.SMTP_TLS = "127.0.0.1", controller.port, tls
        return handler

    yield start
    smtp._drop()
    for controller in controllers:
        controller.stop()


@pytest.fixture(autouse=True)
def full_buckets() -> None:
    """Every recipient may have mail again."""
    local_buckets.clear()


@pytest.fixture
def mailbox(serve: Serve) -> Mailbox:
    """A mail server without TLS."""
    return serve("none")


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.SMTP_HOST, settings.MAIL_FOLDER = "", str(tmp_path / "mail")
    return tmp_path / "mail"


def _free_port() -> int:
    """aiosmtpd connects to itself by the number it was given, so 0 is none for it."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
