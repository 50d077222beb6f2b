"""The readers of environment variables fail loudly."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from common import env


@pytest.fixture
def setting(monkeypatch):
    def put(value: str, name: str = "A_SETTING") -> str:
        monkeypatch.setenv(name, value)
        return name

    return put


def test_a_missing_variable_without_a_default_is_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="A_MISSING_SETTING must be set"):
        env.string("A_MISSING_SETTING")


@pytest.mark.parametrize("text", ["True", "1", "yes", "on", "FALSE", " true"])
def test_a_boolean_is_true_or_false_and_nothing_else(setting, text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="must be true or false"):
        env.boolean(setting(text), default=False)


def test_booleans_read_both_words(setting) -> None:
    assert env.boolean(setting("true"), default=False) is True
    assert env.boolean(setting("false"), default=True) is False


@pytest.mark.parametrize("text", ["ten", "1.5", "-1", "101"])
def test_an_integer_keeps_its_limits(setting, text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="A_SETTING must be"):
        env.integer(setting(text), 5, least=0, most=100)


def test_a_list_refuses_empty_items(setting) -> None:
    assert env.strings(setting("a, b")) == ["a", "b"]
    with pytest.raises(ImproperlyConfigured, match="empty items"):
        env.strings(setting("a,,b"))


def test_an_address_needs_its_scheme_and_loses_its_last_slash(setting) -> None:
    assert env.url(setting("http://user-service/")) == "http://user-service"
    with pytest.raises(ImproperlyConfigured, match="http://"):
        env.url(setting("user-service"))


def test_a_secret_comes_from_a_file_without_its_last_newline(setting, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("hush\n")
    setting(str(file), "A_SECRET_FILE")
    assert env.secret("A_SECRET") == "hush"


def test_a_secret_that_is_set_twice_empty_or_unreadable_is_refused(setting, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    setting(str(file), "A_SECRET_FILE")
    with pytest.raises(ImproperlyConfigured, match="cannot read"):
        env.secret("A_SECRET")
    file.write_text("")
    with pytest.raises(ImproperlyConfigured, match="is empty"):
        env.secret("A_SECRET")
    setting("hush", "A_SECRET")
    with pytest.raises(ImproperlyConfigured, match="both set"):
        env.secret("A_SECRET")
