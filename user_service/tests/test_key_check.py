"""The local gateway's key check, as Caddy calls it: a raw WSGI callable in front of Django."""

import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from common.testing.contracts import assert_error
from user_service.gateways.base import gateway
from user_service.gateways.local import digest
from user_service.keys import services as key_services
from user_service.keys.key_cache import Identity, KeyCache, key_cache
from user_service.keys.key_check import presented_key
from user_service.models import Key, LocalKey
from user_service.tests.conftest import PASSWORD
from user_service.wsgi import application

pytestmark = pytest.mark.django_db


def ignore(status, headers, exc_info=None, /):
    return lambda _: None


def check(*, token=None, **headers):
    """The answer's status line and headers, lower-cased."""
    environ = RequestFactory().get("/auth").environ | {
        "HTTP_X_INTERNAL_TOKEN": settings.INTERNAL_TOKEN if token is None else token,
        **headers,
    }
    answer = {}

    def start_response(status, response_headers, exc_info=None, /):
        answer["status"] = status
        answer.update({name.lower(): value for name, value in response_headers})
        return lambda _: None

    answer["body"] = b"".join(application(environ, start_response))
    return answer


def consumer(**headers):
    answer = check(**headers)
    assert answer["status"] == "200 OK"
    return answer.get("x-consumer-custom-id"), answer.get("x-credential-identifier")


def test_a_valid_key_names_the_user_and_the_credential(account):
    assert consumer(HTTP_APIKEY=account.key) == (str(account.user.id), account.credential)


def test_a_key_in_the_query_works_too(account):
    uri = f"/endpoint-service/endpoints?page=2&apikey={account.key}&x=%20"
    assert consumer(HTTP_X_FORWARDED_URI=uri) == (str(account.user.id), account.credential)


def test_the_header_wins_over_the_query(account, other):
    uri = f"/?apikey={other.key}"
    assert consumer(HTTP_APIKEY=account.key, HTTP_X_FORWARDED_URI=uri)[0] == str(account.user.id)
    assert consumer(HTTP_APIKEY="wrong", HTTP_X_FORWARDED_URI=uri) == (None, None)
    assert consumer(HTTP_APIKEY="", HTTP_X_FORWARDED_URI=uri) == (None, None)


def test_two_keys_are_no_key(account, other):
    assert consumer(HTTP_APIKEY=f"{account.key},{account.key}") == (None, None)
    assert consumer(HTTP_APIKEY=f"{account.key}, {other.key}") == (None, None)
    assert consumer(HTTP_X_FORWARDED_URI=f"/?apikey={account.key}&apikey={other.key}") == (None, None)
    assert consumer(HTTP_X_FORWARDED_URI=f"/?apikey={account.key}&apikey=") == (None, None)


@pytest.mark.parametrize(
    "key", ["", " ", "pong_", "x" * 5000, "pong_" + "A" * 43, "pong_" + "é" * 43, "\x00"], ids=repr
)
def test_an_unknown_or_odd_key_is_nobody_s(account, key):
    assert consumer(HTTP_APIKEY=key) == (None, None)


def test_a_request_without_a_key_is_nobody_s(account):
    assert consumer() == (None, None)
    assert consumer(HTTP_X_FORWARDED_URI="/user-service/users?apikeys=1") == (None, None)


def test_an_expired_key_is_nobody_s(account):
    LocalKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert consumer(HTTP_APIKEY=account.key) == (None, None)


def test_a_revoked_key_is_nobody_s_at_once(account, django_capture_on_commit_callbacks):
    assert consumer(HTTP_APIKEY=account.key)[0]
    with django_capture_on_commit_callbacks(execute=True):
        key_services.key_revoke(key=Key.objects.get())
    assert consumer(HTTP_APIKEY=account.key) == (None, None)


def test_the_keys_of_a_deleted_account_are_nobody_s_at_once(account, django_capture_on_commit_callbacks):
    assert consumer(HTTP_APIKEY=account.key)[0]
    with django_capture_on_commit_callbacks(execute=True):
        account.client.delete("/api/users/me", {"password": PASSWORD})
    assert consumer(HTTP_APIKEY=account.key) == (None, None)


def test_a_key_seen_a_moment_ago_needs_no_query(account, django_assert_num_queries):
    with django_assert_num_queries(1):
        consumer(HTTP_APIKEY=account.key)
    with django_assert_num_queries(0):
        assert consumer(HTTP_APIKEY=account.key)[0] == str(account.user.id)


def test_its_use_is_noted_once_a_minute(account):
    consumer(HTTP_APIKEY=account.key)
    used = Key.objects.get().last_used_at
    assert used is not None
    assert timezone.now() - used < timedelta(seconds=10)
    key_cache.clear()
    consumer(HTTP_APIKEY=account.key)
    assert Key.objects.get().last_used_at == used
    Key.objects.update(last_used_at=used - timedelta(minutes=2))
    key_cache.clear()
    consumer(HTTP_APIKEY=account.key)
    assert Key.objects.filter(last_used_at__gte=used).exists()


def test_what_was_read_before_a_revocation_is_not_remembered_after_it(account):
    cache, identity = KeyCache(), Identity(account.user.id, gateway().list_keys(user_id=account.user.id)[0])
    generation = cache.generation
    cache.clear()
    cache.put(digest(account.key), identity, generation=generation, lives=None)
    assert cache.get(digest(account.key)) is None


def test_the_cache_forgets_a_key_when_its_time_is_over():
    cache = KeyCache()
    identity = Identity(1, LocalKey().credential)
    cache.put(b"k", identity, generation=cache.generation, lives=0.02)
    assert cache.get(b"k") == identity
    time.sleep(0.03)
    assert cache.get(b"k") is None


@pytest.mark.parametrize("token", ["", "wrong", "x" * 5000])
def test_without_the_fleet_s_token_there_is_no_such_address(account, token):
    assert check(token=token, HTTP_APIKEY=account.key)["status"] == "404 Not Found"


def test_django_answers_every_other_address(account):
    environ = RequestFactory().get("/health/live").environ
    body = b"".join(application(environ, ignore))
    assert body == b'{"status": "ok"}'


def test_the_view_behind_it_answers_alike(internal, anonymous, account):
    response = internal.get("/auth", HTTP_APIKEY=account.key)
    assert response.status_code == 200
    assert response.headers["X-Consumer-Custom-ID"] == str(account.user.id)
    assert response.headers["X-Credential-Identifier"] == account.credential
    assert_error(anonymous.get("/auth"), 404, "NOT_FOUND")


@pytest.mark.django_db(transaction=True)
def test_a_lost_connection_is_opened_anew(account):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()
    assert consumer(HTTP_APIKEY=account.key)[0] == str(account.user.id)


@pytest.mark.django_db(transaction=True)
def test_without_the_database_the_answer_is_503_and_not_logged_out(account):
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = 9
    try:
        answer = check(HTTP_APIKEY=account.key)
    finally:
        connection.settings_dict["PORT"] = port
        connection.close()
    assert answer["status"] == "503 Service Unavailable"
    assert b'"code": "UNAVAILABLE"' in answer["body"]


def test_it_takes_less_than_a_millisecond_of_cpu(account):
    consumer(HTTP_APIKEY=account.key)
    environ = RequestFactory().get("/auth").environ | {
        "HTTP_X_INTERNAL_TOKEN": settings.INTERNAL_TOKEN,
        "HTTP_APIKEY": account.key,
    }
    started = time.process_time()
    for _ in range(500):
        application(environ, ignore)
    assert (time.process_time() - started) / 500 < 0.001


@given(st.text(max_size=300))
def test_no_text_in_the_address_is_ever_an_error(text):
    key = presented_key({"HTTP_X_FORWARDED_URI": text})
    assert key is None or key.startswith("pong_")


@given(st.binary(max_size=100))
def test_no_header_is_ever_an_error(raw):
    assert presented_key({"HTTP_APIKEY": raw.decode("latin-1")}) is None
