"""Bytes to text as browsers read them (WHATWG Encoding, and HTML 13.2.3 on where the encoding is said).

A byte order mark, the header, a <meta> or an XML declaration in the first 1,024 bytes; where none says it, UTF-8; and where
it is none, what it looks like.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

import webencodings

PRESCAN = 1024
"""Bytes in which a page has to name its encoding (HTML 13.2.3.2)."""
SAMPLE = 32 * 1024
"""Bytes by which an encoding that nobody named is recognised."""
UTF_8 = "utf-8"
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""At the beginning of a text it is the byte order mark."""
_MARKS = {b"\xef\xbb\xbf": UTF_8, b"\xfe\xff": "utf-16be", b"\xff\xfe": "utf-16le"}
_FIRST = (b"\xef", b"\xfe", b"\xff")
_CODECS = {
    "big5": "big5hkscs", "euc-jp": "euc_jp", "euc-kr": "cp949", "gb18030": "gb18030", "gbk": "gb18030",
    "hz-gb-2312": "hz", "ibm866": "cp866", "iso-2022-jp": "iso2022_jp_ext", "iso-2022-kr": "iso2022_kr",
    "iso-8859-8-i": "iso8859_8", "koi8-r": "koi8_r", "koi8-u": "koi8_u", "macintosh": "mac_roman",
    "shift_jis": "cp932", "utf-16be": "utf_16_be", "utf-16le": "utf_16_le", "windows-874": "cp874",
    "x-mac-cyrillic": "mac_cyrillic", "x-user-defined": "cp1252",
    **{f"windows-125{digit}": f"cp125{digit}" for digit in range(9)},
}  # fmt: skip
"""Python's codecs of the standard's encodings, where they are named otherwise; each takes in what browsers do."""
QUICK = frozenset({
    "big5", "euc-jp", "euc-kr", "gb18030", "gbk", "iso-2022-jp", "shift_jis", "utf-8", "utf-16be", "utf-16le",
})  # fmt: skip
"""Encodings whose codecs replace what they do not know by themselves, and not by way of Python."""
_MORE_LABELS = {"iso-2022-kr": "iso-2022-kr", "csiso2022kr": "iso-2022-kr", "hz-gb-2312": "hz-gb-2312"}
"""What browsers refuse to read for the sake of old attacks on scripts, and nothing else."""
_LIKELY = {
    "cp949": "euc-kr", "cp932": "shift_jis", "euc_jp": "euc-jp", "gb18030": "gb18030", "big5": "big5",
    "cp1252": "windows-1252", "cp1251": "windows-1251", "koi8_r": "koi8-r", "cp1250": "windows-1250",
    "iso8859_2": "iso-8859-2", "cp1253": "windows-1253", "cp1254": "windows-1254", "cp1255": "windows-1255",
    "cp1256": "windows-1256", "cp874": "windows-874",
}  # fmt: skip
"""What is recognised without having been named, by Python's name: what sites are written in."""
_SEVEN_BITS = {b"\x1b$B": "iso-2022-jp", b"\x1b$@": "iso-2022-jp", b"\x1b$)C": "iso-2022-kr"}
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_CHARSET = re.compile(r";\s*charset\s*=\s*(?:\"([^\"]*)\"|'?([^;,\s\"']+))", re.IGNORECASE)
_TAG = re.compile(rb"<!--.*?(?:-->|\Z)|<meta[\s/]([^>]*)>|<[!/?]?[a-z][^>]*>|<[!/?][^>]*>", re.IGNORECASE | re.DOTALL)
_ATTRIBUTE = re.compile(rb"([^\s/>=\"'][^\s/>=]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"'][^\s>]*)))?", re.DOTALL)
_CONTENT = re.compile(rb"charset\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s;\"']+))", re.IGNORECASE)
_DECLARATION = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*(?:\"([^\"]+)\"|'([^']+)')", re.IGNORECASE)


def declared(body: bytes | bytearray, content_type: str) -> str | None:
    """The encoding that the answer names, by the standard's name; None where it names none that is known."""
    if body[:1] in _FIRST:
        for mark, marked in _MARKS.items():
            if body.startswith(mark):
                return marked
    name, may_say_itself = _said_by_header(content_type)
    return _prescanned(bytes(body[:PRESCAN])) if name is None and may_say_itself else name


def named_by_escapes(body: bytes | bytearray) -> str | None:
    """An encoding of seven bits, which would pass for UTF-8, by the sequences that only it has."""
    return next((name for escape, name in _SEVEN_BITS.items() if escape in body), None)


def recognised(body: bytes | bytearray) -> str | None:
    """The encoding that the bytes look like, if they look like one. Takes up to a second."""
    if name := _prescanned(bytes(body[:PRESCAN])):
        return name
    from charset_normalizer import from_bytes  # noqa: PLC0415  it takes long to load, and few need it

    start = next((match.start() for match in _BEYOND_ASCII.finditer(body)), 0)
    found = list(from_bytes(bytes(body[start : start + SAMPLE]), cp_isolation=list(_LIKELY)))
    if not found:
        return None
    best, *others = found
    alike = {one.encoding for one in others if (one.chaos, one.coherence) == (best.chaos, best.coherence)}
    return "windows-1252" if best.encoding == "cp1250" and "cp1252" in alike else _LIKELY.get(best.encoding)


def text_of(body: bytes | bytearray, name: str) -> str:
    """The text without its byte order mark; what the encoding does not know becomes U+FFFD."""
    text = body.decode(_CODECS.get(name, name), errors="replace")
    if "\N{REPLACEMENT CHARACTER}" in text and name in _FULLER:
        text = _FULLER[name](bytes(body))
    elif name in {"euc-jp", "iso-2022-jp"}:
        text = text.translate(_AS_BROWSERS)
    return text.removeprefix(MARK)


def beginning_of(body: bytes, name: str) -> str:
    """The text of the first bytes of a body, without half a character at the end."""
    decoder = codecs.getincrementaldecoder(_CODECS.get(name, name))(errors="replace")
    return decoder.decode(body).removeprefix(MARK)


def is_utf_8(body: bytes | bytearray) -> bool:
    """Whether it is, but for half a character where it may have been cut."""
    try:
        codecs.utf_8_decode(body, "strict", False)
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=1024)
def named(label: str) -> str | None:
    """The encoding of a label such as `ks_c_5601-1987`; None for one that is not known."""
    label = label.strip("\t\n\f\r ").lower()
    if label in _MORE_LABELS:
        return _MORE_LABELS[label]
    found = webencodings.lookup(label)
    return None if found is None or found.name == "replacement" else str(found.name)


@lru_cache(maxsize=1024)
def _said_by_header(content_type: str) -> tuple[str | None, bool]:
    """The encoding, and whether a page of this type may say it in itself, which one without a type may too."""
    found = _CHARSET.findall(content_type)
    kind = content_type.partition(";")[0].strip().lower()
    return named(found[-1][0] or found[-1][1]) if found else None, not kind or "html" in kind or "xml" in kind


def _prescanned(head: bytes) -> str | None:
    """HTML 13.2.3.2: what the first <meta> with an encoding says, or before it the XML declaration."""
    declaration = _DECLARATION.match(head)
    label = declaration[1] or declaration[2] if declaration else next(_metas(head), b"")
    name = named(label.decode("ascii", "replace"))
    if name in {"utf-16be", "utf-16le"}:
        return UTF_8
    return "windows-1252" if name == "x-user-defined" else name


def _metas(head: bytes) -> Iterator[bytes]:
    for tag in _TAG.finditer(head):
        pairs = _ATTRIBUTE.findall(tag[1] or b"")
        attributes = {name.lower(): b"".join(value) for name, *value in reversed(pairs)}
        if b"charset" in attributes:
            label = attributes[b"charset"]
        elif attributes.get(b"http-equiv", b"").strip().lower() == b"content-type":
            found = _CONTENT.search(attributes.get(b"content", b""))
            label = b"".join(part or b"" for part in found.groups()) if found else b""
        else:
            continue
        if named(label.decode("ascii", "replace")):
            yield label


def _euc_jp(body: bytes) -> str:
    return body.decode("euc_jp", errors="pongpong.euc-jp").translate(_AS_BROWSERS)


def _big5(body: bytes) -> str:
    return body.decode("big5hkscs", errors="pongpong.big5")


def _iso_2022_jp(body: bytes) -> str:
    """Its characters of two bytes are those of EUC-JP without the high bits."""
    pieces, kind = [], b""
    for place, part in enumerate(_ESCAPE.split(body)):
        if place % 2:
            kind = part
        elif kind == b"(I":
            pieces.append(part.translate(_HIGH).decode("cp932", errors="replace"))
        elif kind in {b"$@", b"$B"}:
            pieces.append(_euc_jp(part.translate(_HIGH)))
        else:
            text = part.decode("ascii", errors="replace")
            pieces.append(text.translate(_ROMAN) if kind == b"(J" else text)
    return "".join(pieces)


_ESCAPE = re.compile(rb"\x1b(\([BIJ]|\$[@B])")
_ROMAN = str.maketrans("\\~", "¥‾")
_HIGH = bytes(byte | 0x80 if 0x21 <= byte <= 0x7E else byte for byte in range(256))
_AS_BROWSERS = str.maketrans("\u301c\u2016\u2212\xa2\xa3\xac", "\uff5e\u2225\uff0d\uffe0\uffe1\uffe2")
"""Where the standard's index of JIS X 0208 is Microsoft's and Python's is not."""
_FULLER: dict[str, Callable[[bytes], str]] = {"big5": _big5, "euc-jp": _euc_jp, "iso-2022-jp": _iso_2022_jp}
"""Encodings of which browsers know more characters than Python's codecs: slower, and asked only where those fail."""


def _of_eten(pair: bytes) -> str:
    """A character of Big5 that the codec for Hong Kong lacks."""
    return pair.decode("cp950")


def _of_microsoft(pair: bytes) -> str:
    """A character of EUC-JP in the rows that NEC and IBM added, by way of Shift_JIS."""
    row, cell = pair[0] - 0xA1, pair[1] - 0xA1
    second = cell + 0x9F if row % 2 else cell + (0x40 if cell < 63 else 0x41)
    return bytes([row // 2 + (0x81 if row < 62 else 0xC1), second & 0xFF]).decode("cp932")


def _filling(read: Callable[[bytes], str], least: int) -> Callable[[UnicodeError], tuple[str, int]]:
    """An error handler that reads two bytes otherwise where it can (the second at least `least`), else one as U+FFFD."""

    def handle(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        pair = error.object[error.start : error.start + 2]
        if len(pair) == 2 and pair[0] >= 0xA1 and pair[1] >= least:
            try:
                return read(pair), error.start + 2
            except UnicodeDecodeError:
                pass
        return "\N{REPLACEMENT CHARACTER}", error.start + 1

    return handle


codecs.register_error("pongpong.euc-jp", _filling(_of_microsoft, 0xA1))
codecs.register_error("pongpong.big5", _filling(_of_eten, 0x40))
