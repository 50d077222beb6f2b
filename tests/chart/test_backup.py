"""A backup and the way back, by the chart's own containers on the real PostgreSQL."""

import datetime as dt
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from kubernetes_validate import utils as kubernetes

from tests.chart import test_parts
from tests.chart.policies import RULES
from tests.chart.rendering import (
    NEWEST,
    Object,
    component,
    containers,
    of_kind,
    parse,
    pod_of,
    profile,
    template,
)
from tests.chart.test_parts import PASSWORD, connect
from tests.chart.tools import require_prometheus

administrator = test_parts.administrator
KEY = "a-key-that-only-the-secret-knows"
SAID = "said in confidence"


BUCKET = ("--set", "backup.s3.bucket=backups", "--set", "backup.s3.endpoint=http://store:9000")


@cache
def container(name: str, job: str = "", *more: str) -> Object:
    """The container of that name of the CronJob, which has the same name where nothing else is said."""
    things = parse(template(profile("default"), "--set", "backup.enabled=true", *more))
    (made,) = [one for one in of_kind(things, "CronJob") if one["metadata"]["name"] == f"pongpong-{job or name}"]
    return next(one for one in containers(pod_of(made) or {}) if one["name"] == name)


class Site:
    """Two databases with a row each, and a folder for backups."""

    def __init__(self, administrator: dict[str, str], folder: Path) -> None:
        self.administrator = administrator
        self.folder = folder
        self.databases = [f"backup_{os.getpid()}_{one}" for one in ("a", "b")]

    def make(self) -> None:
        """As the Jobs of the chart make them, empty."""
        for name in self.databases:
            test_parts.run("database", self.administrator | {"ROLE": name, "ROLE_PASSWORD": PASSWORD})

    def fill(self) -> None:
        for name in self.databases:
            self.execute(name, "CREATE TABLE words (id serial PRIMARY KEY, word text) PARTITION BY RANGE (id)")
            self.execute(name, "CREATE TABLE words_1 PARTITION OF words FOR VALUES FROM (1) TO (1000)")
            self.say(name, f"{SAID} {name}")

    def execute(self, name: str, statement: str) -> None:
        with self.connected(name) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    def say(self, name: str, word: str) -> None:
        with self.connected(name) as connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO words (word) VALUES (%s)", [word])
        connection.close()

    def words(self, name: str, *, user: str | None = None) -> list[str]:
        with self.connected(name, user=user) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT word FROM words ORDER BY id")
            found = [str(word) for (word,) in cursor.fetchall()]
        connection.close()
        return found

    def connected(self, name: str, *, user: str | None = None) -> Any:
        return connect(self.administrator, user=user or name, password=PASSWORD, dbname=name)

    def run(self, name: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """One of the two containers, as its CronJob runs it; only what differs on a cluster is another."""
        return self.start(container(name), **more)

    def start(self, found: Object, **more: str) -> "subprocess.CompletedProcess[str]":
        told = {one["name"]: one["value"] for one in found["env"] if "value" in one}
        mine = {"DATABASES": " ".join(self.databases), "FOLDER": str(self.folder), "BACKUP_KEY": KEY}
        environment = told | self.administrator | mine | more
        command = [*found["command"], *found["args"]]
        return subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=120)

    def backup(self, **more: str) -> Path:
        done = self.run("backup", **more)
        assert done.returncode == 0, done.stderr
        return max(one for one in self.folder.iterdir() if one.name.endswith("Z"))

    def all_databases(self) -> set[str]:
        return {name for name in self.ask("SELECT datname FROM pg_database") if f"backup_{os.getpid()}_" in name}

    def ask(self, statement: str) -> list[str]:
        command = ["psql", "-qAtd", "postgres", "-c", statement]
        done = subprocess.run(command, env=self.administrator, check=True, capture_output=True, text=True)
        return done.stdout.split()


@pytest.fixture
def site(administrator: dict[str, str], tmp_path: Path) -> Iterator[Site]:
    made = Site(administrator, tmp_path)
    made.make()
    made.fill()
    yield made
    for name in made.all_databases():
        made.ask(f"DROP DATABASE {name} WITH (FORCE)")
    for name in made.databases:
        made.ask(f"DROP ROLE {name}")


def test_the_recipe_brings_back_what_was_there_and_keeps_what_is_replaced(site: Site):
    folder = site.backup()
    first = site.databases[0]
    site.execute(first, "DELETE FROM words")
    site.say(first, "by mistake")
    # Whoever is still connected is cut off: nothing is written into what is replaced.
    late = site.connected(first)
    done = site.run("restore")
    assert done.returncode == 0, done.stderr
    assert folder.name in done.stdout
    for name in site.databases:
        assert site.words(name) == [f"{SAID} {name}"]
        site.say(name, "and it goes on")
    with pytest.raises(psycopg2.OperationalError):
        late.cursor().execute("SELECT 1")
    late.close()
    site.ask(f"ALTER DATABASE {first}_before ALLOW_CONNECTIONS true")
    assert site.words(f"{first}_before", user=first) == ["by mistake"]


def test_it_comes_back_into_a_cluster_that_has_lost_everything(site: Site):
    site.backup()
    for name in site.databases:
        site.ask(f"DROP DATABASE {name} WITH (FORCE)")
    site.make()
    for _ in ("once", "and once more"):
        done = site.run("restore")
        assert done.returncode == 0, done.stderr
    assert [site.words(name) for name in site.databases] == [[f"{SAID} {name}"] for name in site.databases]


def test_nobody_but_its_role_connects_to_what_came_back(site: Site):
    site.backup()
    assert site.run("restore").returncode == 0
    first, second = site.databases
    with pytest.raises(psycopg2.OperationalError, match="permission denied"):
        site.connected(first, user=second)


def test_a_backup_is_read_by_nobody_without_the_key(site: Site):
    folder = site.backup()
    files = sorted(folder.iterdir())
    assert [one.name for one in files] == [f"{name}.dump.gpg" for name in site.databases]
    for one in files:
        assert one.stat().st_mode & 0o077 == 0
        assert SAID.encode() not in one.read_bytes()
        assert b"PGDMP" not in one.read_bytes()
    site.execute(site.databases[0], "DELETE FROM words")
    assert site.run("restore", BACKUP_KEY="another").returncode != 0
    assert site.words(site.databases[0]) == []


def test_a_damaged_backup_changes_nothing(site: Site):
    folder = site.backup()
    file = folder / f"{site.databases[1]}.dump.gpg"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    for name in site.databases:
        site.say(name, "newer")
    assert site.run("restore").returncode != 0
    assert [site.words(name)[-1] for name in site.databases] == ["newer", "newer"]


def test_the_backup_that_is_named_is_taken_and_one_that_is_missing_is_refused(site: Site):
    folder = site.backup()
    older = folder.with_name("20200101T000000Z")
    folder.rename(older)
    site.say(site.databases[0], "newer")
    assert site.backup(KEEP_DAYS="36500") != older
    assert site.run("restore", BACKUP=older.name).returncode == 0
    assert site.words(site.databases[0]) == [f"{SAID} {site.databases[0]}"]
    done = site.run("restore", BACKUP="20190101T000000Z")
    assert done.returncode != 0
    assert older.name in done.stderr


def test_a_backup_that_does_not_come_back_on_trial_is_none(site: Site, tmp_path: Path):
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, script in {"empty": "exec >/dev/null; cat >/dev/null", "broken": "exit 1"}.items():
        fake = programs / "pg_restore"
        fake.write_text(f"#!/bin/sh\n{script}\n")
        fake.chmod(0o755)
        done = site.run("backup", PATH=f"{programs}:{site.administrator['PATH']}")
        assert done.returncode != 0, name
        assert [one.name for one in site.folder.iterdir()] == ["programs"]
        assert site.all_databases() == set(site.databases), "the trial was left behind"


def test_what_is_older_than_the_days_goes_and_nothing_else(site: Site):
    now = dt.datetime.now(dt.UTC)
    names = {days: f"{now - dt.timedelta(days=days):%Y%m%dT%H%M%SZ}" for days in (1, 6, 8, 400)}
    for name in [*names.values(), "lost+found", "20200101T000000Z.partial", "2020-by-hand"]:
        (site.folder / name).mkdir()
        (site.folder / name / "a").touch()
    new = site.backup(KEEP_DAYS="7")
    left = {one.name for one in site.folder.iterdir()}
    assert left == {new.name, names[1], names[6], "lost+found", "2020-by-hand"}


def test_it_needs_somebody_who_may_make_a_database():
    with pytest.raises(RuntimeError, match="createDatabases"):
        template(profile("external"), "--set", "backup.enabled=true")


class Bucket:
    """A bucket that is a folder: rclone speaks to both in one way."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.folder = folder
        folder.mkdir()

    def run(self, name: str, job: str, **more: str) -> "subprocess.CompletedProcess[str]":
        place = {"RCLONE_CONFIG_STORE_TYPE": "local", "PLACE": str(self.folder)}
        return self.site.start(container(name, job, *BUCKET), **(place | more))

    def upload(self) -> Path:
        """A backup that is in the bucket and, as on a cluster, no longer anywhere else."""
        made = self.site.backup()
        done = self.run("upload", "backup", KEEP_DAYS="7")
        assert done.returncode == 0, done.stderr
        shutil.rmtree(made)
        return self.folder / made.name


@pytest.fixture
def bucket(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Bucket:
    require_prometheus()
    return Bucket(site, tmp_path_factory.mktemp("store") / "backups")


def test_a_backup_comes_back_from_the_bucket(site: Site, bucket: Bucket):
    older = bucket.upload()
    older.rename(older.with_name("20200101T000000Z"))
    site.execute(site.databases[0], "DELETE FROM words")
    newer = bucket.upload()
    # One that was cut off is not the newest.
    shutil.copytree(newer, newer.with_name("20990101T000000Z"))
    (newer.with_name("20990101T000000Z") / "whole").unlink()
    for chosen, words in (("", []), ("20200101T000000Z", [f"{SAID} {site.databases[0]}"])):
        done = bucket.run("download", "restore", BACKUP=chosen)
        assert done.returncode == 0, done.stderr
        done = site.run("restore", BACKUP=chosen)
        assert done.returncode == 0, done.stderr
        assert site.words(site.databases[0]) == words
        for folder in site.folder.iterdir():
            shutil.rmtree(folder)
    done = bucket.run("download", "restore", BACKUP="20990101T000000Z")
    assert done.returncode != 0
    assert newer.name in done.stderr


def test_the_bucket_is_rid_of_what_is_older_than_the_days(bucket: Bucket):
    for name, days in {"20200101T000000Z": 8, "20200102T000000Z": 6, "not-ours": 400}.items():
        (bucket.folder / name).mkdir()
        for file in ("a.dump.gpg", "whole"):
            (bucket.folder / name / file).touch()
            seconds = time.time() - days * 86400
            os.utime(bucket.folder / name / file, (seconds, seconds))
    new = bucket.upload()
    left = {one.parent.name for one in bucket.folder.rglob("*") if one.is_file()}
    assert left == {"20200102T000000Z", "not-ours", new.name}


def test_with_a_bucket_no_volume_is_kept_and_every_object_is_valid():
    things = parse(template(profile("default"), "--set", "backup.enabled=true", *BUCKET))
    assert not of_kind(things, "PersistentVolumeClaim")
    for found in [one for one in things if component(one) == "backup"]:
        assert kubernetes.validate(found, NEWEST, strict=True) == NEWEST
    (policy,) = [one for one in of_kind(things, "NetworkPolicy") if component(one) == "backup"]
    assert {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]} == {5432, 9000}
    for rule in RULES.values():
        assert rule(things) == []
