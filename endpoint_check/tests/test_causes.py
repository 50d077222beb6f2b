"""What the checker says of a failure can be said in Korean: each of its sentences has a form in common.causes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from common.causes import FORMS, cause_told
from endpoint_check import engine
from endpoint_check.engine import resolvers

UNTOLD = {
    "A %s probe failed",
    "A judge did not answer in %s s",
    "A judge ended with %s: %r",
    "A probe could not be started",
    "An answer could not be handed to a judge",
    "An answer could not be read",
    "The answer could not be judged",
    "The answer could not be read",
    "The check could not be finished",
    "The check could not be started",
    # How libcurl's own texts begin.
    "Failed sending",
    "Failure when",
    "OpenSSL SSL_",
    "Recv failure",
    "Send failure",
}
"""Faults of ours: logged, or told with nothing but the name of an exception; and what is never told."""
PART = re.compile(r"\{.*?\}")


def sentences() -> Iterator[str]:
    """Every sentence in the code, with `{...}` for what is known only when it is said."""
    for path in sorted(set(Path(engine.__path__[0]).rglob("*.py")) - {Path(resolvers.__file__)}):
        tree = ast.parse(path.read_text("utf-8"))
        told_of = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        pieces = {piece for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for piece in node.values}
        for node in ast.walk(tree):
            text = _text(node) if node not in told_of | pieces else ""
            words = PART.sub("", text)
            if (text[:1].isupper() or text.startswith("{")) and " " in text and re.search("[a-z]{2}", words):
                yield text


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"
            for part in node.values
            if isinstance(part, ast.Constant | ast.FormattedValue)
        )
    return ""


@pytest.mark.parametrize("sentence", sorted(set(sentences()) - UNTOLD))
def test_a_sentence_of_the_engine_has_its_form(sentence: str) -> None:
    said = PART.sub("x", sentence.replace("{after}", "after 12 ms"))
    begins = any(form.startswith(sentence) for form in FORMS)
    with translation.override("ko"):
        assert begins or cause_told(said) != said, "Give it a form and its Korean in common."


def test_the_sentences_are_found() -> None:
    assert {"The site answered {outcome.http_status}; expected {spec.expected_status}", "{what} is missing."} <= set(
        sentences()
    )
