"""The two OpenAPI documents describe what is there."""

import pytest

from common.contracts.channels import CHANNELS


@pytest.mark.django_db
def test_both_documents_are_made_without_a_login_and_without_a_warning(anonymous, capsys):
    public, internal = anonymous.get("/api/schema").json(), anonymous.get("/schema").json()
    assert "/notifications/{notification_id}/test" in public["paths"]
    assert "/notifications/send" in internal["paths"]
    settings = public["components"]["schemas"]["Notification"]["properties"]["settings"]["anyOf"]
    assert [kind["title"] for kind in settings] == list(CHANNELS)
    assert "Warning" not in capsys.readouterr().err
