"""JSONPath as RFC 9535 has it, for who stores a path and who follows it."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import re2
from jsonpath import JSONPathEnvironment
from jsonpath.filter import BaseExpression, IntegerLiteral
from jsonpath.function_extensions import ExpressionType, FilterFunction
from jsonpath.lex import Lexer
from jsonpath.parse import Parser
from jsonpath.stream import TokenStream
from jsonpath.token import TOKEN_LBRACKET, TOKEN_LG

from common.formats.conditions import MAX_PATTERN_MEMORY, Pattern, Unreadable
from common.formats.text import storable

MAX_DEPTH = 1200
"""Levels that `..` goes down; Python's JSON reader stops before."""
MAX_BRACKETS = 20
"""Levels of brackets and parentheses in a path: reading it takes the square of them."""
MAX_DIGITS = 400
"""Of a whole number in a path, its exponent applied."""
_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_PART = re.compile(rf"{_QUOTED}|(?P<open>[\[(])|(?P<close>[\])])", re.DOTALL)
_DOT = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|(?P<dot>\.)", re.DOTALL)


class _Lexer(Lexer):
    # RFC 9535, 2.5.1: member-name-shorthand. The library's also has hyphens.
    key_pattern = r"[\u0080-\uD7FF\uE000-\U0010FFFFa-zA-Z_][\u0080-\uD7FF\uE000-\U0010FFFFa-zA-Z0-9_]*"


class _Parser(Parser):
    """Without what the library has beyond the RFC: lists to compare with, and `<>`."""

    BINARY_OPERATORS = {token: text for token, text in Parser.BINARY_OPERATORS.items() if token != TOKEN_LG}

    def __init__(self, *, env: JSONPathEnvironment) -> None:
        super().__init__(env=env)
        del self.token_map[TOKEN_LBRACKET]

    def parse_integer_literal(self, stream: TokenStream) -> BaseExpression:
        """Exactly, where the library's goes by way of a float."""
        digits, _, exponent = stream.current().value.lower().partition("e")
        if len(digits) + int(exponent or 0) > MAX_DIGITS:
            raise Unreadable("a number is too large")
        if len(digits.lstrip("-")) > 1 and digits.lstrip("-").startswith("0"):
            raise Unreadable("a number begins with 0")
        stream.next()
        return IntegerLiteral(value=int(digits) * 10 ** int(exponent or 0))


class _Matching(FilterFunction):
    """`match` and `search` (RFC 9535, 2.4.6 and 2.4.7), by RE2: its time is linear, whatever pattern a document holds."""

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]
    return_type = ExpressionType.LOGICAL

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole

    def __call__(self, text: object, pattern: object) -> bool:
        if not isinstance(text, str) or not isinstance(pattern, str):
            return False
        compiled = _iregexp(pattern)
        if compiled is None:
            return False
        # RE2 reads UTF-8, which has no halves of surrogate pairs.
        return bool(compiled.fullmatch(storable(text)) if self._whole else compiled.search(storable(text)))


class _Environment(JSONPathEnvironment):
    lexer_class = _Lexer
    parser_class = _Parser
    max_recursion_depth = MAX_DEPTH

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions["match"] = _Matching(whole=True)
        self.function_extensions["search"] = _Matching(whole=False)


_environment = _Environment(strict=True)


class JsonPath:
    """A path that was read."""

    def __init__(self, text: str) -> None:
        """Raises `Unreadable`."""
        try:
            _refuse_deep(text)
            self._path = _environment.compile(text)
        except Unreadable:
            raise
        except Exception as error:  # beside its own errors the library lets some of Python's through
            raise Unreadable(str(error.args[0]) if error.args else "") from error

    def values(self, document: Any) -> Iterator[object]:
        """What the path leads to, one after the other; raises `RecursionError` for what is nested too deeply."""
        for match in self._path.finditer(document):
            yield match.obj


@lru_cache(maxsize=1024)
def json_path_of(text: str) -> JsonPath:
    """The path, also one in the older dialect where it says the same; raises `Unreadable`."""
    try:
        return JsonPath(text)
    except Unreadable:
        modern = modernised(text)
        if modern is None:
            raise
        return JsonPath(modern)


_INDEX = r"-?(?:0|[1-9][0-9]*)"
_NAME = r"[A-Za-z_@][A-Za-z0-9_@-]*"
_STEP = re.compile(
    rf"(?P<dots>\.\.?)?(?:(?P<name>{_NAME}|{_QUOTED})|(?P<all>\*)|\[\s*(?:(?P<names>(?:{_NAME}|{_QUOTED})"
    rf"(?:\s*,\s*(?:{_NAME}|{_QUOTED}))*)|(?P<numbers>\*|{_INDEX}(?:\s*,\s*{_INDEX})*|[-0-9:\s]+))\s*\])",
    re.DOTALL,
)


def modernised(text: str) -> str | None:
    """A path of the dialect that was read before RFC 9535 came, as the RFC writes it: `foo.bar-baz[0]`; None for others."""
    pieces, place = ["$"], 1 if text.startswith("$") else 0
    while place < len(text):
        step = _STEP.match(text, place)
        if step is None or not (step["dots"] or text[place] == "[" or place == 0):
            return None
        descends = ".." if step["dots"] == ".." else ""
        if step["names"] or step["name"]:
            names = re.findall(rf"{_QUOTED}|{_NAME}", step["names"] or step["name"])
            inner = ",".join(name if name[0] in "'\"" else f"'{name}'" for name in names)
        else:
            inner = step["numbers"] or "*"
        pieces.append(f"{descends}[{inner}]")
        place = step.end()
    return "".join(pieces) if place > 0 else None


def _refuse_deep(text: str) -> None:
    depth = 0
    for part in _PART.finditer(text):
        depth += bool(part["open"]) - bool(part["close"])
        if depth > MAX_BRACKETS:
            raise Unreadable("brackets are nested too deeply")


@lru_cache(maxsize=256)
def _iregexp(pattern: str) -> Pattern | None:
    """RFC 9485's pattern for RE2, or None. A dot is neither of the two line ends (5.3)."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_PATTERN_MEMORY
    try:
        compiled: Pattern = re2.compile(
            _DOT.sub(lambda part: r"[^\n\r]" if part["dot"] else part[0], storable(pattern)), options
        )
    except re2.error:
        return None
    return compiled
