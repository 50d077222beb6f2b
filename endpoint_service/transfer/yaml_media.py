"""YAML in and out, for files that people keep in their repositories."""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

from common.formats.yaml_core import Limits, YamlFault, dump, plain, read
from endpoint_service.errors import UnreadableFile

LIMITS = Limits()
_REASONS = {
    "alias": gettext_lazy("*%(name)s names nothing that stands before it."),
    "aliases": gettext_lazy("At most %(most)d aliases, please."),
    "directives": gettext_lazy("At most %(most)d directives, please."),
    "documents": gettext_lazy("One document a file, please."),
    "encoding": gettext_lazy("This is no UTF-8."),
    "key": gettext_lazy("A name must be a plain text."),
    "long_text": gettext_lazy("A text has at most %(most)d characters."),
    "merge": gettext_lazy("<< takes mappings."),
    "number": gettext_lazy("JSON has no such number."),
    "syntax": gettext_lazy("This is no YAML (%(problem)s)."),
    "tag": gettext_lazy("Tags (!) have no place here."),
    "too_deep": gettext_lazy("This is nested more than %(most)d deep."),
    "too_large": gettext_lazy("A file has at most %(most)d bytes."),
    "too_much": gettext_lazy("A file stands for at most %(most)d values."),
    "twice": gettext_lazy("%(name)s stands here twice."),
}


def read_yaml(text: bytes) -> Any:
    """The document's data; raises `UnreadableFile`, which names the line."""
    try:
        return plain(read(text, LIMITS))
    except YamlFault as error:
        reason = _REASONS[error.code] % error.params
        raise UnreadableFile(_("Line %(line)d: %(reason)s") % {"line": error.line, "reason": reason}) from error


class YamlParser(BaseParser):
    """Request bodies in YAML."""

    media_type = "application/yaml"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, object] | None = None,  # noqa: ARG002
    ) -> Any:
        return read_yaml(stream.read(LIMITS.size + 1))


class YamlRenderer(BaseRenderer):
    """Answers in YAML, as `?format=yaml` or `Accept: application/yaml` asks."""

    media_type = "application/yaml"
    format = "yaml"

    def render(
        self,
        data: object,
        accepted_media_type: str | None = None,  # noqa: ARG002
        renderer_context: Mapping[str, object] | None = None,  # noqa: ARG002
    ) -> bytes:
        return dump(data).encode()
