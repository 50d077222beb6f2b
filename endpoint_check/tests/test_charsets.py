"""Bodies are read as browsers read them: a matrix of encodings, by each way in which a site may say which it is."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from endpoint_check.engine.http.received import Received
from endpoint_check.engine.judging import charsets
from endpoint_check.engine.judging.budget import Unlimited
from endpoint_check.engine.judging.verdict import conclude
from endpoint_check.engine.outcome import Outcome
from endpoint_check.engine.spec import spec_of

KOREAN = "안녕하세요. 이 쪽은 한국어로 되어 있고 서비스가 정상적으로 동작합니다."
JAPANESE = "こんにちは。このページは日本語で書かれています。サービスは正常です。"
SIMPLIFIED = "您好，这个网页是用中文写的。服务运行正常。欢迎访问我们的网站，谢谢。"
TRADITIONAL = "您好，這個網頁是用中文寫的。服務運行正常。歡迎訪問我們的網站，謝謝。"
RUSSIAN = "Здравствуйте! Эта страница написана по-русски. Сервис работает нормально."
FRENCH = "Le café est fermé à cause de l’été — déjà vu, façade naïve."
CZECH = "Příliš žluťoučký kůň úpěl ďábelské ódy."
GREEK = "Καλημέρα σας. Η υπηρεσία λειτουργεί κανονικά."
TURKISH = "Merhaba, hizmet düzgün çalışıyor. Güneşli bir gün."
HEBREW = "שלום לכולם. השירות פועל כרגיל."
ARABIC = "مرحبا بكم في موقعنا. الخدمة تعمل بشكل طبيعي."
THAI = "สวัสดีครับ บริการทำงานตามปกติ"
VIETNAMESE = "Dịch vụ"
BALTIC = "Labas rytas, ačiū, ėjo šuo"

NAMED = [
    ("utf-8", "utf-8", KOREAN), ("unicode-1-1-utf-8", "utf-8", JAPANESE), ("utf8", "utf-8", FRENCH),
    ("euc-kr", "euc-kr", KOREAN), ("ks_c_5601-1987", "cp949", KOREAN + "뷁 펲시"), ("EUC-KR", "cp949", "똠방각하 펲"),
    ("windows-949", "cp949", KOREAN), ("korean", "cp949", KOREAN), ("ksc5601", "cp949", KOREAN), ("iso-ir-149", "cp949", KOREAN),
    ("shift_jis", "cp932", JAPANESE + "①㈱髙～"), ("x-sjis", "cp932", JAPANESE), ("windows-31j", "cp932", "Ⅳ№℡"),
    ("ms_kanji", "cp932", JAPANESE), ("euc-jp", "euc_jp", JAPANESE), ("x-euc-jp", "euc_jp", JAPANESE),
    ("iso-2022-jp", "iso2022_jp", JAPANESE), ("csiso2022jp", "iso2022_jp", JAPANESE),
    ("gb2312", "gb2312", SIMPLIFIED), ("gb2312", "gb18030", "朱镕基 𠀀"), ("gbk", "gbk", SIMPLIFIED + "镕"),
    ("gb18030", "gb18030", SIMPLIFIED + "😀"), ("x-gbk", "gbk", SIMPLIFIED), ("chinese", "gbk", SIMPLIFIED),
    ("big5", "big5", TRADITIONAL), ("big5-hkscs", "big5hkscs", TRADITIONAL + "嘅"), ("x-x-big5", "cp950", "碁銹裏"),
    ("iso-8859-1", "cp1252", FRENCH + "€"), ("latin1", "cp1252", FRENCH), ("ascii", "cp1252", FRENCH),
    ("us-ascii", "cp1252", "“quoted”"), ("windows-1252", "cp1252", FRENCH), ("iso-8859-2", "iso8859_2", CZECH),
    ("iso-8859-3", "iso8859_3", "Ħ"), ("iso-8859-4", "iso8859_4", "Ģ"), ("iso-8859-5", "iso8859_5", RUSSIAN),
    ("iso-8859-6", "iso8859_6", "مرحبا"), ("iso-8859-7", "iso8859_7", GREEK), ("iso-8859-8", "iso8859_8", HEBREW),
    ("iso-8859-8-i", "iso8859_8", HEBREW), ("logical", "iso8859_8", HEBREW), ("iso-8859-9", "cp1254", TURKISH),
    ("iso-8859-10", "iso8859_10", "Ŋ"), ("iso-8859-13", "iso8859_13", BALTIC), ("iso-8859-14", "iso8859_14", "ŵ"),
    ("iso-8859-15", "iso8859_15", "œuvre €"), ("iso-8859-16", "iso8859_16", "ș"), ("tis-620", "cp874", THAI),
    ("iso-8859-11", "cp874", THAI), ("windows-874", "cp874", THAI), ("windows-1250", "cp1250", CZECH),
    ("windows-1251", "cp1251", RUSSIAN), ("cp1251", "cp1251", RUSSIAN), ("windows-1253", "cp1253", GREEK),
    ("windows-1254", "cp1254", TURKISH), ("windows-1255", "cp1255", HEBREW), ("windows-1256", "cp1256", ARABIC),
    ("windows-1257", "cp1257", BALTIC), ("windows-1258", "cp1258", "Đâu"), ("koi8-r", "koi8_r", RUSSIAN),
    ("koi8", "koi8_r", RUSSIAN), ("koi8-u", "koi8_u", "Привіт, їжак"), ("ibm866", "cp866", RUSSIAN),
    ("macintosh", "mac_roman", "café"), ("x-mac-cyrillic", "mac_cyrillic", RUSSIAN),
]  # fmt: skip
"""A label as sites write it, Python's codec in which the page is written, and what it says."""
UNNAMED = [
    ("utf-8", KOREAN), ("cp949", KOREAN), ("cp932", JAPANESE), ("euc_jp", JAPANESE), ("iso2022_jp", JAPANESE),
    ("gb18030", SIMPLIFIED), ("big5", TRADITIONAL), ("cp1251", RUSSIAN), ("koi8_r", RUSSIAN), ("cp1250", CZECH),
    ("cp1253", GREEK), ("cp1256", ARABIC), ("cp1252", FRENCH),
]  # fmt: skip


def judged(
    body: bytes, *conditions: dict[str, Any], content_type: str | None = "text/html", status: int = 200
) -> Outcome:
    lines = [b"HTTP/1.1 200 OK\r\n"]
    if content_type is not None:
        lines.append(f"Content-Type: {content_type}\r\n".encode())
    outcome = Outcome(status="up", http_status=status, total_ms=5.0)
    spec = spec_of(json.dumps({"url": "http://x/", "assertions": conditions}))
    conclude(spec, outcome, Received(lines, body), budget=Unlimited())
    return outcome


def read(body: bytes, content_type: str | None = "text/html") -> str:
    """The page as its evidence shows it."""
    shown = judged(body, content_type=content_type, status=500).response_body
    assert shown is not None
    return shown


def holds(body: bytes, text: str, **answer: Any) -> bool:
    """Whether the page contains the text, and is not said not to."""
    there = judged(body, {"kind": "body_contains", "value": text}, **answer)
    absent = judged(body, {"kind": "body_not_contains", "value": text}, **answer)
    assert (there.status == "up") != (absent.status == "up")
    return there.status == "up"


@pytest.mark.parametrize(("label", "codec", "text"), NAMED)
def test_an_encoding_named_by_the_header(label: str, codec: str, text: str):
    body = text.encode(codec)
    assert holds(body, text, content_type=f"text/html; charset={label}")
    assert read(body, f"text/html; charset={label}") == text


@pytest.mark.parametrize(("label", "codec", "text"), NAMED)
def test_an_encoding_named_by_the_page(label: str, codec: str, text: str):
    for head in (
        f"<html><head><meta charset={label}><title>",
        f'<!doctype html><!-- <meta charset=utf-8> --><META content="text/html; charset={label}" http-equiv="Content-Type">',
        f"<?xml version='1.0' encoding='{label}'?><feed>",
    ):
        assert holds(head.encode() + text.encode(codec), text)
        assert holds(head.encode() + text.encode(codec), text, content_type=None)


@pytest.mark.parametrize(("codec", "text"), UNNAMED)
def test_an_encoding_that_nobody_names(codec: str, text: str):
    page = f"<html><head><title>x</title></head><body><p>{text}</p></body></html>"
    for content_type in ("text/html", "text/plain", None):
        assert holds(page.encode(codec), text, content_type=content_type), read(page.encode(codec))
    assert text in read(page.encode(codec))


@pytest.mark.parametrize(
    ("mark", "codec"),
    [(b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")],
)
def test_a_byte_order_mark_is_more_than_what_header_and_page_say_and_is_dropped(mark: bytes, codec: str):
    body = mark + f"<meta charset=shift_jis>{KOREAN}".encode(codec)
    assert holds(body, KOREAN, content_type="text/html; charset=euc-kr")
    assert read(body, "text/html; charset=euc-kr").startswith("<meta")


def test_the_header_is_more_than_what_the_page_says():
    body = f"<meta charset=shift_jis>{KOREAN}".encode("euc-kr")
    assert holds(body, KOREAN, content_type='text/html; charset="euc-kr"')


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-16le", "text/html; charset=UTF-16"])
def test_utf_16_by_the_header(content_type: str):
    assert holds(KOREAN.encode("utf-16-le"), KOREAN, content_type=content_type)


def test_a_page_that_can_be_read_as_far_as_its_meta_is_no_utf_16():
    assert holds(f"<meta charset=utf-16>{KOREAN}".encode(), KOREAN)


def test_a_label_that_nobody_knows_says_nothing():
    body = f"<meta charset=euc-kr>{KOREAN}".encode("euc-kr")
    assert holds(body, KOREAN, content_type="text/html; charset=klingon")
    assert holds(f"<meta charset=klingon><meta charset=euc-kr>{KOREAN}".encode("euc-kr"), KOREAN)


def test_a_meta_beyond_the_first_1024_bytes_says_nothing():
    page = b"<html>" + b" " * 1024 + b"<meta charset=shift_jis>" + KOREAN.encode()
    assert holds(page, KOREAN)


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_what_is_no_page_names_no_encoding_in_its_text(content_type: str):
    body = ('{"page": "<meta charset=euc-kr>' + KOREAN + '"}').encode()
    assert holds(body, KOREAN, content_type=content_type)


@pytest.mark.parametrize(
    "head",
    ["<meta charset='euc-kr'>", '<meta name=x content="a"/><meta charset="euc-kr"/>', "<META CHARSET = euc-kr >",
     "<meta http-equiv=content-type content='text/html;charset=euc-kr'>", "<link rel=x><script>1<2</script><meta charset=euc-kr>",
     "<meta name=description content='charset=utf-8'><meta charset=euc-kr>"],
)  # fmt: skip
def test_the_ways_to_write_a_meta(head: str):
    assert holds(head.encode() + KOREAN.encode("euc-kr"), KOREAN)


@pytest.mark.parametrize(
    ("label", "body", "text"),
    [
        ("euc-jp", b"\xad\xa1\xad\xea\xfc\xe2", "①㈱髙"),
        ("euc-jp", b"\xa1\xc1\xa1\xdd", "～－"),
        ("euc-jp", b"\x8e\xb1\x8f\xb0\xa1", "ｱ丂"),
        ("iso-2022-jp", b"\x1b$B-!-j\x1b(B\x1b(I1\x1b(B.", "①㈱ｱ."),
        ("iso-2022-jp", b"\x1b$B!A\x1b(J~\x1b(B", "～‾"),
        ("iso-2022-jp", b"\x1b$B-!\x1b(J\\~\x1b(B\\", "①¥‾\\"),
        ("big5", b"\xf9\xd6\xa3\xe1\xa4\xa4", "碁€中"),
        ("windows-1252", b"\x93quoted\x94 \x80", "“quoted” €"),
    ],
)
def test_characters_that_browsers_know_beyond_the_standards_of_old(label: str, body: bytes, text: str):
    assert charsets.text_of(body, label) == text


def test_keywords_are_compared_in_one_normal_form():
    apart = unicodedata.normalize("NFD", KOREAN)
    assert holds(apart.encode(), "한국어")
    assert holds(KOREAN.encode(), unicodedata.normalize("NFD", "한국어"))
    assert judged(apart.encode(), {"kind": "body_regex", "value": "한국어"}).status == "up"


def test_the_sentence_and_the_evidence_of_a_korean_site_can_be_read():
    outcome = judged(
        KOREAN.encode("euc-kr"), {"kind": "body_contains", "value": "없음"}, content_type="text/html; charset=euc-kr"
    )
    assert outcome.message == 'The body does not contain "없음".'
    assert outcome.response_body == KOREAN


def test_evidence_that_is_cut_ends_with_a_whole_character():
    shown = read(("가" * 5000).encode("euc-kr"), "text/html; charset=euc-kr")
    assert set(shown) == {"가"}
    assert 2045 <= len(shown.encode()) <= 2048


@given(
    st.binary(max_size=400),
    st.sampled_from(["", *(label for label, _, _ in NAMED), "utf-16be", "hz-gb-2312", "x-user-defined"]),
)
def test_whatever_bytes_there_are_they_become_text_that_can_be_stored(body: bytes, label: str):
    shown = read(body, f"text/html; charset={label}" if label else "text/html")
    shown.encode()
    assert "\x00" not in shown
