"""A YAML file with its line numbers, and `${NAME}` taken from the environment so that no secret stands in it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pong_cli.errors import WrongUsage
from pong_cli.words import _

Place = tuple[str | int, ...]
MAX_DEPTH = 30
_VARIABLE = re.compile(r"\$(\$|\{([A-Za-z_][A-Za-z0-9_]*)\})")
_TEXT, _INT = "tag:yaml.org,2002:str", "tag:yaml.org,2002:int"
_TIMES = {"tag:yaml.org,2002:timestamp"}


@dataclass
class Document:
    """What a file says, and on which line; `problems` are what is wrong with it, as `(line, sentence)`."""

    path: str
    data: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)

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
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUsage(
            _("%(path)s cannot be read.") % {"path": path}, _("Name the file with --file; pong export makes one.")
        ) from error
    return parse(text, path, os.environ if environment is None else environment)


def parse(text: str, path: str, environment: Mapping[str, str]) -> Document:
    """Like `load`, of a text."""
    document = Document(path)
    loader = yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is not None:
            document.data = _Reader(loader, document, environment).value(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        document.problems.append((mark.line + 1 if mark else 1, str(error.problem or error.context)))
    except yaml.YAMLError as error:
        document.problems.append((1, str(error)))
    finally:
        loader.dispose()
    document.refuse()
    return document


class _Reader:
    """From nodes, which know their lines, to values."""

    def __init__(self, loader: yaml.SafeLoader, document: Document, environment: Mapping[str, str]) -> None:
        self.loader = loader
        self.document = document
        self.environment = environment

    def value(self, node: yaml.Node, place: Place) -> Any:
        self.document.lines.setdefault(place, node.start_mark.line + 1)
        if len(place) > MAX_DEPTH:
            self.document.wrong(place, _("This is nested too deeply."))
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(item, (*place, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, place)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        own = {key.value for key, _value in node.value if isinstance(key, yaml.ScalarNode)}
        self.loader.flatten_mapping(node)  # `<<` brings in what the mapping does not say itself
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = str(key.value)
            inside = (*place, name)
            line = key.start_mark.line + 1
            if name in found and name in own and line > self.document.lines[inside] >= node.start_mark.line + 1:
                self.document.problems.append((line, _("%(name)s stands here twice.") % {"name": name}))
            self.document.lines[inside] = line
            found[name] = self.value(value, inside)
        return found

    def _scalar(self, node: yaml.Node, place: Place) -> Any:
        text = str(node.value)
        if node.tag in _TIMES or (node.tag == _INT and ":" in text):
            return text  # YAML 1.1 would read 22:00 as the number 1320, and a time as an object
        value = self.loader.construct_object(node)
        return self._filled(value, place) if node.tag == _TEXT else value

    def _filled(self, text: str, place: Place) -> str:
        def fill(match: re.Match[str]) -> str:
            name = match[2]
            if name is None:
                return "$"
            if name not in self.environment:
                self.document.wrong(place, _("The environment has no %(name)s.") % {"name": name})
            return self.environment.get(name, "")

        return _VARIABLE.sub(fill, text)
