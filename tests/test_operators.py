"""The operators' administration and `pongpong user`, beside a running fleet."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from common.fleet import fleet, host_name
from deploy.local import ports
from deploy.local.running import ROOT, RunningFleet, command
from tests.outside import PASSWORD, TIMEOUT, User, eventually, nobody, sign_up

OPERATOR, SECRET = "olga", "an operators long passphrase"


@pytest.fixture(scope="module")
def administration(pongpong: RunningFleet) -> Iterator[str]:
    """Its address, while it runs."""
    port = ports.pick(["admin"], {})["admin"]
    where = ["--data-dir", str(pongpong.data.root)]
    run = [sys.executable, "-m", "deploy.local.cli"]
    environment = os.environ | {"DJANGO_SUPERUSER_PASSWORD": SECRET}
    subprocess.run([*run, "admin-user", *where, OPERATOR], cwd=ROOT, env=environment, check=True, timeout=120)
    with subprocess.Popen([*run, "admin", *where, "--port", str(port)], cwd=ROOT) as server:
        url = f"http://127.0.0.1:{port}"
        eventually("the administration", lambda: _answers(url), within=60)
        yield url
        server.send_signal(signal.SIGTERM)


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/login/", timeout=TIMEOUT).status_code == 200
    except requests.ConnectionError:
        return False


def log_in(url: str, password: str = SECRET) -> requests.Session:
    session = requests.Session()
    session.get(f"{url}/login/", timeout=TIMEOUT)
    form = {"username": OPERATOR, "password": password, "next": "/", "csrfmiddlewaretoken": _token(session)}
    session.post(f"{url}/login/", data=form, timeout=TIMEOUT)
    return session


def _token(session: requests.Session) -> str:
    return str(session.cookies["pongpong_operator_csrf"])


def test_an_operator_sees_accounts_and_disables_one(pongpong: RunningFleet, administration: str) -> None:
    user = sign_up(pongpong)
    session = log_in(administration)
    page = session.get(f"{administration}/user_service/user/?q={user.email}", timeout=TIMEOUT)
    assert user.email in page.text
    assert "argon2" not in session.get(f"{administration}/user_service/user/{user.id}/change/", timeout=TIMEOUT).text
    form = {"action": "disable", "_selected_action": str(user.id), "csrfmiddlewaretoken": _token(session)}
    session.post(f"{administration}/user_service/user/", data=form, timeout=TIMEOUT).raise_for_status()
    eventually("the key's end", lambda: user.get("/user-service/users/me").status_code == 401, within=15)
    login = nobody(pongpong).post("/user-service/login", {"email": user.email, "password": PASSWORD})
    assert login.json()["code"] == "INVALID_LOGIN"


def test_an_operator_gives_one_account_another_quota(pongpong: RunningFleet, administration: str) -> None:
    user, session = sign_up(pongpong), log_in(administration)
    page = f"{administration}/user_service/user/{user.id}/change/"

    def save(quotas: str) -> str:
        form = {"quotas": quotas, "email": "other@example.com", "csrfmiddlewaretoken": _token(session)}
        return session.post(page, data=form, timeout=TIMEOUT).text

    def own() -> object:
        """As the other services are told."""
        headers = {"X-Internal-Token": pongpong.data.secrets()["internal_token"]}
        return requests.get(
            f"{pongpong.service_url('user_service')}/users/{user.id}", headers=headers, timeout=TIMEOUT
        ).json()["quotas"]

    for odd in ('{"nothing": 1}', '{"windows": -1}', '{"windows": "1"}', "[1]", "{"):
        assert "errorlist" in save(odd)
    assert own() == {}
    assert "errorlist" not in save('{"windows": 3, "channels": 5}')
    assert own() == {"windows": 3, "channels": 5}
    assert user.get("/user-service/users/me").json()["email"] == user.email
    shown = command(pongpong.data, "user", "quotas", user.email, "windows=default")
    assert "channels=5" in shown.split()
    assert own() == {"channels": 5}


@pytest.mark.parametrize("path", ["/", "/user_service/user/", "/user_service/key/", "/auth/user/"])
def test_without_a_login_the_administration_shows_nothing(administration: str, path: str) -> None:
    for session in (requests.Session(), log_in(administration, "a wrong passphrase")):
        answer = session.get(f"{administration}{path}", timeout=TIMEOUT, allow_redirects=False)
        assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/login/")


def test_no_check_of_a_users_reaches_the_administration(
    pongpong: RunningFleet, administration: str, owner: User
) -> None:
    answer = owner.post("/endpoint-service/checks", {"url": f"{administration}/login/"})
    assert (answer.status_code, answer.json()["status"]) == (200, "ok"), answer.text
    result = answer.json()["result"]
    assert (result["status"], result["http_status"]) == ("down", None), result


def test_guessing_at_an_operators_password_is_throttled(administration: str) -> None:
    session = requests.Session()
    session.get(f"{administration}/login/", timeout=TIMEOUT)
    form = {"username": "somebody", "password": "a wrong passphrase", "csrfmiddlewaretoken": _token(session)}
    answers = [session.post(f"{administration}/login/", data=form, timeout=TIMEOUT) for _ in range(12)]
    assert {answer.status_code for answer in answers[:10]} == {200}
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert log_in(administration).get(f"{administration}/user_service/user/", timeout=TIMEOUT).status_code == 200


def test_a_consumer_header_is_no_operator(administration: str, owner: User) -> None:
    headers = {"X-Consumer-Custom-ID": str(owner.id), "X-Internal-Token": "guess"}
    answer = requests.get(f"{administration}/", headers=headers, timeout=TIMEOUT, allow_redirects=False)
    assert answer.status_code == 302


def test_no_gateway_and_no_service_leads_there(pongpong: RunningFleet, administration: str, owner: User) -> None:
    paths = ("/admin", "/admin/", "/login/", "/user_service/user/", "/admin/login/", "/operators")
    prefixes = [
        f"{pongpong.gateway_url}{prefix}" for prefix in ("", *(f"/{host_name(name)}" for name in fleet().public))
    ]
    inside = [f"{pongpong.service_url('user_service')}{prefix}" for prefix in ("", "/api")]
    for base in [*prefixes, *inside, pongpong.frontend_url]:
        for path in paths:
            answer = requests.get(
                f"{base}{path}", headers={"apikey": str(owner.key)}, timeout=TIMEOUT, allow_redirects=False
            )
            assert answer.status_code in {404, 405}, (base, path, answer.status_code)


def test_it_listens_on_loopback_and_for_its_own_names_alone(administration: str) -> None:
    answer = requests.get(f"{administration}/login/", headers={"Host": "evil.example"}, timeout=TIMEOUT)
    assert answer.status_code == 400


def test_an_account_made_by_the_command_line_can_log_in(pongpong: RunningFleet) -> None:
    printed = command(pongpong.data, "user", "create", "cli@example.com").strip()
    login = {"email": "cli@example.com", "password": printed.rpartition(" ")[2]}
    answer = nobody(pongpong).post("/user-service/login", login)
    assert answer.status_code == 200, answer.text
    again = User(pongpong, answer.json()["id"], "cli@example.com", answer.json()["key"])
    command(pongpong.data, "user", "disable", "cli@example.com")
    eventually("the key's end", lambda: again.get("/user-service/users/me").status_code == 401, within=15)
    with pytest.raises(subprocess.CalledProcessError):
        command(pongpong.data, "user", "disable", "nobody@example.com")
