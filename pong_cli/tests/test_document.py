"""The file: YAML with line numbers and variables."""

import pytest

from common.formats.yaml_core import dump
from pong_cli.as_code import schema
from pong_cli.as_code.document import Document, escaped
from pong_cli.as_code.document import parse as parse_bytes
from pong_cli.errors import WrongUsage


def parse(text: str, path: str, environment: dict[str, str]) -> Document:
    return parse_bytes(text.encode(), path, environment)


def checked(text: str) -> None:
    document = parse(text, "pong.yaml", {})
    schema.check(document)
    document.refuse()


def problems(text: str) -> str:
    with pytest.raises(WrongUsage) as caught:
        checked(text)
    return caught.value.message


def test_a_value_knows_its_line():
    document = parse("version: 1\nendpoints:\n  - key: a\n    url: b\n", "pong.yaml", {})
    assert document.data == {"version": 1, "endpoints": [{"key": "a", "url": "b"}]}
    assert document.line(("endpoints", 0, "url")) == 4
    assert document.line(("endpoints", 0, "interval")) == 3


def test_variables_come_from_the_environment_and_a_missing_one_is_named():
    document = parse('a: "Bearer ${TOKEN}"\nb: $${TOKEN}', "pong.yaml", {"TOKEN": "x"})
    assert document.data == {"a": "Bearer x", "b": "${TOKEN}"}
    assert "pong.yaml:2: The environment has no TOKEN." in problems("a: 1\nb: ${TOKEN}")


def test_times_stay_texts_whatever_yaml_makes_of_them():
    document = parse("a: 22:00\nb: 2026-12-31T03:00:00+09:00\nc: 07:00\nd: 12\n", "pong.yaml", {})
    assert document.data == {"a": "22:00", "b": "2026-12-31T03:00:00+09:00", "c": "07:00", "d": 12}


def test_a_name_that_stands_twice_is_told_with_its_line():
    assert "pong.yaml:3: url stands here twice." in problems("endpoints:\n  - url: a\n    url: b")


def test_anchors_and_merges_work():
    document = parse("x: &base {interval: 30}\ny: {<<: *base, interval: 60, url: a}\nz: {<<: *base}", "pong.yaml", {})
    base = {"interval": 30}
    assert document.data == {"x": base, "y": {"interval": 60, "url": "a"}, "z": base}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("endpoints: }", "pong.yaml:1: This is no YAML"),
        ("endpoints: []\nversion: !!int ''", "pong.yaml:2: Tags (!) have no place here."),
        ("endpoints: " + "1:" * 90_000, "pong.yaml:1: A text has at most"),
        ("a\n---\nb", "pong.yaml:2: One document a file, please."),
        ("endpoints:\n  - key: a\n    url: b\n    intervall: 3", "pong.yaml:2: Unknown: intervall."),
        ("endpoints:\n  - key: a", "pong.yaml:2: url is missing."),
        (
            "endpoints:\n  - key: a\n    url: b\n    interval: soon",
            "pong.yaml:4: interval must be of the type integer.",
        ),
        ("endpoints:\n  - key: a\n    url: b\n    interval: 1", "pong.yaml:4: interval: minimum 5"),
        ("endpoints:\n  - key: a\n    url: b\n    kind: web", "pong.yaml:4: kind must be one of: http,"),
        ("- a", "pong.yaml:1: The file must be of the type object."),
        ("", "pong.yaml:1: The file must be of the type object."),
    ],
)
def test_what_the_schema_refuses_is_a_sentence_with_its_line(text, said):
    assert said in problems(text)


def test_a_file_that_is_nested_without_end_is_refused():
    assert "nested too deeply" in problems("[" * 100)
    assert "names nothing" in problems("a: &x [*x]")


@pytest.mark.parametrize("text", ["${HOME}", "$$", "$${HOME}", "$", "a$b ${", "$${$$"])
def test_what_is_escaped_is_read_as_it_was(text):
    written = escaped({"body": text, "list": [text, 1, None]})
    document = parse(dump(written), "pong.yaml", {"HOME": "secret"})
    assert document.data == {"body": text, "list": [text, 1, None]}
