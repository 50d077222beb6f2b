"""YAML in and out, for files that people keep in their repositories."""

from collections.abc import Mapping
from typing import IO, Any

import yaml
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from endpoint_service.errors import UnreadableFile

MAX_DEPTH = 20
MAX_BYTES = 5 * 1024 * 1024


class _Loader(yaml.CSafeLoader):
    """Plain data without dates: what looks like one stays the text that JSON would have."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }


def read_yaml(text: bytes) -> Any:
    """The document's data; raises `UnreadableFile`.

    Aliases are refused (a small file could stand for a huge one), and so is depth, which ends libyaml's process.
    """
    if len(text) > MAX_BYTES:
        raise UnreadableFile
    try:
        _refuse_depth_and_aliases(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader's subclass
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableFile from error


def _refuse_depth_and_aliases(text: bytes) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH or isinstance(event, yaml.AliasEvent):
            raise UnreadableFile


class YamlParser(BaseParser):
    """Request bodies in YAML."""

    media_type = "application/yaml"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        return read_yaml(stream.read())


class YamlRenderer(BaseRenderer):
    """Answers in YAML, as `?format=yaml` or `Accept: application/yaml` asks."""

    media_type = "application/yaml"
    format = "yaml"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,  # noqa: ARG002
        renderer_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> bytes:
        return yaml.dump(data, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False).encode()
