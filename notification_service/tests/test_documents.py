"""The two OpenAPI documents describe what is there."""

import pytest


@pytest.mark.django_db
def test_both_documents_are_made_without_a_login_and_without_a_warning(anonymous, capsys):
    public, internal = anonymous.get("/api/schema").json(), anonymous.get("/schema").json()
    assert "/notifications/{notification_id}/test" in public["paths"]
    assert "/notifications/send" in internal["paths"]
    settings = public["components"]["schemas"]["NotificationSettings"]["anyOf"]
    assert len(settings) == 3
    assert "Warning" not in capsys.readouterr().err
