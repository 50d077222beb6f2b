"""YAML for people and programs, with what would move a terminal's cursor escaped."""

import yaml

from pong_cli.output.control_characters import escaped, has_controls


class _Dumper(yaml.SafeDumper):
    """PyYAML's, with double quotes where only they can hold an escape."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if has_controls(text) else None)


_Dumper.add_representer(str, _text)


def as_yaml(value: object) -> str:
    """The document; reading it gives `value` again."""
    return escaped(yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False))
