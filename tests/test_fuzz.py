"""Every operation of every public OpenAPI document, asked with generated requests through the gateway.

No request may end in a server error, break an envelope, answer what its document does not say, or show anything of
another user. `make fuzz` asks much longer (FUZZ_EXAMPLES requests an operation, every time others).
"""

import os
import re
import secrets
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from common.fleet import fleet
from common.testing.contracts import assert_error, assert_page
from deploy.local.running import RunningFleet, running_fleet
from tests.outside import TIMEOUT, User, eventually, sign_up

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))
DETERMINED = "FUZZ_EXAMPLES" not in os.environ
STATUSES = {200, 201, 204, 400, 401, 403, 404, 405, 406, 413, 415, 429}
ENVIRONMENT = {
    "ALLOW_PRIVATE_TARGETS": "false",
    "LOGINS_PER_ACCOUNT": "100000", "LOGINS_PER_ADDRESS": "100000", "SIGN_UPS_PER_ADDRESS": "100000",
    "MAX_ENDPOINTS_PER_USER": "20",
}  # fmt: skip
ENDING = {("delete", "/users/me"), ("delete", "/users/{user_id}"), ("post", "/logout"), ("post", "/users/me/password")}
"""What may take the key away; asked by users who are there for it alone."""


@dataclass
class Owner:
    """Somebody with one object of each kind, and texts that nobody else may ever be shown."""

    user: User
    ids: dict[str, Any] = field(default_factory=dict)
    marks: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[RunningFleet]:
    """A fleet of its own: it probes nothing private, and a generated login is not throttled away."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    with running_fleet(ENVIRONMENT) as running:
        yield running


@pytest.fixture(scope="module")
def victim(fuzzed: RunningFleet) -> Owner:
    """The user whose objects everybody else asks for."""
    return make_owner(fuzzed)


def make_owner(running: RunningFleet) -> Owner:
    mark = f"mark{secrets.token_hex(8)}"
    user = sign_up(running, f"{mark}@example.com", name=mark)
    assert user.key
    endpoint = _made(
        user, "/endpoint-service/endpoints", url=f"http://127.0.0.1:9/{mark}", name=mark, failure_threshold=1
    )
    window = {"name": mark, "starts_at": "2031-01-01T00:00:00Z", "duration": 3600, "endpoint_ids": [endpoint]}
    channel = {"name": mark, "kind": "email", "settings": {"addresses": [user.email]}, "enabled": False}
    ids: dict[str, Any] = {
        "user_id": user.id,
        "endpoint_id": endpoint,
        "window_id": _made(user, "/endpoint-service/maintenance-windows", **window),
        "notification_id": _made(user, "/notification-service/notifications", **channel),
        "key_id": _made(user, "/user-service/keys", name=mark),
        "page_id": _made(user, "/report-service/status-pages", title=mark, slug=mark, published=False),
    }
    ids["report_id"] = _found(user, "/report-service/reports")
    ids["incident_id"] = _found(user, "/report-service/incidents")
    return Owner(user, ids, [mark, user.key, ids["report_id"], ids["incident_id"]])


def _made(user: User, path: str, **fields: Any) -> int:
    answer = user.post(path, fields)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def _found(user: User, path: str) -> str:
    return str(eventually(path, lambda: user.get(path).json()["items"], within=60)[0]["id"])


def asked(operation: Any, own: Owner, victim: Owner) -> st.SearchStrategy[Any]:
    """Requests that fit the document and such that do not; half of them about objects of the victim or of one's own."""
    requests_ = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    def about(case: Any, whose: Owner | None) -> Any:
        if whose is not None:
            for given_in in (case.path_parameters, case.query):
                for name in (given_in or {}).keys() & whose.ids.keys():
                    given_in[name] = whose.ids[name]
            if isinstance(case.body, dict) and "endpoint_ids" in case.body:
                case.body["endpoint_ids"] = [whose.ids["endpoint_id"]]
        return case

    return st.builds(about, requests_, st.sampled_from([None, victim, own]))


def judge(case: Any, answer: requests.Response, marks: list[str]) -> None:
    """Everything that has to be true of any answer."""
    assert answer.status_code in STATUSES, f"{answer.status_code} {answer.text[:300]}"
    shown = f"{answer.text} {answer.headers}"
    assert not [mark for mark in marks if mark in shown], "an object of another user"
    if answer.status_code >= 400:
        if case.method != "HEAD":
            assert_error(answer, answer.status_code)
        return
    if answer.status_code == 204:
        assert not answer.content
        return
    if re.match(r'\s*\{.*"page"\s*:\s*\{', answer.text, re.DOTALL):
        assert_page(answer)
    case.validate_response(
        schemathesis.Response.from_requests(answer, verify=True),
        checks=[response_schema_conformance, content_type_conformance],
    )


@pytest.mark.parametrize("service", list(fleet().public))
def test_no_request_breaks_a_promise(fuzzed: RunningFleet, victim: Owner, service: str) -> None:
    base = fuzzed.public_url(service)
    document = requests.get(f"{base}/schema", timeout=TIMEOUT).json()
    schema = schemathesis.openapi.from_dict(document)
    own, wrong = make_owner(fuzzed), {}
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]
        ending = (operation.method.lower(), operation.path) in ENDING
        asker = make_owner(fuzzed) if ending else own
        try:
            ask(base, operation, asker, victim)
        except Unsatisfiable:
            continue
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001  the other operations are asked as well
            wrong[operation.label] = "".join(traceback.format_exception_only(error))[-3000:]
    assert wrong == {}, "\n\n".join(f"{label}: {text}" for label, text in wrong.items())
    assert victim.user.get("/user-service/users/me").json()["name"] == victim.marks[0]
    assert victim.user.get(f"/endpoint-service/endpoints/{victim.ids['endpoint_id']}").json()["name"] == victim.marks[0]


def ask(base: str, operation: Any, asker: Owner, victim: Owner) -> None:
    """EXAMPLES requests of this operation, one in four without a key."""
    session = requests.Session()
    session.trust_env = False

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=DETERMINED,
        phases=[Phase.generate] if DETERMINED else [Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=asked(operation, asker, victim), anonymous=st.sampled_from([False, False, False, True]))
    def check(case: Any, anonymous: bool) -> None:
        headers = {"Accept-Language": "en"} | ({} if anonymous else {"apikey": str(asker.user.key)})
        case.headers = {}
        answer = session.request(
            **case.as_transport_kwargs(base_url=base, headers=headers), timeout=TIMEOUT * 2, allow_redirects=False
        )
        try:
            judge(case, answer, victim.marks)
        except (Exception, BaseExceptionGroup) as error:  # noqa: BLE001  it is said with the request
            told = "".join(traceback.format_exception(error))
            raise AssertionError(f"{case.as_curl_command(headers=headers)}\n{told[-2500:]}") from None

    with session:
        check()
