"""The administrator's password is the Secret's at every start, not only at the first: as the chart's containers do it."""

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest

from deploy.local import ports, postgres
from deploy.local.testing import temporary_data_dir
from tests.chart.rendering import CHART, Object, component, containers, objects, of_kind
from tests.outside import eventually

FIRST, SECOND = "the-first-password", "it's \\'another' one"


@pytest.fixture(scope="module")
def cluster() -> Path:
    """A folder in which a database was made with the first password; its `bin` has what the image brings."""
    data = temporary_data_dir()
    data.create()
    programs, user = postgres.programs(data), postgres._unprivileged()
    folder = data.root / "cluster"
    folder.mkdir(mode=0o700)
    password = folder.with_name("password")
    password.write_text(FIRST)
    password.chmod(0o644)
    if user:
        shutil.chown(folder, user.pw_uid, user.pw_gid)
    command = [str(programs / "initdb"), "--pgdata", str(folder), "--username=postgres", f"--pwfile={password}"]
    subprocess.run(
        [*command, "--auth-host=scram-sha-256", "--no-instructions"],
        check=True, capture_output=True, cwd=data.root, user=user.pw_uid if user else None,
        env={"PATH": os.defpath, "LC_ALL": "C"},
    )  # fmt: skip
    binaries = folder.with_name("bin")
    binaries.mkdir(mode=0o755)
    (binaries / "postgres").symlink_to(programs / "postgres")
    entry = binaries / "docker-entrypoint.sh"
    entry.write_text(f'#!/bin/sh\nexec "$@" -p {ports.pick(["postgres"], {})["postgres"]} -k ""\n')
    entry.chmod(0o755)
    return folder


def stateful(name: str) -> Object:
    (found,) = [one for one in of_kind(objects("default"), "StatefulSet") if component(one) == name]
    template: Object = found["spec"]["template"]
    return template


@contextmanager
def started(cluster: Path, password: str, *, end: signal.Signals = signal.SIGINT) -> Iterator[subprocess.Popen[str]]:
    """The container's own command, with that password."""
    (container,) = containers(stateful("postgres"))
    user = postgres._unprivileged()
    process = subprocess.Popen(
        [*container["command"], *container["args"]],
        env={
            "PATH": f"{cluster.with_name('bin')}:{os.environ['PATH']}", "PGDATA": str(cluster),
            "POSTGRES_PASSWORD": password, "LC_ALL": "C",
        },
        cwd=cluster, user=user.pw_uid if user else None, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(end)
        # It is the container's first process, so that the signal reaches it and not a shell.
        output, _ = process.communicate(timeout=60)
        assert process.returncode == (0 if end == signal.SIGINT else -end), output
        assert SECOND not in output


def logs_in(cluster: Path, password: str) -> bool | None:
    """Whether the password is taken; None while there is no answer."""
    port = int(shlex.split(cluster.with_name("bin").joinpath("docker-entrypoint.sh").read_text())[-3])
    try:
        psycopg2.connect(host="127.0.0.1", port=port, user="postgres", password=password, dbname="postgres").close()
    except psycopg2.OperationalError as error:
        return False if "password authentication failed" in str(error) else None
    return True


def answer(cluster: Path, password: str) -> bool:
    answers: list[bool] = []

    def asked() -> bool:
        said = logs_in(cluster, password)
        answers.extend([said] if said is not None else [])
        return said is not None

    eventually("PostgreSQL answers", asked, within=60)
    return answers[-1]


def test_a_start_with_another_password_changes_it_also_after_a_crash(cluster: Path):
    with started(cluster, FIRST, end=signal.SIGKILL):
        assert answer(cluster, FIRST)
    with started(cluster, SECOND):
        assert answer(cluster, SECOND)
        assert not answer(cluster, FIRST)
    with started(cluster, SECOND):
        assert answer(cluster, SECOND)
    with started(cluster, FIRST):
        assert answer(cluster, FIRST)


def test_settings_of_the_values_reach_the_server(cluster: Path):
    with started(cluster, FIRST):
        assert answer(cluster, FIRST)
        port = int(shlex.split(cluster.with_name("bin").joinpath("docker-entrypoint.sh").read_text())[-3])
        connection = psycopg2.connect(host="127.0.0.1", port=port, user="postgres", password=FIRST, dbname="postgres")
        with connection.cursor() as cursor:
            cursor.execute("SHOW max_connections")
            assert cursor.fetchone() == ("300",)
        connection.close()


def test_a_new_database_is_left_to_the_image(tmp_path: Path):
    script = (CHART / "files" / "postgres-start.sh").read_text()
    for name in ("postgres", "docker-entrypoint.sh"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho {name} "$@"\n')
        (tmp_path / name).chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PGDATA": str(tmp_path), "POSTGRES_PASSWORD": FIRST}
    done = subprocess.run(
        ["sh", "-ec", script, "postgres", "-c", "a=b"], env=environment, check=True, capture_output=True, text=True
    )
    assert done.stdout == "docker-entrypoint.sh postgres -c a=b\n"


@pytest.mark.parametrize("there", [True, False])
def test_grafana_is_told_its_administrators_password_where_it_has_a_database(tmp_path: Path, there: bool):
    (told,) = [one for one in containers(stateful("grafana")) if one["name"] == "password"]
    folder = tmp_path / "grafana"
    folder.mkdir()
    (folder / "grafana.db").write_text("x" * there)
    program = tmp_path / "grafana-bin"
    program.mkdir()
    (program / "grafana").write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\ncat >> {tmp_path}/asked\nexit 1\n')
    (program / "grafana").chmod(0o755)
    script = told["args"][0].replace("/var/lib/grafana", str(folder))
    environment = {"PATH": f"{program}:{os.environ['PATH']}", "GF_SECURITY_ADMIN_PASSWORD": FIRST}
    done = subprocess.run([*told["command"], script], env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, "Grafana starts all the same"
    assert ("keeps the password" in done.stderr) is there
    asked = tmp_path / "asked"
    wanted = f"cli --homepath /usr/share/grafana admin reset-admin-password --password-from-stdin\n{FIRST}\n"
    assert (asked.read_text() if asked.exists() else "") == (wanted if there else "")
