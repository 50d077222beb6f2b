"""A YAML file with its line numbers, and `${NAME}` taken from the environment so that no secret stands in it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import msgspec

from common.formats.yaml_core import Node, YamlFault, read
from pong_cli.errors import WrongUsage
from pong_cli.labels import N_, _

Entry = dict[str, object]
"""What a file says of one thing, in the form that its schema has."""
Place = tuple[str | int, ...]
_VARIABLE = re.compile(r"\$(\$|\{([A-Za-z_][A-Za-z0-9_]*)\})")
_FAULTS = {
    "alias": N_("*%(name)s names nothing that stands before it."),
    "aliases": N_("At most %(most)d aliases, please."),
    "directives": N_("At most %(most)d directives, please."),
    "documents": N_("One document a file, please."),
    "encoding": N_("This is no UTF-8."),
    "key": N_("A name must be a plain text."),
    "long_text": N_("A text has at most %(most)d characters."),
    "merge": N_("<< takes mappings."),
    "number": N_("JSON has no such number."),
    "syntax": N_("This is no YAML (%(problem)s)."),
    "tag": N_("Tags (!) have no place here."),
    "too_deep": N_("This is nested too deeply."),
    "too_large": N_("A file has at most %(most)d bytes."),
    "too_much": N_("A file stands for at most %(most)d values."),
    "twice": N_("%(name)s stands here twice."),
}


@dataclass
class Document:
    """What a file says, and on which line; `problems` are what is wrong with it, as `(line, sentence)`."""

    path: str
    data: object = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)

    @cached_property
    def sections(self) -> dict[str, list[Entry]]:
        """Of a file that the schema has nothing against."""
        whole = msgspec.convert(self.data, Entry)
        return {name: msgspec.convert(one, list[Entry]) for name, one in whole.items() if isinstance(one, list)}

    def line(self, place: Place) -> int:
        """The line of a place, or of what it is in."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)

    def wrong(self, place: Place, sentence: str) -> None:
        """Remember what is wrong at a place."""
        self.problems.append((self.line(place), sentence))

    def refuse(self) -> None:
        """Raises `WrongUsage` with every problem and its line, where there are any."""
        if self.problems:
            said = "\n".join(f"{self.path}:{line}: {text}" for line, text in sorted(set(self.problems)))
            raise WrongUsage(_("The file cannot be used.") + "\n" + said)


def load(path: str, environment: Mapping[str, str] | None = None) -> Document:
    """Read a file; raises `WrongUsage` where it is not there or no YAML."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise WrongUsage(
            _("%(path)s cannot be read.") % {"path": path}, _("Name the file with --file; pong export makes one.")
        ) from error
    return parse(data, path, os.environ if environment is None else environment)


def parse(data: bytes, path: str, environment: Mapping[str, str]) -> Document:
    """Like `load`, of a file's bytes."""
    document = Document(path)
    try:
        node = read(data)
    except YamlFault as error:
        document.problems.append((error.line, _(_FAULTS[error.code]) % error.params))
    else:
        document.data = _Filler(document, environment).value(node, ())
    document.refuse()
    return document


def escaped(value: object) -> object:
    """`value` so that it is read as it is: `$` stands doubled, since `${NAME}` would be taken from the environment."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        return {name: escaped(inner) for name, inner in value.items()}
    return [escaped(inner) for inner in value] if isinstance(value, list) else value


class _Filler:
    """From nodes, which know their lines, to values without variables."""

    def __init__(self, document: Document, environment: Mapping[str, str]) -> None:
        self.document = document
        self.environment = environment

    def value(self, node: Node, place: Place) -> object:
        self.document.lines[place] = node.line
        if isinstance(node.value, dict):
            return {name: self.value(inner, (*place, name)) for name, inner in node.value.items()}
        if isinstance(node.value, list):
            return [self.value(inner, (*place, index)) for index, inner in enumerate(node.value)]
        return self._filled(node.value, place) if isinstance(node.value, str) else node.value

    def _filled(self, text: str, place: Place) -> str:
        def fill(match: re.Match[str]) -> str:
            name = match[2]
            if name is None:
                return "$"
            if name not in self.environment:
                self.document.wrong(place, _("The environment has no %(name)s.") % {"name": name})
            return self.environment.get(name, "")

        return _VARIABLE.sub(fill, text)
