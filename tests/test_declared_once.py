"""What is declared in the contracts reaches every place that shows or obeys it: forget one, and this fails."""

import re
from pathlib import Path

import pytest

from common.contracts.assertions import ASSERTIONS, OPERATORS
from common.contracts.check_kinds import KINDS
from common.contracts.endpoint import SPEC
from common.contracts.options import OPTIONS
from tests.messages import stored

ROOT = Path(__file__).resolve().parents[1]
CHECKER = "\n".join(
    path.read_text() for path in sorted((ROOT / "endpoint_check").rglob("*.py")) if "tests" not in path.parts
)
WORDS = {message.id: message.string for message in stored("common") if message.id}
FIELDS = {**SPEC, **OPTIONS}


@pytest.mark.parametrize("name", OPTIONS)
def test_the_checker_obeys_every_option(name: str) -> None:
    assert re.search(rf"\boptions\.{name}\b", CHECKER), f"Nothing reads {name}."


@pytest.mark.parametrize("name", set(FIELDS) - {"enabled", "options"})
def test_every_field_has_its_words_in_both_languages(name: str) -> None:
    about = FIELDS[name].about
    assert about.label
    for text in filter(None, (about.label, about.help, about.flag_help, *about.choices.values())):
        assert WORDS.get(text) or text.isascii(), text
        assert WORDS.get(text) or text in {"HTTP/1.1", "HTTP/2", "HTTP/3", "IPv4", "IPv6"}, f"{text!r} has no Korean."


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_can_be_typed(name: str) -> None:
    assert OPTIONS[name].about.flag or name == "auth"


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_a_probe_and_its_words(name: str) -> None:
    kind = KINDS[name]
    assert WORDS.get(kind.label), kind.label
    assert WORDS.get(kind.help), kind.help
    assert kind.target.clean(kind.example)
    assert (ROOT / "endpoint_check" / "engine" / "probes" / f"{name}.py").is_file()


def test_every_condition_and_operator_has_its_word() -> None:
    for text in (*OPERATORS.values(), *(kind.label for kind in ASSERTIONS.values())):
        assert WORDS.get(text), text
