"""Taking a spec's secrets out of what a site answered: some sites echo whatever they are sent."""

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

from endpoint_check.engine.spec import Spec, hidden_headers

REDACTED = "(redacted)"
_SECRET_ANSWERS = frozenset({
    "set-cookie", "authorization", "www-authenticate", "proxy-authenticate", "authentication-info",
})  # fmt: skip
_MAX_HEADERS, _MAX_NAME, _MAX_VALUE = 50, 100, 500
_FORMS: tuple[Callable[[str], str], ...] = (str, quote, quote_plus, html.escape, lambda text: json.dumps(text)[1:-1])
"""How a page may write a value that it was sent."""


class Redaction:
    """What must not be shown of one spec's answers."""

    def __init__(self, spec: Spec) -> None:
        texts = {form(secret) for secret in _secrets(spec) for form in _FORMS}
        # The longest first: one may be the beginning of another.
        self._texts = sorted(texts, key=len, reverse=True)
        self._longest = len(self._texts[0]) if self._texts else 0

    def text(self, text: str) -> str:
        """`text` without the spec's secrets."""
        for secret in self._texts:
            text = text.replace(secret, REDACTED)
        return text

    def excerpt(self, body: bytes | bytearray, size: int) -> str:
        """The first `size` bytes as text, fit for every database."""
        # Cut last: half a secret at the end would not be found.
        whole = bytes(body[: size + 4 * self._longest]).decode(errors="replace")
        return _clean(self.text(whole)).encode()[:size].decode(errors="ignore")

    def headers(self, pairs: list[tuple[str, str]]) -> dict[str, str]:
        """The first headers of an answer, without what logs somebody in; equal names are joined by commas (RFC 9110)."""
        shown: dict[str, str] = {}
        for name, value in pairs[:_MAX_HEADERS]:
            plain = REDACTED if name.lower() in _SECRET_ANSWERS else self.text(value)[:_MAX_VALUE]
            known = shown.get(name[:_MAX_NAME])
            shown[name[:_MAX_NAME]] = plain if known is None or plain == REDACTED else f"{known}, {plain}"[:_MAX_VALUE]
        return {_clean(name): _clean(value) for name, value in shown.items()}


def _clean(text: str) -> str:
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")


def _secrets(spec: Spec) -> set[str]:
    """The values that the spec hides: headers, password, token, and what the credentials look like when sent."""
    found = {word for value in hidden_headers(spec).values() for word in (value, *value.split())}
    # "Bearer" alone is no secret.
    found = {word for word in found if word.lower() not in {"basic", "bearer", "token", "digest"}}
    auth = spec.options.auth
    if auth is not None:
        found |= {auth.password, auth.token}
        if auth.kind == "basic":
            found.add(base64.b64encode(f"{auth.username}:{auth.password}".encode()).decode())
    return found - {""}
