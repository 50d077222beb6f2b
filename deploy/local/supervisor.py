"""supervisord over the fleet's processes: its file, and its XML-RPC for `status`, `down` and the start-up.

It restarts what dies, however often; a process that cannot even stay up for a second is tried again after a pause
that grows by a second each time.
"""

import http.client
import os
import sys
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deploy.local.data_dir import DataDir, write_private
from deploy.local.programs import CODE, STARTER, Program, programs

FOREVER = 1_000_000
STOP_WITHIN = 9.0
"""Seconds from SIGTERM to the end of everything; what is left by then is killed (see `supervise`)."""
DATABASES = {"postgres", "valkey"}
USER = "pongpong"
GROUP, DATABASE_GROUP = "services", "databases"

_HEAD = """[supervisord]
nodaemon=true
logfile={logs}/pongpong.log
logfile_maxbytes=10MB
logfile_backups=3
loglevel=info
pidfile={root}/supervisord.pid
childlogdir={logs}
identifier=pongpong
minfds=4096
{user}
[inet_http_server]
port=127.0.0.1:{port}
username={username}
password={password}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""

_PROGRAM = """
[program:{name}]
command="{python}" -m deploy.local.run {name}
directory={code}
autostart={autostart}
autorestart={autorestart}
startsecs={startsecs}
startretries={forever}
stopsignal={signal}
stopwaitsecs={seconds}
stopasgroup=false
killasgroup=true
{streams}
stdout_logfile_maxbytes={maxbytes}
stdout_logfile_backups=3
priority={priority}
"""

_STREAMS = """redirect_stderr=true
stdout_logfile={logs}/{name}.log"""
_STARTER_STREAMS = """stdout_logfile=/dev/stdout
stderr_logfile={logs}/starter.log"""


def write_file(data: DataDir) -> None:
    """Write the supervisor's file; only this user can read it, as it holds the password of its XML-RPC."""
    common = {
        "logs": _escape(data.logs),
        "code": _escape(CODE),
        "python": _escape(sys.executable),
        "forever": FOREVER,
    }
    text = _HEAD.format(
        root=_escape(data.root),
        port=data.known_ports()["supervisor"],
        username=USER,
        password=data.secrets()["supervisor"],
        user="user=root\n" if os.geteuid() == 0 else "",
        **common,
    )
    every = list(programs(data).values())
    for program in every:
        text += _PROGRAM.format(
            name=program.name,
            autostart="true" if program.stage == 1 else "false",
            autorestart="unexpected" if program.name == STARTER else "true",
            startsecs=0 if program.name == STARTER else 1,
            # What the starter says is for the user who ran `up`: /dev/stdout is supervisord's own.
            streams=_STARTER_STREAMS.format(**common)
            if program.name == STARTER
            else _STREAMS.format(name=program.name, **common),
            maxbytes=0 if program.name == STARTER else "10MB",
            signal=program.stop_signal,
            seconds=program.stop_seconds,
            priority=_priority(program),
            **common,
        )
    members = [program.name for program in every if _group(program) == GROUP]
    text += f"\n[group:{GROUP}]\nprograms={','.join(members)}\npriority=20\n"
    text += f"\n[group:{DATABASE_GROUP}]\nprograms={','.join(sorted(DATABASES))}\npriority=1\n"
    write_private(data.supervisor_file, text)


def _group(program: Program) -> str:
    """supervisord stops group after group: the services with the gateway, which ends its requests, then the databases."""
    return DATABASE_GROUP if program.name in DATABASES else GROUP if program.stage == 2 else ""


def full_name(program: Program) -> str:
    """The program's name in XML-RPC calls."""
    group = _group(program)
    return f"{group}:{program.name}" if group else program.name


def _priority(program: Program) -> int:
    """What starts first stops last: the databases before the services, the gateway after them."""
    return 1 if program.name in DATABASES else 30 if program.name == "gateway" else 20


def _escape(value: object) -> str:
    """supervisord expands `%(name)s` in its file."""
    return str(value).replace("%", "%%")


class _Transport(xmlrpc.client.Transport):
    """Calls that end: supervisord answers at once or it hangs."""

    def make_connection(self, host: tuple[str, dict[str, str]] | str) -> http.client.HTTPConnection:
        connection = super().make_connection(host)
        connection.timeout = 60
        return connection


@contextmanager
def control(data: DataDir) -> Iterator[Any]:
    """The supervisor's XML-RPC interface, see http://supervisord.org/api.html."""
    address = f"http://{USER}:{data.secrets()['supervisor']}@127.0.0.1:{data.known_ports()['supervisor']}/RPC2"
    with xmlrpc.client.ServerProxy(address, transport=_Transport(), allow_none=True) as proxy:
        yield proxy.supervisor
