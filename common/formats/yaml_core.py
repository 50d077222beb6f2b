"""YAML as people write it and nobody can abuse it: the core schema (YAML 1.2.2, 10.3.2), bounded in every way.

PyYAML's own loaders read YAML 1.1, where `22:00` is a number, `1:1:1:...` costs seconds, and tags make objects that
JSON has no word for. Here only null, booleans, whole numbers, numbers and texts exist; what looks like a time is the
text that it is. `<<` brings in what a mapping does not say itself. Nothing of Django is needed.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import yaml

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SafeDumper: type = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
Scalar = str | int | float | bool | None
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", re.ASCII
)
_NUMBER_BEGINS = frozenset("+-.0123456789")
_LONGEST_NUMBER = 100
_DIRECTIVE = re.compile("(?:^|[\n\r\x85\u2028\u2029])%")
_MOST_DIRECTIVES = 10
"""libyaml compares each one with all of those before it."""


@dataclass(frozen=True)
class Limits:
    """How large a file may be. Nodes and characters count what aliases stand for, each time that it is named."""

    size: int = 5 * 1024 * 1024
    """Bytes of the file, and characters of what it stands for."""
    depth: int = 20
    nodes: int = 400_000
    scalar: int = 128 * 1024
    """Characters of one text."""
    aliases: int = 100


class YamlFault(ValueError):
    """What is wrong with a file: `code` and `params` for the sentence, `line` (from 1) for where."""

    def __init__(self, code: str, line: int, **params: str | int) -> None:
        super().__init__(f"line {line}: {code} {params or ''}".rstrip())
        self.code = code
        self.line = line
        self.params = params


class Node(NamedTuple):
    """A value with the line (from 1) on which it, or the key that it is of, stands."""

    value: "Scalar | list[Node] | dict[str, Node]"
    line: int


class _Anchored(NamedTuple):
    node: Node
    nodes: int
    characters: int


def plain(node: Node) -> object:
    """The value without lines, as JSON would have it."""
    if isinstance(node.value, dict):
        return {name: plain(inner) for name, inner in node.value.items()}
    if isinstance(node.value, list):
        return [plain(inner) for inner in node.value]
    return node.value


def read(data: bytes, limits: Limits = Limits()) -> Node:
    """The file's one document, null where it has none; raises `YamlFault`."""
    if len(data) > limits.size:
        raise YamlFault("too_large", 1, most=limits.size)
    text = _decoded(data)
    if sum(1 for _ in _DIRECTIVE.finditer(text)) > _MOST_DIRECTIVES:
        raise YamlFault("directives", 1, most=_MOST_DIRECTIVES)
    try:
        return _Composer(yaml.parse(text, Loader=_Loader), limits).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlFault("syntax", mark.line + 1 if mark else 1, problem=str(error.problem or error.context)) from error
    except yaml.reader.ReaderError as error:
        line = text[: max(0, int(error.position))].count("\n") + 1
        raise YamlFault("syntax", line, problem=str(error.reason)) from error
    except yaml.YAMLError as error:
        raise YamlFault("syntax", 1, problem=str(error)) from error


def dump(data: object) -> str:
    """`data` as YAML that readers of 1.1 and of 1.2 understand alike; no aliases."""
    text: str = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False)
    return text


def _decoded(data: bytes) -> str:
    """UTF-8, or UTF-16 where a byte order mark says so (YAML 1.2.2, 5.2)."""
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise YamlFault("encoding", data[: error.start].count(b"\n") + 1) from error


def scalar_of(text: str, line: int) -> Scalar:
    """What an untagged plain scalar is by the core schema; raises `YamlFault` for a number that JSON cannot say."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_BEGINS:
        return text
    whole = _INT.fullmatch(text)
    if not whole and not _FLOAT.fullmatch(text):
        return text
    if len(text) > _LONGEST_NUMBER:
        raise YamlFault("number", line)
    if whole:
        return int(text, 0 if text.startswith(("0x", "0o")) else 10)
    number = float(text) if text[-1] in "0123456789." else math.inf
    if math.isinf(number):
        raise YamlFault("number", line)
    return number


class _Composer:
    """From events to nodes. PyYAML's own one keeps every node before it asks whether there are too many."""

    def __init__(self, events: Iterator[yaml.Event], limits: Limits) -> None:
        self._events = events
        self._limits = limits
        self._anchors: dict[str, _Anchored] = {}
        self._nodes = self._characters = self._aliases = 0

    def document(self) -> Node:
        found: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if found is not None:
                    raise YamlFault("documents", _line(event))
                found = self._node(next(self._events), 0)
        return found or Node(None, 1)

    def _node(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if not isinstance(event, yaml.NodeEvent) or event.tag is not None:  # type: ignore[attr-defined]
            raise YamlFault("tag", _line(event))
        before = self._nodes, self._characters
        if isinstance(event, yaml.ScalarEvent):
            node = Node(self._scalar(event), _line(event))
        elif depth >= self._limits.depth:
            raise YamlFault("too_deep", _line(event), most=self._limits.depth)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Node(self._sequence(depth + 1), _line(event))
        else:
            node = Node(self._mapping(depth + 1), _line(event))
        self._count(event, 1, 0)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(node, self._nodes - before[0], self._characters - before[1])
        return node

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        text, line = event.value, _line(event)
        if len(text) > self._limits.scalar:
            raise YamlFault("long_text", line, most=self._limits.scalar)
        self._count(event, 0, len(text))
        return scalar_of(text, line) if event.implicit[0] else text

    def _sequence(self, depth: int) -> list[Node]:
        found = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            found.append(self._node(event, depth))
        return found

    def _mapping(self, depth: int) -> dict[str, Node]:
        found: dict[str, Node] = {}
        merged: list[Node] = []
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent):
                raise YamlFault("key", line)
            self._node(event, depth)  # counted, and its tag refused, like every other
            name: str = event.value
            value = self._node(next(self._events), depth)
            if name == "<<" and event.implicit[0]:
                merged += self._merged(value, line)
            elif name in found:
                raise YamlFault("twice", line, name=name[:100])
            else:
                found[name] = Node(value.value, line)
        for other in merged:
            for name, value in other.value.items() if isinstance(other.value, dict) else ():
                found.setdefault(name, value)
        return found

    def _merged(self, value: Node, line: int) -> list[Node]:
        mappings = value.value if isinstance(value.value, list) else [value]
        if not all(isinstance(one.value, dict) for one in mappings):
            raise YamlFault("merge", line)
        return mappings

    def _alias(self, event: yaml.AliasEvent) -> Node:
        line, anchor = _line(event), str(event.anchor)
        known = self._anchors.get(anchor)
        if known is None:
            raise YamlFault("alias", line, name=anchor[:100])
        self._aliases += 1
        if self._aliases > self._limits.aliases:
            raise YamlFault("aliases", line, most=self._limits.aliases)
        self._count(event, known.nodes, known.characters)
        return Node(known.node.value, line)

    def _count(self, event: yaml.Event, nodes: int, characters: int) -> None:
        self._nodes += nodes
        self._characters += characters
        if self._nodes > self._limits.nodes or self._characters > self._limits.size:
            raise YamlFault("too_much", _line(event), most=self._limits.nodes)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


class _Dumper(_SafeDumper):  # type: ignore[misc]
    """Quotes what a reader of YAML 1.2 would take for a number, such as 08, 1e5 and 0o7."""

    yaml_implicit_resolvers = {first: list(known) for first, known in _SafeDumper.yaml_implicit_resolvers.items()}  # type: ignore[attr-defined]

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


_Dumper.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(rf"^(?:{_INT.pattern})$"), list(_NUMBER_BEGINS))
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(rf"^(?:{_FLOAT.pattern})$"), list(_NUMBER_BEGINS))
