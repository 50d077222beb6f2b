"""YAML by its core schema, bounded."""

import contextlib
import json
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from common.formats.yaml_core import Limits, Node, YamlFault, dump, plain, read

SMALL = Limits(size=2000, depth=5, nodes=50, scalar=100, aliases=3)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20
)


def data(text: str) -> object:
    return plain(read(text.encode()))


def fault(text: str | bytes, limits: Limits = SMALL) -> tuple[str, int]:
    with pytest.raises(YamlFault) as caught:
        read(text.encode() if isinstance(text, str) else text, limits)
    return caught.value.code, caught.value.line


def inner(node: Node, name: str) -> Node:
    assert isinstance(node.value, dict)
    found = node.value[name]
    assert isinstance(found, Node)
    return found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("NULL", None),
        ("nULL", "nULL"),
        ("true", True),
        ("FALSE", False),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("12", 12),
        ("-7", -7),
        ("+7", 7),
        ("007", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b1", "0b1"),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("-1.5E-3", -0.0015),
        ("22:00", "22:00"),
        ("1:1:1", "1:1:1"),
        ("190:20:30.15", "190:20:30.15"),
        ("2030-01-01", "2030-01-01"),
        ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ('"12"', "12"),
        ("'true'", "true"),
        ("=", "="),
        ("１２", "１２"),
    ],
)
def test_a_scalar_is_what_the_core_schema_says(text, value):
    found = inner(read(f"a: {text}".encode()), "a").value
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\nb: }", "syntax", 2),
        ("a: b: c", "syntax", 1),
        ("a: 1\nb: !!int ''", "tag", 2),
        ("!!binary x", "tag", 1),
        ("! x", "tag", 1),
        ("!!python/object/apply:os.system [ls]", "tag", 1),
        ("a: !!map {}", "tag", 1),
        ("!!str a: 1", "tag", 1),
        ("[[[[[[1]]]]]]", "too_deep", 1),
        ("? [a]\n: 1", "key", 1),
        ("a: &x b\n*x : 1", "key", 2),
        ("a: 1\nb: 2\na: 3", "twice", 3),
        ("a: &x [*x]", "alias", 1),
        ("a: *x", "alias", 1),
        ("a: &x 1\nb: [*x, *x, *x, *x]", "aliases", 2),
        ("<<: 5", "merge", 1),
        ("<<: [5]", "merge", 1),
        ("a: .inf", "number", 1),
        ("a: .nan", "number", 1),
        ("a: 1e999", "number", 1),
        ("a: " + "9" * 101, "long_text", 1),
        ("a\n---\nb", "documents", 2),
        ("a: \x00", "syntax", 1),
        ('a: "\\ud800"', "syntax", 1),
        ("- a\n" * 60, "too_much", 51),
        ("x" * 3000, "too_large", 1),
        (b"a: b\nc: \xff", "encoding", 2),
        ("%TAG !a! b\n" * 11, "directives", 1),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text, code, line):
    assert fault(text) == (code, line)


def test_aliases_count_as_what_they_stand_for():
    layers = ["a0: &a0 [x, x, x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 4)}]" for n in range(1, 6))]
    assert fault("\n".join(layers), Limits(nodes=200))[0] == "too_much"
    assert fault(f"a: &a {'x' * 90}\nb: [*a, *a, *a]", Limits(size=300))[0] == "too_much"


def test_a_value_knows_its_line_and_a_merge_says_only_what_the_mapping_does_not():
    found = read(b"base: &b {x: 1, y: 2}\nother:\n  <<: *b\n  y:\n    3\n")
    assert plain(found) == {"base": {"x": 1, "y": 2}, "other": {"y": 3, "x": 1}}
    other = inner(found, "other")
    assert (other.line, inner(other, "y").line, inner(other, "x").line) == (2, 4, 1)
    assert data('"<<": 1') == {"<<": 1}


def test_byte_order_marks_say_the_encoding():
    for encoding in ("utf-8-sig", "utf-16"):
        assert plain(read("가: 나".encode(encoding))) == {"가": "나"}


@pytest.mark.parametrize(
    "text",
    [
        "a: " + ":".join(["1"] * 292_000),
        "- " + "1:" * 292_000 + "1",
        "- 1:1:1\n" * 73_000,
        "a: " + "9" * 585_000,
        "[" * 585_000,
        "- " * 292_000,
        "? " * 292_000,
        "&a " * 195_000,
        "%TAG !a! x\n" * 53_000 + "--- a",
        "".join(f"%TAG !{number}! x\n" for number in range(40_000)) + "--- a",
        "".join(f"- &a{number} x\n" for number in range(45_000)),
        "a: |\n" + " x\n" * 195_000,
        "#\n" * 292_000,
        "".join(f"{' ' * number}a:\n" for number in range(1000)),
    ],
    ids=lambda text: text[:12],
)
def test_no_file_of_585_kb_takes_long(text):
    started = time.thread_time()
    with contextlib.suppress(YamlFault):
        read(text.encode())
    assert time.thread_time() - started < 2  # 23 s by YAML 1.1


@settings(deadline=None)
@given(VALUES)
def test_what_is_written_is_read_again_by_this_reader_and_by_older_ones(value):
    text = dump(value)
    assert plain(read(text.encode())) == value
    assert yaml.safe_load(text) == value


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=200) | st.text("-?:,[]{}#&*!|>'\"%@`~ \n\tab01.e<=", max_size=60).map(str.encode))
def test_whatever_the_bytes_are_the_fault_is_the_files(text):
    with contextlib.suppress(YamlFault):
        json.dumps(plain(read(text)), allow_nan=False)
