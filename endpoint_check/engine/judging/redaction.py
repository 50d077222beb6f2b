"""Taking secrets out of what a site answered: some sites echo whatever they are sent."""

import base64
import html
import json
from collections.abc import Callable, Collection
from urllib.parse import quote, quote_plus

from common.contracts.fields import described
from common.contracts.options import BasicAuth
from common.formats.text import storable
from common.security.secret_headers import is_secret_of_answer
from endpoint_check.engine.judging.budget import Budget
from endpoint_check.engine.spec import Spec, hidden_headers

REDACTED = "(redacted)"
SHOWN = 80
"""Characters of a value in a sentence."""
_WORD = 3
"""Characters from which a word of a secret is one by itself."""
_PIECE = 4
"""Characters of a secret that are looked for where a text was cut."""
_COOKIE = 16
"""Characters from which a cookie is taken for a secret wherever it stands; shorter ones say `ko` or `dark`."""
_MAX_HEADERS, _MAX_NAME, _MAX_VALUE = 50, 100, 500
_FORMS: tuple[Callable[[str], str], ...] = (
    str,
    quote,
    quote_plus,
    lambda text: quote(text, safe=""),
    html.escape,
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
)
"""How a page may write a value that it was sent."""


class Redaction:
    """What must not be shown of one answer: the spec's secrets, and the cookies that it was given."""

    def __init__(self, secrets: Callable[[], Collection[str]], budget: Budget) -> None:
        self._secrets = secrets
        self._budget = budget
        self._texts: list[str] | None = None
        self._longest = 0

    def also(self, headers: Collection[tuple[str, str]]) -> None:
        """Take the cookies among `headers` for secrets too."""
        cookies = (value.partition(";")[0].partition("=")[2] for name, value in headers if name.lower() == "set-cookie")
        known = self._prepared()
        self._take([*known, *(cookie for cookie in cookies if len(cookie) >= _COOKIE)])

    def text(self, text: str) -> str:
        """`text` without secrets, nor the beginning of one at its end, where it may have been cut."""
        spans: list[tuple[int, int]] = []
        for secret in self._prepared():
            self._budget.spend(300 + 10 * len(text))
            start = text.find(secret)
            while start >= 0:
                self._budget.spend(500)
                spans.append((start, start + len(secret)))
                start = text.find(secret, start + 1)
            spans += self._begun(secret, text)
        return _without(text, sorted(spans)) if spans else text

    def shown(self, value: object) -> str:
        """A value as a sentence shows it."""
        # Cut last: half a secret at the end would not be found.
        most = SHOWN + 1 + self.longest
        if isinstance(value, str):
            hidden = json.dumps(self.text(value[:most]), ensure_ascii=False)
        else:
            hidden = self.text(json.dumps(value, ensure_ascii=False, default=str)[:most])
        return hidden if len(hidden) <= SHOWN else f"{hidden[: SHOWN - 1]}…"

    def excerpt(self, text: str, size: int) -> str:
        """As much of `text` as fits into `size` bytes, fit for every database."""
        return storable(self.text(text[: size + self.longest])).encode()[:size].decode(errors="ignore")

    def headers(self, pairs: list[tuple[str, str]]) -> dict[str, str]:
        """The first headers of an answer, without what logs somebody in; equal names are joined by commas (RFC 9110)."""
        shown: dict[str, str] = {}
        for name, value in pairs[:_MAX_HEADERS]:
            plain = (
                REDACTED if is_secret_of_answer(name) else self.text(value[: _MAX_VALUE + self.longest])[:_MAX_VALUE]
            )
            known = shown.get(name[:_MAX_NAME])
            shown[name[:_MAX_NAME]] = plain if known is None or plain == REDACTED else f"{known}, {plain}"[:_MAX_VALUE]
        return {storable(name): storable(value) for name, value in shown.items()}

    @property
    def longest(self) -> int:
        """Characters of the longest secret: so many more than are shown have to be looked at."""
        self._prepared()
        return self._longest

    def _prepared(self) -> list[str]:
        if self._texts is None:
            secrets = self._secrets()
            self._budget.spend(3000 * sum(map(len, secrets)))
            self._take({form(secret) for secret in secrets for form in _FORMS})
        return self._texts or []

    def _take(self, texts: Collection[str]) -> None:
        self._texts = sorted(texts)
        self._longest = max(map(len, texts), default=0)

    def _begun(self, secret: str, text: str) -> list[tuple[int, int]]:
        """The place from which the text's end is a secret's beginning."""
        piece, start = secret[:_PIECE], max(0, len(text) - len(secret) + 1)
        while len(piece) == _PIECE and (start := text.find(piece, start)) >= 0:
            self._budget.spend(500)
            if secret.startswith(text[start:]):
                return [(start, len(text))]
            start += 1
        return []


def secrets_of(spec: Spec) -> set[str]:
    """The values that the spec hides: headers, password, token, and what the credentials look like when sent."""
    found: set[str] = set()
    for value in hidden_headers(spec).values():
        found |= {value, *(word for word in value.split() if len(word) >= _WORD)}
    # "Bearer" alone is no secret.
    found = {text for text in found if text.lower() not in {"basic", "bearer", "token", "digest"}}
    auth = spec.options.auth
    if auth is not None:
        found |= {getattr(auth, name) for name, field in described(type(auth)).items() if field.about.secret}
        if isinstance(auth, BasicAuth):
            found.add(base64.b64encode(f"{auth.username}:{auth.password}".encode()).decode())
    return found - {""}


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    pieces: list[str] = []
    place = 0
    for start, end in spans:
        if start > place or not pieces:
            pieces += [text[place:start], REDACTED]
        place = max(place, end)
    return "".join([*pieces, text[place:]])
