"""The script of Kong's init container, with a `kong` that keeps its state in a file as the real one does in its database."""

import subprocess
from pathlib import Path

import pytest

from tests.chart.rendering import component, containers, objects, of_kind

EMPTY, DONE, TO_FINISH, NEW, BOTH, AWAY = "3", "0", "4", "5", "4 new", "1"
KONG = """#!/bin/sh
cd "$(dirname "$0")"
echo "$*" >> calls
state=$(cat state)
case "$2 $state" in
  "list 4 new") echo "New migrations available:"; exit 4 ;;
  "list 1") echo 3 > state; exit 1 ;;
  "list "*) exit "$state" ;;
  "bootstrap 3") echo 0 > state ;;
  "up 5") echo 4 > state ;;
  "finish 4 new") echo 5 > state ;;
  *) exit 1 ;;
esac
"""


@pytest.mark.parametrize(
    ("state", "asked"),
    [
        (DONE, ["list"]),
        (EMPTY, ["list", "bootstrap", "list"]),
        (AWAY, ["list", "list", "bootstrap", "list"]),
        (NEW, ["list", "up", "list"]),
        (TO_FINISH, ["list"]),
        (BOTH, ["list", "finish", "up", "list"]),
    ],
)
def test_kongs_database_is_migrated_from_whatever_state(tmp_path: Path, state: str, asked: list[str]):
    (kong,) = [one for one in of_kind(objects("small"), "Deployment") if component(one) == "kong"]
    script = containers(kong["spec"]["template"])[0]["command"][2]
    (tmp_path / "kong").write_text(KONG)
    (tmp_path / "kong").chmod(0o755)
    (tmp_path / "sleep").symlink_to("/bin/true")
    (tmp_path / "state").write_text(state)
    script = script.replace("/tmp/migrations", str(tmp_path / "listed"))  # noqa: S108  the container's own
    command = ["sh", "-ec", script]
    subprocess.run(command, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=True, timeout=60, capture_output=True)
    assert (tmp_path / "calls").read_text().splitlines() == [f"migrations {one}" for one in asked]
