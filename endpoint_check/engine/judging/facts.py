"""An answer as conditions look at it: read only as far as one asks, and within the budget."""

import json
import math
import unicodedata
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime
from typing import NoReturn

from endpoint_check.engine.http.received import Received
from endpoint_check.engine.judging import charsets
from endpoint_check.engine.judging.budget import Budget
from endpoint_check.engine.judging.redaction import Redaction
from endpoint_check.engine.outcome import Outcome


class NoJson(ValueError):
    """The body cannot be read as JSON: it is none, or was cut."""


class TooDeep(NoJson):
    """The body is JSON that is nested too deeply."""


class Facts:
    """One answer. What is read of it is read once."""

    # Of the class, since setting them for each answer would be a third of judging most of them.
    _redaction: Redaction | None = None
    _headers: list[tuple[str, str]] | None = None
    _charset = ""
    _raw_text: str | None = None
    _text: str | None = None
    _json: object = None
    _no_json: NoJson | None = None
    _parsed = False

    def __init__(
        self, received: Received, outcome: Outcome, budget: Budget, secrets: Callable[[], Collection[str]]
    ) -> None:
        self.received = received
        self.outcome = outcome
        self.budget = budget
        self._secrets = secrets

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The last answer's headers, in their order."""
        if self._headers is None:
            lines = self.received.lines
            self.budget.spend(1500 * len(lines))
            self.budget.spend(10 * sum(map(len, lines)))
            self._headers = self.received.headers
        return self._headers

    @property
    def redaction(self) -> Redaction:
        """What sentences about the answer must not show."""
        if self._redaction is None:
            redaction = Redaction(self._secrets, self.budget)
            redaction.also(self.headers)
            self._redaction = redaction
        return self._redaction

    @property
    def total_ms(self) -> float:
        """How long the whole probe took."""
        return self.outcome.total_ms or 0.0

    @property
    def days_left(self) -> float | None:
        """Until the certificate expires, which one without a defined end never does; None where there is none."""
        expires = self.outcome.certificate_expires_at
        if expires is None and self.outcome.certificate is not None:
            return math.inf
        return None if expires is None else (expires - datetime.now(UTC)).total_seconds() / 86_400

    @property
    def charset(self) -> str:
        """The body's encoding, by the standard's name."""
        if not self._charset:
            self._charset = self._charset_of(self.received.body)
        return self._charset

    @property
    def raw_text(self) -> str:
        """The body as text, as it was written."""
        if self._raw_text is None:
            self._raw_text = self._read()
        return self._raw_text

    @property
    def text(self) -> str:
        """The body as text, in the normal form C, in which keywords are."""
        if self._text is None:
            self._text = self.normal(self.raw_text)
        return self._text

    @property
    def json(self) -> object:
        """The body as JSON; raises `NoJson`."""
        if not self._parsed:
            self._parsed = True
            try:
                self._json = self._parse()
            except NoJson as error:
                self._no_json = error
        if self._no_json is not None:
            raise self._no_json
        return self._json

    def normal(self, text: str) -> str:
        """In the normal form C. That takes the square of a run of combining characters."""
        if text.isascii():
            return text
        self.budget.spend(20 * len(text))
        if unicodedata.is_normalized("NFC", text):
            return text
        self.budget.spend(20 * len(text) ** 2)
        return unicodedata.normalize("NFC", text)

    def _charset_of(self, body: bytes | bytearray) -> str:
        if self.received.charset:
            return self.received.charset
        self.budget.spend(50_000)
        if name := charsets.declared(body, self._content_type()):
            return name
        self.budget.spend(2 * len(body))
        if name := charsets.named_by_escapes(body):
            return name
        if charsets.is_utf_8(body):
            return charsets.UTF_8
        self.budget.spend(10**9)
        return charsets.recognised(body) or charsets.UTF_8

    def _content_type(self) -> str:
        """Looked for without reading all headers, which few conditions are about."""
        self.budget.spend(200 * len(self.received.lines))
        for line in reversed(self.received.lines):
            if line[:13].lower() == b"content-type:":
                return line[13:].decode("latin-1").strip()
            if line.startswith(b"HTTP/"):
                break
        return ""

    def _read(self) -> str:
        body = self.received.body
        self.budget.spend(len(body) / 4)
        # ASCII whatever the encoding: what is not has high bits, escapes, or zeros between (UTF-16).
        if body.isascii() and b"\x1b" not in body and b"\x00" not in body:
            return body.decode("ascii")
        if self.charset == charsets.UTF_8:
            self.budget.spend(2 * len(body))
            with suppress(UnicodeDecodeError):
                return body.decode().removeprefix(charsets.MARK)
        self.budget.spend(len(body) * (10 if self.charset in charsets.QUICK else 150))
        return charsets.text_of(body, self.charset)

    def _parse(self) -> object:
        self.budget.spend(60 * len(self.received.body))
        text = self._json_text()
        try:
            return _decode(text)
        except RecursionError:
            # The loop's own frames count too, so a process of its own reads deeper.
            self.budget.spend(10**9)
            raise TooDeep from None
        except ValueError:
            raise NoJson from None

    def _json_text(self) -> str:
        """JSON is UTF-8 (RFC 8259, 8.1), and once was UTF-16 or 32 as well, which its first bytes tell."""
        body = self.received.body
        found = json.detect_encoding(bytes(body[:4]))
        return self.text if found.startswith("utf-8") else body.decode(found, errors="replace")


def _decode(text: str) -> object:
    try:
        return _decoder.decode(text)
    except (json.JSONDecodeError, _NoConstant):
        raise
    except ValueError:
        return _patient_decoder.decode(text)


class _NoConstant(ValueError):
    """NaN and the like, which Python reads and JSON has not."""


def _refuse(constant: str) -> NoReturn:
    raise _NoConstant(constant)


def _number(digits: str) -> int | float:
    """Python refuses to read thousands of digits, for the time that it would take."""
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


_MOST_DIGITS = 4000
_decoder = json.JSONDecoder(parse_constant=_refuse)
_patient_decoder = json.JSONDecoder(parse_constant=_refuse, parse_int=_number)
"""Three times slower, and so only where the other stumbled over a number."""
