"""The second stage of `up`: databases and migrations, then every service, then one line with the address to open.

It runs under the supervisor, so what fails here is tried again.
"""

import os
import sys
import time
import urllib.error
import urllib.request

from common.fleet import fleet
from deploy.local import addresses, forks, postgres, supervisor
from deploy.local.data_dir import DataDir
from deploy.local.programs import programs, service_environment

READY_WITHIN = 120.0


def main() -> None:
    """Bring the fleet up once; exit 0 when it is ready."""
    data = DataDir.at(os.environ["PONGPONG_DATA_DIR"])
    started = time.monotonic()
    postgres.create_databases(data, data.known_ports()["postgres"])
    migrate(data)
    with supervisor.control(data) as control:
        running = {info["name"] for info in control.getAllProcessInfo() if info["statename"] in {"RUNNING", "STARTING"}}
        for name, program in programs(data).items():
            if program.stage == 2 and name not in running:
                control.startProcess(supervisor.full_name(program), False)  # XML-RPC: do not wait for it
    wait_until_ready(data)
    settings = data.settings()
    print(f"pongpong is ready after {time.monotonic() - started:.1f} s.", flush=True)
    print(f"  Web app  {settings['public_url']}", flush=True)
    print(f"  API      {settings['api_url']}", flush=True)
    print(f"  Mail     {data.mail}" if not os.environ.get("SMTP_HOST") else "  Mail     by SMTP", flush=True)
    print(f"  Logs     {data.logs}", flush=True)
    for line in told(data):
        print(line, flush=True)


def told(data: DataDir) -> list[str]:
    """What is closed because others reach the fleet, and what that needs."""
    if not addresses.others_reach(data):
        return []
    environment, settings = service_environment(data, "user_service"), data.settings()
    lines = ["Others reach this fleet:"]
    if environment["SIGN_UP"] == "first":
        lines.append("  The first account is yours to make now; then sign-up is closed (SIGN_UP=open opens it).")
    if environment["ALLOW_PRIVATE_TARGETS"] == "false":
        lines.append("  Private addresses are not checked (ALLOW_PRIVATE_TARGETS=true allows it).")
    if str(settings["public_url"]).startswith("https://") and not settings["trusted_proxies"]:
        lines.append("  Without --trusted-proxies every visitor behind your proxy counts as one, and HSTS is not sent.")
    return lines


def migrate(data: DataDir) -> None:
    """Migrate each service's database, and gather the web app's static files, all side by side."""
    steps = [(name, ["migrate", "--no-input", "--verbosity", "0"]) for name in fleet().databases]
    steps.append(("frontend", ["collectstatic", "--no-input", "--verbosity", "0"]))
    running = [
        (name, forks.start(f"{command[0]} {name}", ["django", *command], os.environ | service_environment(data, name)))
        for name, command in steps
    ]
    failed = [name for name, pid in running if forks.wait(pid, seconds=300) != 0]
    if failed:
        sys.exit(f"Could not prepare {', '.join(failed)}; see the lines above.")


def wait_until_ready(data: DataDir) -> None:
    """Wait until every service says it is ready and the gateway answers."""
    ports, settings = data.known_ports(), data.settings()
    waiting = {name: f"http://127.0.0.1:{ports[name]}/health/ready" for name in fleet().services}
    waiting["gateway"] = f"http://127.0.0.1:{settings['gateway_port']}/user-service/schema"
    deadline = time.monotonic() + READY_WITHIN
    while waiting:
        for name, url in list(waiting.items()):
            try:
                with urllib.request.urlopen(url, timeout=5):  # noqa: S310  our own address
                    del waiting[name]
            except (urllib.error.URLError, OSError):
                pass
        if time.monotonic() > deadline:
            sys.exit(f"Not ready after {READY_WITHIN:.0f} s: {', '.join(waiting)}; see their logs in {data.logs}.")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
