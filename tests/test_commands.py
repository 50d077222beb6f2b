"""Every `pong` command that a page of the web app or of the docs shows is one that pong takes."""

import re
import shlex
from html import unescape
from pathlib import Path

import pytest
from typer.main import get_command

from pong_cli.main import app

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = sorted((ROOT / "frontend" / "templates").rglob("*.html"))
PAGES = [ROOT / "README.md", ROOT / "README.ko.md", *sorted((ROOT / "docs").glob("*.md"))]
SHOWN = re.compile(r"<pre[^>]*>(.*?)</pre>", re.DOTALL)
FENCED = re.compile(r"^```(?:sh|console|bash)?\n(.*?)^```|^((?:    .*\n)+)", re.DOTALL | re.MULTILINE)
NO_VALUES = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")


def commands(text: str) -> list[str]:
    """The lines that begin with `pong `, after a prompt too, with lines that go on put together; no synopsis."""
    lines = text.replace("\\\n", " ").splitlines()
    found = [re.sub(r"^\s*\$?\s*", "", line) for line in lines]
    return [line for line in found if line.startswith("pong ") and "[OPTIONS]" not in line]


def shown() -> list[tuple[str, str]]:
    pages = [(path, block) for path in TEMPLATES for block in SHOWN.findall(NO_VALUES.sub("x", path.read_text()))] + [
        (path, "".join(block)) for path in PAGES for block in FENCED.findall(path.read_text())
    ]
    return [(path.name, line) for path, block in pages for line in commands(unescape(block))]


def test_there_are_commands_to_look_at() -> None:
    assert {"add_endpoint.html", "README.md"} <= {name for name, _ in shown()}


@pytest.mark.parametrize(("page", "line"), shown())
def test_a_shown_command_is_taken(page: str, line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    end = next((index for index, word in enumerate(words) if word in {">", "|", "&&", ";", "<", "2>"}), len(words))
    command, arguments, context = get_command(app), words[:end], None
    while hasattr(command, "resolve_command"):
        context = command.make_context(command.name or "pong", arguments, parent=context)
        rest = [*getattr(context, "_protected_args", []), *context.args]
        if not rest:
            return
        _name, command, arguments = command.resolve_command(context, rest)
        assert command is not None, line
    command.make_context(command.name, arguments, parent=context)
