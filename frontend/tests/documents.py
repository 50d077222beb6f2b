"""The committed OpenAPI documents, to which the fake gateway's answers are held."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

DOCUMENTS = Path(__file__).resolve().parents[2] / "docs" / "openapi"


def mismatch(method: str, path: str, status: int, answer: object) -> str | None:
    """Why a service would never answer this; None for what fits its document. `path` is `/<service>/<rest>`."""
    service, _, rest = path.lstrip("/").partition("/")
    known = _routes(service.replace("-", "_")).get(method.lower(), ())
    answers = next((found for pattern, found in known if pattern.fullmatch(f"/{rest}")), None)
    if answers is None:
        return f"{method} {path} is no route"
    if str(status) not in answers:
        return f"{method} {path} never answers {status}"
    validator = answers[str(status)]
    if validator is None:
        return None if answer is None else f"{method} {path} answers nothing with {status}"
    errors = [f"{list(error.instance_path)}: {error.message[:200]}" for error in validator.iter_errors(answer)]
    return f"{method} {path} {status}: {errors[:3]}" if errors else None


Routes = dict[str, list[tuple[re.Pattern[str], dict[str, jsonschema_rs.Draft202012Validator | None]]]]


@cache
def _routes(service: str) -> Routes:
    """By method, what fits a path and what it answers by status; plain paths come before those with parameters."""
    document = json.loads((DOCUMENTS / f"{service}.public.json").read_text())
    components = _plain(document["components"])
    found: Routes = {}
    for path, operations in sorted(document["paths"].items(), key=lambda item: item[0].count("{")):
        pattern = re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))
        for method, operation in operations.items():
            if isinstance(operation, dict) and "responses" in operation:
                found.setdefault(method, []).append((pattern, _answers(operation["responses"], components)))
    return found


def _answers(responses: dict[str, Any], components: Any) -> dict[str, jsonschema_rs.Draft202012Validator | None]:
    made: dict[str, jsonschema_rs.Draft202012Validator | None] = {}
    for status, response in responses.items():
        schema = next((content["schema"] for content in response.get("content", {}).values()), None)
        made[status] = schema and jsonschema_rs.Draft202012Validator({**_plain(schema), "components": components})
    return made


def _plain(schema: Any) -> Any:
    """OpenAPI 3.0 as JSON Schema has it: `nullable` is its one difference that our documents use."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    rest = {name: _plain(value) for name, value in schema.items() if name != "nullable"}
    return {"anyOf": [rest, {"type": "null"}]} if schema.get("nullable") is True else rest
