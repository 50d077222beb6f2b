"""A fleet that others reach, behind a proxy of its owner's that ends TLS: who visitors are, and what is closed."""

import re
from collections.abc import Iterator

import pytest
import requests

from common.fleet import fleet
from deploy.local import addresses
from deploy.local.data_dir import DataDir, Refused
from deploy.local.programs import ADMIN_PORT, fleet_ports, service_environment
from deploy.local.running import UP_LOG, RunningFleet, running_fleet
from deploy.local.testing import temporary_data_dir
from tests.outside import PASSWORD, TIMEOUT, User, nobody, sign_up

EVERYWHERE = ".".join("0000")
"""Nothing is bound there by these tests."""
NAME, API_NAME = "watch.example.test", "api.example.test"
VISITOR, FORGED = "203.0.113.7", "198.51.100.66"


def settings(**told: object) -> addresses.Settings:
    options = {"listen": "127.0.0.1", "host": "localhost", "gateway_port": 1, "frontend_port": 2, "trusted_proxies": ""}
    return addresses.settings_of(**options | told)  # type: ignore[arg-type]


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> DataDir:
    for name in ("PUBLIC_URL", "API_URL", "SIGN_UP", "ALLOW_PRIVATE_TARGETS"):
        monkeypatch.delenv(name, raising=False)
    made = temporary_data_dir()
    made.create()
    return made


def environment(data: DataDir, **told: object) -> dict[str, str]:
    ports: addresses.Settings = {f"port.{name}": 1 for name in ("postgres", "valkey", *fleet().services)}
    data.save_settings(settings(**told) | ports)
    return service_environment(data, "user_service")


def test_on_loopback_everything_is_open(data: DataDir) -> None:
    made = environment(data)
    assert (made["SIGN_UP"], made["ALLOW_PRIVATE_TARGETS"]) == ("open", "true")


@pytest.mark.parametrize(
    "told",
    [
        {"listen": EVERYWHERE}, {"listen": "::"}, {"listen": "192.168.1.5"}, {"trusted_proxies": "127.0.0.1"},
        {"host": "pongpong.example.com"}, {"listen": EVERYWHERE, "host": "127.0.0.1"},
    ],
)  # fmt: skip
def test_where_others_reach_it_sign_up_ends_with_the_first_and_private_addresses_are_closed(
    data: DataDir, told: dict[str, str]
) -> None:
    made = environment(data, **told)
    assert (made["SIGN_UP"], made["ALLOW_PRIVATE_TARGETS"]) == ("first", "false")


def test_unless_it_is_said(data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGN_UP", "open")
    monkeypatch.setenv("ALLOW_PRIVATE_TARGETS", "true")
    made = environment(data, listen=EVERYWHERE)
    assert (made["SIGN_UP"], made["ALLOW_PRIVATE_TARGETS"]) == ("open", "true")


def test_a_public_address_elsewhere_counts_as_reached_by_others(data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", f"https://{NAME}/")
    assert environment(data)["SIGN_UP"] == "first"


@pytest.mark.parametrize("port", ["", ":8443"])
def test_the_hosts_of_public_addresses_are_answered_without_saying_them(
    data: DataDir, monkeypatch: pytest.MonkeyPatch, port: str
) -> None:
    monkeypatch.setenv("PUBLIC_URL", f"https://{NAME}{port}")
    monkeypatch.setenv("API_URL", f"https://{API_NAME}{port}/pong")
    hosts = environment(data)["ALLOWED_HOSTS"].split(",")
    assert {NAME, API_NAME, "localhost", "127.0.0.1", "[::1]"} == set(hosts)
    monkeypatch.setenv("PUBLIC_URL", f"https://[2001:db8::1]{port}")
    assert "[2001:db8::1]" in environment(data)["ALLOWED_HOSTS"].split(",")


@pytest.mark.parametrize("url", ["https://example.com/pong", "https://example.com/pong/", "http://localhost:8080/a/b"])
def test_a_public_url_with_a_path_is_refused_at_start(data: DataDir, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("PUBLIC_URL", url)
    with pytest.raises(Refused, match="has a path"):
        settings()


@pytest.mark.parametrize(
    "url", ["example.com", "ftp://example.com", "https://", "https://a b", "https://u:p@example.com", "https://x:99999",
            "https://example.com?x=1", "https://example.com#x", "https://exa}mple.com", "https://[::1", "https:///x"],
)  # fmt: skip
@pytest.mark.parametrize("variable", ["PUBLIC_URL", "API_URL"])
def test_what_is_no_address_is_refused_at_start(monkeypatch: pytest.MonkeyPatch, variable: str, url: str) -> None:
    monkeypatch.setenv(variable, url)
    with pytest.raises(Refused, match=variable):
        settings()


@pytest.mark.parametrize("host", ["a b", "http://x", "x/y", "", "-x", "x\n}", "::zz"])
def test_what_is_no_host_is_refused_at_start(host: str) -> None:
    with pytest.raises(Refused, match="--host"):
        settings(host=host)


@pytest.mark.parametrize("text", ["proxy.example", "10.0.0.0/33", "10.0.0.1;x", "10.0.0.1 10.0.0.2"])
def test_a_trusted_proxy_is_an_address_or_a_network(text: str) -> None:
    with pytest.raises(Refused, match="--trusted-proxies"):
        settings(trusted_proxies=text)


def test_networks_are_kept_as_caddy_takes_them() -> None:
    assert settings(trusted_proxies="10.1.2.3/8, ::1")["trusted_proxies"] == "10.0.0.0/8 ::1/128"


def test_the_administrations_port_is_one_that_no_check_reaches(data: DataDir) -> None:
    environment(data)
    assert ADMIN_PORT in fleet_ports(data)
    data.save_settings(data.settings() | {"admin_port": 9191})
    assert 9191 in fleet_ports(data)


@pytest.fixture(scope="module")
def behind_proxy() -> Iterator[RunningFleet]:
    """A fleet behind a proxy on this machine, which is us."""
    addresses_said = {"PUBLIC_URL": f"https://{NAME}", "API_URL": f"https://{API_NAME}"}
    with running_fleet(addresses_said, options=["--trusted-proxies", "127.0.0.1"]) as fleet:
        yield fleet


@pytest.fixture(scope="module")
def first(behind_proxy: RunningFleet) -> User:
    return sign_up(behind_proxy, "first@example.com")


def proxied(host: str, *chain: str) -> dict[str, str]:
    return {"Host": host, "X-Forwarded-Proto": "https", "X-Forwarded-For": ", ".join(chain)}


def last_address(user: User) -> str:
    return str(user.get("/user-service/users/me/events").json()["items"][0]["address"])


def test_up_says_where_users_go_and_what_is_closed(behind_proxy: RunningFleet) -> None:
    said = (behind_proxy.data.root.parent / UP_LOG).read_text()
    assert re.search(rf"Web app +https://{NAME}\n", said)
    assert re.search(rf"API +https://{API_NAME}\n", said)
    assert "sign-up is closed" in said
    assert "Private addresses are not checked" in said


def test_a_second_account_and_a_private_target_are_refused(first: User, behind_proxy: RunningFleet) -> None:
    answer = nobody(behind_proxy).post("/user-service/users", {"email": "second@example.com", "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (403, "SIGN_UP_CLOSED")
    checked = first.post("/endpoint-service/checks", {"url": behind_proxy.service_url("user_service")}).json()
    assert checked["result"]["status"] == "down"


@pytest.mark.parametrize("chain", [(VISITOR,), (FORGED, VISITOR), (VISITOR, "127.0.0.1")])
def test_a_visitor_is_the_one_that_the_proxy_saw(
    first: User, behind_proxy: RunningFleet, chain: tuple[str, ...]
) -> None:
    wrong = {"email": first.email, "password": "a wrong passphrase"}
    answer = nobody(behind_proxy).post("/user-service/login", wrong, headers=proxied(API_NAME, *chain))
    assert answer.json()["code"] == "INVALID_LOGIN"
    assert last_address(first) == VISITOR


def test_visitors_of_the_web_app_are_told_apart_too_and_hsts_is_sent(first: User, behind_proxy: RunningFleet) -> None:
    session = requests.Session()
    page = f"{behind_proxy.frontend_url}/login"
    answer = session.get(page, headers=proxied(NAME, VISITOR), timeout=TIMEOUT)
    assert answer.status_code == 200, answer.text
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.text)
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "email": first.email, "password": "a wrong passphrase"}
    cookie = "; ".join(f"{name}={value}" for name, value in answer.cookies.get_dict().items())
    headers = proxied(NAME, "203.0.113.8") | {"Referer": f"https://{NAME}/login", "Cookie": cookie}
    again = requests.post(page, data=form, headers=headers, timeout=TIMEOUT)
    assert again.status_code == 400, again.text  # the form again, with what was wrong
    assert last_address(first) == "203.0.113.8"


def test_without_trusted_proxies_nobody_chooses_an_address(pongpong: RunningFleet, owner: User) -> None:
    wrong = {"email": owner.email, "password": "a wrong passphrase"}
    nobody(pongpong).post("/user-service/login", wrong, headers={"X-Forwarded-For": VISITOR})
    assert last_address(owner) == "127.0.0.1"
