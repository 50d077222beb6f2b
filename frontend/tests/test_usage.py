"""The usage page: the fullest first, and what does not answer is said."""

import re

from django.test import Client

from frontend.tests.fake import FakeGateway
from frontend.tests.markup import squeezed


def rows(text: str) -> list[str]:
    return re.findall(r'<th scope="row">([^<]*)', squeezed(text))


def test_the_fullest_quota_stands_first_with_its_numbers(visitor: Client):
    text = visitor.get("/settings/usage").text
    assert rows(text) == [
        "E-mails",
        "Checks a minute",
        "Answers kept as evidence",
        "Endpoints",
    ]
    assert "29,000" in text
    assert "1.4\xa0MB" in text
    assert 'value="97"' in text


def test_a_service_that_is_away_leaves_the_others_shown(visitor: Client, gateway: FakeGateway):
    gateway.answers["GET", "/report-service/usage"] = (503, {"message": "Away.", "code": "UNAVAILABLE"})
    text = visitor.get("/settings/usage").text
    assert "report-service does not answer at the moment." in text
    assert "Endpoints" in rows(text)
