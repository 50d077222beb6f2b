"""`python -m tests.chart.readme` writes the chart's README from Chart.yaml and values.yaml, in the form of helm-docs.

`--check` only compares. A value's description is the comment at the end of its line, else the comment lines above it.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

CHART = Path(__file__).resolve().parents[2] / "deploy" / "helm" / "pongpong"
TYPES = {"str": "string", "int": "int", "float": "float", "bool": "bool", "list": "list", "dict": "object"}
_COMMENT = re.compile(r"\s*#\s?(.*)$")
_SECTION = re.compile(r"\s*# ----")

TEMPLATE = """# {name}

![Version: {version}](https://img.shields.io/badge/Version-{version}-informational?style=flat-square) ![Type: {type}](https://img.shields.io/badge/Type-{type}-informational?style=flat-square) ![AppVersion: {appVersion}](https://img.shields.io/badge/AppVersion-{appVersion}-informational?style=flat-square)

{description}

**Homepage:** <{home}>

    helm install pongpong ./pongpong --namespace pongpong --create-namespace

One node with 2 GB: `--values pongpong/values-small.yaml`. For users: `values-production.yaml`. PostgreSQL by CloudNativePG,
on top of another one: `values-cloudnative-pg.yaml`. How they go together, backups and the way back, upgrades and alerts are
told in `docs/kubernetes.md` of the source.

## Maintainers

| Name | Email | Url |
| ---- | ------ | --- |
{maintainers}

## Source Code

{sources}

## Requirements

Kubernetes: `{kubeVersion}`

## Values

| Key | Type | Default | Description |
|-----|------|---------|-------------|
{values}

----------------------------------------------
Made from Chart.yaml and values.yaml by `python -m tests.chart.readme`.
"""


class Value(NamedTuple):
    """A row of the table."""

    key: str
    kind: str
    default: str
    description: str


def text() -> str:
    """What the README should hold."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    maintainers = [f"| {one['name']} |  | <{one['url']}> |" for one in chart["maintainers"]]
    rows = [f"| {one.key} | {one.kind} | {one.default} | {one.description} |" for one in values()]
    parts = {"maintainers": maintainers, "values": rows, "sources": [f"* <{one}>" for one in chart["sources"]]}
    return TEMPLATE.format(**chart | {name: "\n".join(lines) for name, lines in parts.items()})


def values() -> list[Value]:
    """Every value: what is no block of others, and a block that has a description of its own."""
    source = (CHART / "values.yaml").read_text()
    root = yaml.compose(source, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)
    return list(_rows(root, source.splitlines(), ""))


def _rows(mapping: yaml.MappingNode, lines: list[str], path: str) -> Iterator[Value]:
    for key, value in mapping.value:
        name = f"{path}{key.value}"
        block = isinstance(value, yaml.MappingNode) and not value.flow_style
        end = key.end_mark if block or value.start_mark.line != key.start_mark.line else value.end_mark
        described = _described(lines, key, end)
        if not block:
            found = yaml.SafeLoader("").construct_object(value, deep=True)
            default = json.dumps(found, ensure_ascii=False).replace("|", "\\|")
            yield Value(name, TYPES.get(type(found).__name__, "null"), f"`{default}`", described)
            continue
        if described:
            yield Value(name, "object", "see below", described)
        yield from _rows(value, lines, f"{name}.")


def _described(lines: list[str], key: yaml.Node, end: yaml.Mark) -> str:
    rest = re.sub(r"^:?(\s*[&*]\w+)?", "", lines[end.line][end.column :])
    if found := _COMMENT.match(rest):
        return _escaped(found[1])
    above: list[str] = []
    for line in reversed(lines[: key.start_mark.line]):
        if not re.match(rf" {{{key.start_mark.column}}}#", line) or _SECTION.match(line):
            break
        above.insert(0, line.strip().removeprefix("#").strip())
    return _escaped(" ".join(above))


def _escaped(words: str) -> str:
    return words.strip().replace("|", "\\|").replace("<", "&lt;")


def main() -> None:
    """Write, or compare."""
    file = CHART / "README.md"
    if "--check" not in sys.argv:
        file.write_text(text())
    elif not file.exists() or file.read_text() != text():
        sys.exit("Not up to date: deploy/helm/pongpong/README.md. Run: make format")


if __name__ == "__main__":
    main()
