"""What may be asserted about an answer, in words; the rules are endpoint_service's."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

KINDS = {
    "body_contains": gettext_lazy("Answer contains"),
    "body_not_contains": gettext_lazy("Answer does not contain"),
    "body_regex": gettext_lazy("Answer matches (RE2)"),
    "json_path": gettext_lazy("JSON value"),
    "header": gettext_lazy("Header"),
    "response_time": gettext_lazy("Response time (ms)"),
    "certificate_days": gettext_lazy("Certificate (days left)"),
}
OPERATORS = {
    "equals": gettext_lazy("equals"),
    "not_equals": gettext_lazy("differs from"),
    "contains": gettext_lazy("contains"),
    "not_contains": gettext_lazy("does not contain"),
    "matches": gettext_lazy("matches"),
    "exists": gettext_lazy("exists"),
    "not_exists": gettext_lazy("does not exist"),
    "less_than": gettext_lazy("less than"),
    "at_most": gettext_lazy("at most"),
    "greater_than": gettext_lazy("greater than"),
    "at_least": gettext_lazy("at least"),
}
TARGETS = {"json_path", "header"}
"""Kinds that name a place: a path, or a header."""
NUMBERS = {"response_time", "certificate_days"}
"""Kinds whose value is a whole number."""
UNITS = {"response_time": gettext_lazy("ms"), "certificate_days": gettext_lazy("days")}
OF_KIND = {
    "http": tuple(KINDS),
    "tls": ("certificate_days", "response_time"),
    "tcp": ("response_time",),
    "dns": ("response_time",),
    "ping": ("response_time",),
}
"""Which of them an endpoint's kind knows."""


def text(assertion: dict[str, Any]) -> str:
    """`JSON value $.status equals “ok”`."""
    kind, value = assertion["kind"], assertion.get("value")
    words = [str(KINDS.get(kind, kind)), assertion.get("target") or ""]
    words.append(str(OPERATORS.get(assertion.get("operator") or "", "")))
    if kind in NUMBERS:
        words[0] = words[0].partition(" (")[0]
        words.append(f"{value} {UNITS[kind]}")
    elif value is not None:
        words.append(_("“%(text)s”") % {"text": value} if isinstance(value, str) else str(value))
    return " ".join(filter(None, words))
