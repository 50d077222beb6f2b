"""Whom a request is taken for: the owner of its one valid key, and nobody otherwise, whatever else it carries."""

import time

import pytest

IDENTITY = "X-Consumer-Custom-ID"
CREDENTIAL = "X-Credential-Identifier"
SPOOFS = (
    "X-Consumer-Custom-ID", "x-consumer-custom-id", "X-CONSUMER-CUSTOM-ID", "X_Consumer_Custom_ID",
    "X-Consumer_Custom-ID", "x_consumer_custom_id",
)  # fmt: skip
OTHER_SPOOFS = (
    "X-Credential-Identifier", "X_Credential_Identifier", "X-Credential-Username", "X-Internal-Token",
    "X_Internal_Token", "X-Gateway-Token", "X_Gateway_Token", "X-Anonymous-Consumer", "X-Consumer-Username", "X-Consumer-ID",
)  # fmt: skip
SPOOF_VALUE = "424242"
FORGOTTEN = 15
"""Seconds after which every node of a gateway has forgotten a revoked key."""


def test_a_valid_key_becomes_its_users_id_and_disappears(echo, one):
    seen = echo.see(headers=one.headers)
    assert seen.all(IDENTITY) == [str(one.id)]
    assert len(seen.all(CREDENTIAL)) == 1
    assert one.key not in str(seen)


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_every_request_carries_the_gateways_own_token_once(echo, one, method):
    """Without it a service believes no identity, so that nobody poses as a user by going round the gateway."""
    spoof = [("X-Gateway-Token", SPOOF_VALUE), ("x-gateway-token", SPOOF_VALUE)]
    seen = [echo.see(headers=headers, method=method) for headers in ([], one.headers, [*one.headers, *spoof], spoof)]
    (token,) = {tuple(request.all("X-Gateway-Token")) for request in seen}
    assert len(token) == 1
    assert len(token[0]) >= 32


def test_a_key_in_the_query_counts_and_disappears_while_the_rest_stays(echo, one):
    seen = echo.see(f"/x?a=1&apikey={one.key}&b=two%20words")
    assert seen.all(IDENTITY) == [str(one.id)]
    assert seen.query == {"a": ["1"], "b": ["two words"]}
    assert one.key not in str(seen)


def test_a_key_in_the_header_wins_over_one_in_the_query(echo, one, another):
    assert echo.see(f"/x?apikey={another.key}", one.headers).all(IDENTITY) == [str(one.id)]


@pytest.mark.parametrize("key", [None, "", "wrong", "pong_" + "x" * 43, "%00", "'; --", "x" * 4000])
def test_no_key_or_a_wrong_one_reaches_the_service_as_nobody(echo, key):
    seen = echo.see(headers=[] if key is None else [("apikey", key)])
    assert seen.all(IDENTITY) == []
    assert seen.all(CREDENTIAL) == []


def test_a_valid_key_with_anything_beside_it_is_nobody(echo, one):
    for key in (one.key + "x", one.key[:-1], one.key.upper(), f"{one.key},{one.key}"):
        assert echo.see(headers=[("apikey", key)]).all(IDENTITY) == []


def test_two_keys_are_nobody_in_the_header_as_in_the_query(echo, one, another):
    for first, second in ((one.key, one.key), (one.key, another.key), (one.key, "wrong")):
        assert echo.see(headers=[("apikey", first), ("apikey", second)]).all(IDENTITY) == []
        assert echo.see(f"/x?apikey={first}&apikey={second}").all(IDENTITY) == []


def test_two_keys_in_the_header_do_not_reach_the_service(echo, one):
    assert one.key not in str(echo.see(headers=[*one.headers, *one.headers]).headers)


@pytest.mark.parametrize("header", SPOOFS)
@pytest.mark.parametrize("times", [1, 2])
def test_a_consumer_header_of_the_client_never_arrives(echo, one, header, times):
    own = [(header, SPOOF_VALUE)] * times
    assert echo.see(headers=own).all(IDENTITY) == []
    assert echo.see(headers=[("apikey", "wrong"), *own]).all(IDENTITY) == []
    assert echo.see(headers=[*own, *one.headers]).all(IDENTITY) == [str(one.id)]
    assert echo.see(headers=[*one.headers, *own]).all(IDENTITY) == [str(one.id)]


@pytest.mark.parametrize("header", OTHER_SPOOFS)
def test_no_other_header_that_services_believe_arrives_from_the_client(echo, one, header):
    keys: list[list[tuple[str, str]]] = [[], one.headers]
    for key in keys:
        assert SPOOF_VALUE not in echo.see(headers=[*key, (header, SPOOF_VALUE)]).all(header.replace("_", "-"))


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
def test_a_consumer_header_of_the_client_arrives_with_no_method(target, echo, one, method):
    if method == "HEAD":
        assert target.send("/user-service/users/me", [(IDENTITY, str(one.id))], method=method).status in {401, 405}
    else:
        assert echo.see(headers=[(IDENTITY, SPOOF_VALUE)], method=method).all(IDENTITY) == []


@pytest.mark.parametrize(
    "connection", [IDENTITY, f"close, {IDENTITY.lower()}", f"keep-alive, {IDENTITY}, {CREDENTIAL}"]
)
def test_a_connection_header_can_take_an_identity_away_but_not_change_it(echo, one, connection):
    for spoof in ([], [(IDENTITY, SPOOF_VALUE)]):
        seen = echo.see(headers=[*one.headers, ("Connection", connection), *spoof])
        assert seen.all(IDENTITY) in ([], [str(one.id)])


def test_many_headers_before_it_hide_no_consumer_header(echo, one):
    """Kong looks at the first hundred; more than a server takes is refused."""
    many = [(f"X-Filler-{number}", "x") for number in range(70)]
    assert echo.see(headers=[*many, (IDENTITY, SPOOF_VALUE)]).all(IDENTITY) == []
    assert echo.see(headers=[*one.headers, *many, (IDENTITY, SPOOF_VALUE)]).all(IDENTITY) == [str(one.id)]
    answer = echo.target.send(f"{echo.prefix}/x", [*many, *many, (IDENTITY, SPOOF_VALUE)])
    assert answer.status in {400, 431} or SPOOF_VALUE not in answer.body


def test_user_service_takes_the_key_for_its_user_and_nothing_else(me, one, another):
    assert me(one.headers) == one.id
    assert me([]) is None
    assert me([(IDENTITY, str(one.id))]) is None
    assert me([*another.headers, (IDENTITY, str(one.id))]) == another.id


def test_logging_out_revokes_the_key_in_use_and_no_other(target, me, one):
    """So the service learns which key it was, and a credential of the client's own does not count."""
    created = target.call("/user-service/keys", {"name": "second"}, one.headers)
    assert created.status == 201, created.body
    second = [("apikey", created.json()["key"])]
    first_credential = str(target.send("/user-service/keys", one.headers).json()["items"][0]["id"])
    out = target.send("/user-service/logout", [*second, (CREDENTIAL, first_credential)], method="POST")
    assert out.status == 200, out.body
    deadline = time.monotonic() + FORGOTTEN
    while me(second) is not None and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [me(second) for _ in range(20)] == [None] * 20
    assert me(one.headers) == one.id
