"""`pongpong`: the whole fleet on one machine."""

import argparse
import contextlib
import fcntl
import os
import sys
from pathlib import Path

from deploy.gateway import MAX_BODY_MEGABYTES
from deploy.local import addresses, backup, leftovers, operators, ports, postgres, rotate, status, supervisor
from deploy.local.caddy import caddyfile
from deploy.local.data_dir import DataDir, Refused, default_path, write_private
from deploy.local.programs import ADMIN_PORT, port_names, valkey_configuration

GATEWAY_PORT = 8000
FRONTEND_PORT = 8080
FRUGAL = {"MALLOC_ARENA_MAX": "2", "MALLOC_TRIM_THRESHOLD_": "131072"}
"""glibc would give each thread an arena of its own, and keep what it once needed; a small fleet gives it back."""


def main() -> None:
    """Run one command; a `Refused` becomes one sentence and exit code 1."""
    arguments = _parser().parse_args()
    try:
        arguments.command(DataDir.at(arguments.data_dir), arguments)
    except Refused as refusal:
        sys.exit(f"pongpong: {refusal}")
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        sys.exit(f"pongpong: {error.strerror or error}{where}")
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pongpong", description="Uptime monitoring: the whole fleet on this machine.")
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--data-dir",
        type=Path,
        default=default_path(),
        help="where everything is kept (default: %(default)s, or PONGPONG_DATA_DIR)",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("up", parents=[common], help="run the fleet until Ctrl-C")
    command.add_argument("--gateway-port", type=_port, default=GATEWAY_PORT, help="the API (default: %(default)s)")
    command.add_argument(
        "--frontend-port", type=_port, default=FRONTEND_PORT, help="the web app (default: %(default)s)"
    )
    command.add_argument(
        "--listen",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="where web app and API listen (default: %(default)s; 0.0.0.0 for everybody who can reach this machine)",
    )
    command.add_argument("--host", default="localhost", help="the name in links and mails (default: %(default)s)")
    command.add_argument(
        "--trusted-proxies",
        default="",
        metavar="ADDRESSES",
        help="addresses or networks, with commas, of your own proxies in front of it: who their visitors are is"
        " believed (X-Forwarded-For, X-Forwarded-Proto)",
    )
    command.set_defaults(command=up)

    command = commands.add_parser("status", parents=[common], help="every part: up or not, pid, memory, and where")
    command.add_argument("--json", action="store_true", help="for programs")
    command.set_defaults(command=lambda data, arguments: sys.exit(status.show(data, as_json=arguments.json)))

    command = commands.add_parser("down", parents=[common], help="stop the fleet")
    command.set_defaults(command=lambda data, _: status.down(data))

    command = commands.add_parser("backup", parents=[common], help="write everything that is kept into one file")
    command.add_argument("file", type=Path)
    command.set_defaults(command=lambda data, arguments: backup.backup(data, arguments.file))

    command = commands.add_parser("restore", parents=[common], help="fill an empty data directory from a backup")
    command.add_argument("file", type=Path)
    command.set_defaults(command=lambda data, arguments: backup.restore(data, arguments.file))

    command = commands.add_parser("rotate-secrets", parents=[common], help="replace every secret; the fleet is down")
    command.set_defaults(command=lambda data, _: rotate.rotate(data))

    command = commands.add_parser("user", parents=[common], help="create, disable, enable an account, reset a password")
    command.add_argument(
        "arguments", nargs=argparse.REMAINDER, metavar="create|disable|enable|reset-password|quotas EMAIL"
    )
    command.set_defaults(command=lambda data, arguments: operators.user(data, arguments.arguments))

    command = commands.add_parser("admin", parents=[common], help="serve the operators' administration until Ctrl-C")
    command.add_argument("--port", type=_port, default=ADMIN_PORT, help="on 127.0.0.1 (default: %(default)s)")
    command.set_defaults(command=lambda data, arguments: operators.serve(data, arguments.port))

    command = commands.add_parser("admin-user", parents=[common], help="make an operator of the administration")
    command.add_argument("name")
    command.set_defaults(command=lambda data, arguments: operators.add(data, arguments.name))
    return parser


def _port(text: str) -> int:
    if not (text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is no port (1 to 65535)")
    return int(text)


def up(data: DataDir, arguments: argparse.Namespace) -> None:
    """Prepare the data directory and become the supervisor of its processes."""
    if arguments.gateway_port == arguments.frontend_port:
        raise Refused("--gateway-port and --frontend-port are the same.")
    data.create()
    if data.lock() is None:
        raise Refused(f"It already runs on {data.root} (pid {data.running_pid() or 'unknown'}). See: pongpong status")
    for line in leftovers.clean_up(data):
        print(line, flush=True)
    ports.require_free(arguments.gateway_port, arguments.listen, "--gateway-port")
    ports.require_free(arguments.frontend_port, arguments.listen, "--frontend-port")
    write_settings(data, arguments)
    postgres.create_cluster(data)
    if data.database_folder != data.root:
        print(f"The database is in {data.database_folder}: PostgreSQL's user cannot enter {data.root}.", flush=True)
    write_private(data.caddy / "Caddyfile", _caddyfile(data))
    write_private(data.valkey / "valkey.conf", valkey_configuration(data))
    supervisor.write_file(data)
    _append_output()
    print(f"Starting pongpong on {data.root} ...", flush=True)
    os.environ["PONGPONG_DATA_DIR"] = str(data.root)
    for name, value in FRUGAL.items():
        os.environ.setdefault(name, value)
    os.execv(  # noqa: S606  no shell is wanted
        sys.executable,
        [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "deploy.local.supervise", str(data.supervisor_file)],
    )


def _caddyfile(data: DataDir) -> str:
    settings = data.settings()
    max_body = int(os.environ.get("MAX_BODY_BYTES") or MAX_BODY_MEGABYTES * 2**20)
    return caddyfile(settings, data.known_ports(), web_app=str(settings["public_url"]), max_body=max_body)


def _append_output() -> None:
    """Let nobody write over another's lines where the output is a file: the supervisor opens it a second time."""
    for stream in (1, 2):
        with contextlib.suppress(OSError):
            fcntl.fcntl(stream, fcntl.F_SETFL, fcntl.fcntl(stream, fcntl.F_GETFL) | os.O_APPEND)


def write_settings(data: DataDir, arguments: argparse.Namespace) -> None:
    """Keep the addresses and pick the internal ports."""
    told = addresses.settings_of(
        listen=arguments.listen,
        host=arguments.host,
        gateway_port=arguments.gateway_port,
        frontend_port=arguments.frontend_port,
        trusted_proxies=arguments.trusted_proxies,
    )
    picked = ports.pick(port_names(), data.known_ports())
    own: addresses.Settings = {f"port.{name}": port for name, port in picked.items()}
    data.save_settings(told | own | {"admin_port": data.admin_port or ADMIN_PORT})


if __name__ == "__main__":
    main()
