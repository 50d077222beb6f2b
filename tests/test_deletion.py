"""Of a deleted account nothing remains anywhere, whatever is killed meanwhile."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psutil
import pytest
import requests
from psycopg2 import sql

from common.fleet import fleet
from deploy.local.running import RunningFleet
from tests.outside import PASSWORD, User, eventually, nobody, sign_up


def remains(pongpong: RunningFleet, mark: str) -> dict[str, int]:
    """Rows of any table of any service that hold this text."""
    found = {}
    for database in fleet().databases:
        connection = pongpong.connect(database)
        with connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for (table,) in cursor.fetchall():
                cursor.execute(
                    sql.SQL("SELECT count(*) FROM {} AS t WHERE t::text LIKE %s").format(sql.Identifier(table)),
                    [f"%{mark}%"],
                )
                [(count,)] = cursor.fetchall()
                if count:
                    found[f"{database}.{table}"] = count
        connection.close()
    return found


def made(answer: requests.Response) -> Any:
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


@pytest.fixture
def mark() -> str:
    """A text that nobody else's rows hold."""
    return f"mark{time.time_ns()}"


@pytest.fixture
def user(pongpong: RunningFleet, mark: str) -> User:
    """An account that left its mark in every service."""
    user = sign_up(pongpong, f"{mark}@example.com", name=mark)
    endpoint = made(
        user.post(
            "/endpoint-service/endpoints",
            {"url": f"http://127.0.0.1:9/{mark}", "name": mark, "tags": [mark], "failure_threshold": 1},
        )
    )
    window = {"name": mark, "starts_at": "2031-01-01T00:00:00Z", "duration": 3600, "endpoint_ids": [endpoint]}
    made(user.post("/endpoint-service/maintenance-windows", window))
    made(user.post("/user-service/keys", {"name": mark}))
    made(user.post("/report-service/status-pages", {"title": mark, "slug": mark}))
    eventually("an incident", lambda: user.get("/report-service/incidents").json()["items"], within=60)
    channel = user.get("/notification-service/notifications").json()["items"][0]["id"]
    path = f"/notification-service/notifications/{channel}/deliveries"
    eventually("an alert", lambda: user.get(path).json()["items"], within=60)
    assert len(remains(pongpong, mark)) > 5
    return user


def gone(look: Callable[[], dict[str, int]], *, within: float) -> None:
    """Nothing of it is found any more."""
    deadline = time.monotonic() + within
    while (left := look()) and time.monotonic() < deadline:
        time.sleep(1)
    assert left == {}


def test_of_a_deleted_account_nothing_remains_anywhere(pongpong: RunningFleet, user: User, mark: str) -> None:
    assert user.delete("/user-service/users/me", json={"password": PASSWORD}).status_code == 204
    assert user.get("/user-service/users/me").status_code == 401
    gone(lambda: remains(pongpong, mark), within=90)
    again = {"email": user.email, "password": PASSWORD}
    assert nobody(pongpong).post("/user-service/users", again).status_code == 201


STEPS = {"user_service_localconsumer": "before the first key goes", "user_service_securityevent": "after the last one"}


@pytest.mark.parametrize("table", STEPS, ids=STEPS.values())
def test_a_deletion_that_is_killed_between_two_steps_goes_on_by_itself(
    pongpong: RunningFleet, user: User, mark: str, table: str
) -> None:
    with standing_at(pongpong, table) as waiting:
        asking = threading.Thread(target=ask_in_vain, args=(user,))
        asking.start()
        eventually("the deletion stands", waiting, within=10)
        kill(pongpong.pids("user_service")["user_service"])
        asking.join()
    assert len(remains(pongpong, mark)) > 5, "the deletion was not over"
    gone(lambda: remains(pongpong, mark), within=120)
    eventually("the key opens nothing", lambda: user.get("/endpoint-service/endpoints").status_code == 401, within=20)


@contextmanager
def standing_at(pongpong: RunningFleet, table: str) -> Iterator[Callable[[], list[Any]]]:
    """Within the block nothing can be deleted from `table`; yields who waits for it, whom the end of the block ends."""
    with closing(pongpong.connect("user_service")) as holder, closing(pongpong.connect("user_service")) as observer:
        holder.autocommit = False
        holder.cursor().execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(sql.Identifier(table)))
        cursor = observer.cursor()

        def waiting() -> list[Any]:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            found: list[Any] = cursor.fetchall()
            return found

        yield waiting
        for (pid,) in waiting():
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def ask_in_vain(user: User) -> None:
    """The gateway answers 502 once its service is dead."""
    assert user.delete("/user-service/users/me", json={"password": PASSWORD}).status_code >= 500


def kill(pid: int) -> None:
    """The process and everything below it, at once."""
    for process in [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]:
        os.kill(process.pid, signal.SIGKILL)
