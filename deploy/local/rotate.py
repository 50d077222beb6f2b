"""`pongpong rotate-secrets`: every secret of the fleet replaced, and everything stored under the old ones kept."""

import os
import subprocess
import sys

from common.fleet import fleet
from deploy.local import backup, postgres
from deploy.local.data_dir import DataDir, Refused, new_secrets
from deploy.local.programs import CODE, service_environment


def rotate(data: DataDir) -> None:
    """Replace them while the fleet is down; may be interrupted and run again.

    The keys before stay as fallbacks until the next rotation, for what is on its way: sessions, links in mails. Whatever
    is stored is under the new key when this ends.
    """
    if not data.exists or not data.known_ports():
        raise Refused(f"There is no fleet in {data.root}.")
    if data.running_pid() is not None:
        raise Refused("Stop the fleet first: pongpong down")
    data.save_secrets(_replaced(data.secrets()))
    with backup.server(data) as port:
        postgres.create_databases(data, port)
        _forget(data, postgres.BEFORE)
        for service in fleet().databases:
            _reencrypt(data, service, port)
    current, before = data.secrets()["encryption_keys"].split(",")[:2]
    data.save_secrets(data.secrets() | {"encryption_keys": f"{current},{before}"})
    print("Every secret is new. Start the fleet with: pongpong up")


def _replaced(old: dict[str, str]) -> dict[str, str]:
    fresh = new_secrets()
    replaced = fresh | {
        "secret_key_fallbacks": old["secret_key"],
        "encryption_keys": f"{fresh['encryption_keys']},{old['encryption_keys']}",
        postgres.BEFORE: old["postgres"],
    }
    if postgres.BEFORE in old:  # an interrupted rotation: the server has one of these two
        replaced |= {"postgres": old["postgres"], postgres.BEFORE: old[postgres.BEFORE]}
    return replaced


def _forget(data: DataDir, name: str) -> None:
    data.save_secrets({key: secret for key, secret in data.secrets().items() if key != name})


def _reencrypt(data: DataDir, service: str, port: int) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", service, "reencrypt"],
        cwd=CODE,
        env=os.environ | service_environment(data, service) | {"DATABASE_URL": postgres.url(data, port, service)},
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    if done.returncode != 0:
        reason = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise Refused(f"The secrets of {service} could not be encrypted anew, so run this again: {reason}")
    print(f"{service}: {done.stdout.strip()}", flush=True)
