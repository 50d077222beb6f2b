"""`python -m tests.api_page`: write the tables of docs/api.md from the committed OpenAPI documents."""

import json
from pathlib import Path
from typing import Any

from common.fleet import fleet, host_name

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "api.md"
DOCUMENTS = ROOT / "docs" / "openapi"
HEADING = "## Public routes\n"
METHODS = ("get", "post", "put", "patch", "delete")


def page() -> str:
    """The page as it should be: what stands above the heading, and a table for each public service."""
    text = PAGE.read_text().partition(HEADING)[0]
    return text + "\n".join([HEADING, *(_section(name) for name in fleet().public)])


def _section(service: str) -> str:
    document = json.loads((DOCUMENTS / f"{service}.public.json").read_text())
    rows = [
        f"| `{method.upper()} {path}` | {_subject(operation)}{_login(operation)} |"
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in METHODS
    ]
    prefix = f"/{host_name(service)}"
    return "\n".join([f"### {prefix}", "", f"| below `{prefix}` | |", "| --- | --- |", *rows, ""])


def _subject(operation: dict[str, Any]) -> str:
    """The first line of the operation's description."""
    text: str = operation.get("summary") or operation.get("description", "").partition("\n")[0]
    return text.replace("|", "\\|")


def _login(operation: dict[str, Any]) -> str:
    """Said only where a route can be used without a key."""
    return " *Without a key too.*" if {} in operation.get("security", []) else ""


if __name__ == "__main__":
    PAGE.write_text(page())
