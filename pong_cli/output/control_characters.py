"""What others wrote, made harmless for a terminal: a site's answer must not move the cursor or turn the text around.

Replaced are C0 and C1 controls (ECMA-48) but newline and tab, DEL, and Unicode's bidirectional controls (UAX #9), which
make a line read other than it is. In JSON they are escaped instead, so that programs get what there is.
"""

import re

_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """The text with U+FFFD for each control character, of the same length."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def has_controls(text: str) -> bool:
    """Whether `harmless` would change it."""
    return _CONTROLS.search(text) is not None


def escaped(quoted: str) -> str:
    r"""JSON, or YAML in double quotes, with `\u....` for each control character that stands in it as it is."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found.group()):04x}", quoted)
