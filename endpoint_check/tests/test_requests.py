"""What a request carries: its length where it has no body, and the type of a body whose spec names none."""

import pytest

from endpoint_check.tests.probing import probe
from endpoint_check.tests.raw_site import RawSite, answer


@pytest.mark.parametrize(
    ("method", "length"),
    [("POST", ["0"]), ("PUT", ["0"]), ("PATCH", ["0"]), ("GET", []), ("HEAD", []), ("DELETE", []), ("OPTIONS", [])],
)
def test_without_a_body_its_length_is_said_where_one_is_expected(method: str, length: list[str]):
    with RawSite(answer()) as site:
        outcome = probe(site.url(), method=method)
    assert outcome.status == "up", outcome.message
    (asked,) = site.asked
    assert (asked.method, asked.body) == (method, b"")
    assert asked.all("Content-Length") == length
    assert asked.all("Content-Type") == asked.all("Transfer-Encoding") == asked.all("Expect") == []


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ('{"a": 1}', "application/json"),
        ("[]", "application/json"),
        ('"말"', "application/json"),
        (" 1 ", "application/json"),
        ("null", "application/json"),
        ("{", "text/plain; charset=utf-8"),
        ("a=1&b=2", "text/plain; charset=utf-8"),
        ("NaN", "text/plain; charset=utf-8"),
        ("말", "text/plain; charset=utf-8"),
        ("<a/>", "text/plain; charset=utf-8"),
        ("[" * 60_000, "text/plain; charset=utf-8"),
    ],
)
def test_a_body_without_a_type_is_called_what_it_is_and_never_a_form(body: str, kind: str):
    for method in ("POST", "DELETE"):
        with RawSite(answer()) as site:
            outcome = probe(site.url(), method=method, body=body)
        assert outcome.status == "up", outcome.message
        (asked,) = site.asked
        assert asked.all("Content-Type") == [kind]
        assert asked.body == body.encode()
        assert asked.all("Content-Length") == [str(len(body.encode()))]


@pytest.mark.parametrize("name", ["Content-Type", "content-type"])
def test_a_type_that_is_named_is_kept(name: str):
    with RawSite(answer()) as site:
        probe(site.url(), method="POST", body="{}", headers={name: "application/x-www-form-urlencoded"})
        probe(site.url(), method="POST", headers={name: "text/x"})
    assert [asked.all("Content-Type") for asked in site.asked] == [["application/x-www-form-urlencoded"], ["text/x"]]
    assert site.asked[1].all("Content-Length") == ["0"]
