"""Sign-up: an account, its consumer and its first key, or none of them."""

import pytest
from django.db import DatabaseError

from common.testing.contracts import assert_error
from user_service.accounts import services
from user_service.gateways.base import gateway
from user_service.models import Key, LocalConsumer, User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def sign_up(client, **fields):
    return client.post("/api/users", {"email": "new@example.com", "password": PASSWORD, **fields})


def test_it_answers_the_flat_user_with_a_key(anonymous):
    response = sign_up(anonymous, name="Ada", language="en", time_zone="Europe/Berlin")
    assert response.status_code == 201
    body = response.json()
    assert set(body) == {"id", "email", "name", "language", "time_zone", "created_at", "key"}
    assert body["email"] == "new@example.com"
    assert body["name"] == "Ada"
    assert body["language"] == "en"
    assert body["time_zone"] == "Europe/Berlin"
    assert body["created_at"].endswith("Z")
    assert body["key"].startswith("pong_")


def test_a_profile_is_korean_until_said_otherwise(anonymous):
    body = sign_up(anonymous).json()
    assert (body["name"], body["language"], body["time_zone"]) == ("", "ko", "Asia/Seoul")


def test_the_password_is_kept_as_argon2id_at_the_chosen_cost(anonymous):
    sign_up(anonymous)
    assert User.objects.get().password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_an_email_is_taken_in_any_case(anonymous):
    sign_up(anonymous)
    body = assert_error(sign_up(anonymous, email="NEW@Example.com"), 400, "EMAIL_TAKEN")
    assert list(body["errors"]) == ["email"]


def test_the_email_of_a_deleted_account_is_free_again(anonymous):
    user, _ = services.user_create(email="new@example.com", password=PASSWORD)
    services.user_delete(user=user)
    assert sign_up(anonymous).status_code == 201


@pytest.mark.parametrize(
    "password",
    ["short", "password123", "38472938472934", "new@example.com", "x" * 257, "with\0nul and more", ""],
)
def test_a_weak_or_odd_password_is_refused(anonymous, password):
    body = assert_error(sign_up(anonymous, password=password), 400, "VALIDATION_FAILED")
    assert list(body["errors"]) == ["password"]


def test_the_validators_speak_korean_by_default(anonymous):
    body = assert_error(sign_up(anonymous, password="password"), 400)
    assert "common" in body["errors"]["password"][0]
    response = anonymous.post(
        "/api/users", {"email": "new@example.com", "password": "password"}, HTTP_ACCEPT_LANGUAGE=""
    )
    assert response.json()["errors"]["password"] == ["너무 흔히 사용되는 비밀번호입니다."]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"),
        ("email", "a@b.c" * 60),
        ("email", "new\0@example.com"),
        ("email", "İ@example.com"),
        ("email", "ſ@example.com"),
        ("email", "\u212a@example.com"),
        ("email", "new@" + "ü" * 63 + ".example"),
        ("name", "x" * 101),
        ("name", "\0"),
        ("language", "fr"),
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
    ],
)
def test_an_odd_field_is_refused(anonymous, field, value):
    body = assert_error(sign_up(anonymous, **{field: value}), 400, "VALIDATION_FAILED")
    assert list(body["errors"]) == [field]


def test_a_lost_race_for_an_email_leaves_no_consumer(anonymous, monkeypatch):
    sign_up(anonymous)
    consumers = LocalConsumer.objects.count()
    nobody = User.objects.none()
    # The look before the insert finds nothing, as when both ask at the same moment.
    monkeypatch.setattr(User.objects, "filter", lambda **_: nobody)
    assert_error(sign_up(anonymous), 400, "EMAIL_TAKEN")
    assert LocalConsumer.objects.count() == consumers


def test_a_failing_database_leaves_neither_user_nor_consumer_nor_key(monkeypatch):
    def fail(**_):
        raise DatabaseError

    monkeypatch.setattr(services, "key_row_create", fail)
    with pytest.raises(DatabaseError):
        services.user_create(email="new@example.com", password=PASSWORD)
    assert not User.objects.exists()
    assert not LocalConsumer.objects.exists()
    assert not Key.objects.exists()


def test_the_consumer_is_the_user(anonymous):
    user_id = sign_up(anonymous).json()["id"]
    assert list(gateway().list_consumers()) == [user_id]
    assert gateway().list_keys(user_id=user_id) == [Key.objects.get().credential]


def test_one_address_makes_so_many_accounts_a_minute_and_no_more(anonymous, settings):
    settings.SIGN_UPS_PER_ADDRESS = 2
    assert sign_up(anonymous, email="a@example.com").status_code == 201
    assert sign_up(anonymous, email="b@example.com").status_code == 201
    response = sign_up(anonymous, email="c@example.com")
    assert_error(response, 429, "TOO_MANY_REQUESTS")
    assert 1 <= int(response.headers["Retry-After"]) <= 30
