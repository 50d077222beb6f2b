"""What `POST /emails` promises, against a real SMTP server and a real folder."""

import email
import email.policy
import socket
from typing import Any

import pytest

from common.testing.contracts import assert_error, assert_ok

MAIL: dict[str, Any] = {
    "to": ["owner@example.com"],
    "subject": "다운: api.example.com (연결 거부)",
    "text": "연결이 거부되었습니다.\n",
    "html": "<p>연결이 거부되었습니다.</p>",
    "idempotency_key": "delivery-7",
}


def parsed(raw: bytes) -> Any:
    return email.message_from_bytes(raw, policy=email.policy.default)


def send(client: Any, **changes: Any) -> Any:
    return client.post("/emails", MAIL | changes)


def test_a_mail_reaches_the_server_with_text_and_html(internal, mailbox):
    assert_ok(send(internal))
    mail = parsed(mailbox.mails[0])
    assert mail["Subject"] == MAIL["subject"]
    assert mail["To"] == "owner@example.com"
    assert mail["From"] == "pongpong <alerts@pongpong.io>"
    assert mail.get_body(("plain",)).get_content().strip() == MAIL["text"].strip()
    assert "<p>연결이 거부되었습니다.</p>" in mail.get_body(("html",)).get_content()


def test_a_repetition_carries_the_same_message_id(internal, mailbox):
    first, second = assert_ok(send(internal)), assert_ok(send(internal))
    assert first["message_id"] == second["message_id"] == "<delivery-7@pongpong.io>"
    assert {parsed(raw)["Message-ID"] for raw in mailbox.mails} == {"<delivery-7@pongpong.io>"}


def test_another_key_makes_another_message_id_whatever_it_holds(internal, mailbox):
    ids = {
        assert_ok(send(internal, idempotency_key=key))["message_id"] for key in ("a", "b", "a>\t<b", "ㄱ", "x" * 200)
    }
    assert len(ids) == 5
    assert all(name.isascii() and " " not in name for name in ids)


def test_a_single_address_may_come_as_text(internal, mailbox):
    assert_ok(send(internal, to="one@example.com"))
    assert parsed(mailbox.mails[0])["To"] == "one@example.com"


def test_one_connection_serves_several_mails(internal, mailbox):
    for number in range(3):
        assert_ok(send(internal, idempotency_key=str(number)))
    assert len(mailbox.peers) == 1


def test_an_unknown_recipient_is_a_permanent_failure_in_the_servers_words(internal, mailbox):
    mailbox.answers["owner@example.com"] = "550 5.1.1 No such user here"
    body = send(internal).json()
    assert body["status"] == "fail"
    assert body["code"] == "SMTP_550"
    assert "5.1.1 No such user here" in body["message"]
    assert body["permanent"] is True


def test_a_greylisted_recipient_is_a_temporary_failure(internal, mailbox):
    mailbox.answers["owner@example.com"] = "451 4.7.1 Try again later"
    body = send(internal).json()
    assert (body["status"], body["permanent"], body["retry_after"]) == ("fail", False, None)
    assert "Try again later" in body["message"]


@pytest.mark.parametrize(("answer", "permanent"), [("452 4.3.1 Disk full", False), ("554 5.7.1 Looks like spam", True)])
def test_an_answer_to_the_content_counts_by_its_class(internal, mailbox, answer, permanent):
    mailbox.data_answer = answer
    body = send(internal).json()
    assert (body["status"], body["permanent"]) == ("fail", permanent)
    assert answer in body["message"]


def test_addresses_refused_beside_others_are_named(internal, mailbox):
    mailbox.answers["gone@example.com"] = "550 gone"
    body = assert_ok(send(internal, to=["owner@example.com", "gone@example.com"]))
    assert body["refused"] == [
        {"address": "gone@example.com", "code": "SMTP_550", "message": "550 gone", "permanent": True}
    ]


def test_a_server_that_does_not_answer_is_a_temporary_failure(internal, settings):
    settings.SMTP_HOST, settings.SMTP_PORT, settings.SMTP_TLS = "127.0.0.1", 9, "none"
    body = send(internal).json()
    assert (body["status"], body["code"], body["permanent"]) == ("fail", "UNREACHABLE", False)


def test_a_server_that_hangs_is_a_temporary_failure(internal, settings):
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        settings.SMTP_HOST, settings.SMTP_PORT = "127.0.0.1", hanging.getsockname()[1]
        settings.SMTP_TLS, settings.SMTP_TIMEOUT = "none", 0.2
        body = send(internal).json()
    assert (body["status"], body["code"], body["permanent"]) == ("fail", "TIMEOUT", False)


def test_a_server_that_hangs_in_the_middle_of_a_mail_is_a_temporary_failure_and_forgotten(internal, mailbox, settings):
    settings.SMTP_TIMEOUT = 0.3
    assert_ok(send(internal))
    mailbox.hangs = 1.0
    body = send(internal).json()
    assert (body["status"], body["code"], body["permanent"]) == ("fail", "TIMEOUT", False)
    mailbox.hangs = 0.0
    assert_ok(send(internal))
    assert len(mailbox.peers) == 2


def test_a_connection_that_the_server_has_closed_meanwhile_is_opened_again(internal, mailbox):
    assert_ok(send(internal))
    mailbox.writer.close()
    assert_ok(send(internal))
    assert len(mailbox.mails) == len(mailbox.peers) == 2


def test_a_missing_login_on_the_server_does_not_blame_the_recipient(internal, mailbox, settings):
    settings.SMTP_USER, settings.SMTP_PASSWORD = "pongpong", "secret"
    body = send(internal).json()
    assert (body["status"], body["permanent"]) == ("fail", False)


def test_without_a_server_each_mail_is_one_whole_file(internal, folder):
    assert_ok(send(internal))
    assert_ok(send(internal))
    assert [path.name for path in folder.iterdir()] == ["delivery-7.eml"]
    assert parsed((folder / "delivery-7.eml").read_bytes())["Subject"] == MAIL["subject"]


def test_a_folder_that_cannot_be_written_is_a_temporary_failure(internal, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.MAIL_FOLDER = str(tmp_path / "file" / "mail")
    body = send(internal).json()
    assert (body["status"], body["code"], body["permanent"]) == ("fail", "FOLDER_FAILED", False)


def test_without_server_and_folder_it_says_so(internal, settings):
    settings.SMTP_HOST = settings.MAIL_FOLDER = ""
    body = send(internal).json()
    assert (body["status"], body["code"], body["permanent"]) == ("fail", "NOT_CONFIGURED", False)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("to", []),
        ("to", ["no address"]),
        ("to", ["a@example.com\r\nBcc: b@example.com"]),
        ("to", ["a@example.com\nBcc: b@example.com"]),
        ("to", ["a@example.com, b@example.com"]),
        ("to", ["Name <a@example.com>"]),
        ("to", [f"a{number}@example.com" for number in range(51)]),
        ("subject", "Down\r\nBcc: b@example.com"),
        ("subject", "Down\nX"),
        ("subject", "Down\u2028X"),
        ("subject", ""),
        ("subject", "x" * 501),
        ("text", ""),
    ],
)
def test_what_could_smuggle_a_header_or_is_no_mail_is_refused(internal, mailbox, field, value):
    assert_error(send(internal, **{field: value}), 400, "VALIDATION_FAILED")
    assert mailbox.mails == []


def test_a_recipient_of_an_international_domain_is_written_to(internal, mailbox):
    assert_ok(send(internal, to=["me@한국.kr"]))
    assert parsed(mailbox.mails[0])["To"] == "me@xn--3e0b707e.kr"


def test_without_the_fleets_token_the_path_does_not_exist(anonymous, owner, folder):
    for client in (anonymous, owner):
        assert_error(client.post("/emails", MAIL), 404)
        assert_error(client.post("/api/emails", MAIL), 404)
    assert not folder.exists()


def test_an_odd_character_refuses_no_mail(internal, mailbox):
    assert_ok(internal.post("/emails", MAIL | {"text": "NUL \x00"}))
    assert len(mailbox.mails) == 1


def test_each_address_has_its_own_result_in_the_spelling_in_which_it_was_given(internal, mailbox):
    mailbox.answers = {"gone@example.com": "550 no such user", "ops@xn--bcher-kva.example": "451 later"}
    to = ["owner@example.com", "gone@example.com", "ops@bücher.example"]
    body = assert_ok(internal.post("/emails", MAIL | {"to": to}))
    assert [(one["address"], one["result"], one["code"]) for one in body["recipients"]] == [
        ("owner@example.com", "accepted", ""),
        ("gone@example.com", "permanent", "SMTP_550"),
        ("ops@bücher.example", "temporary", "SMTP_451"),
    ]
    assert {one["address"] for one in body["refused"]} == {"gone@example.com", "ops@bücher.example"}


def test_an_address_that_no_server_can_be_told_keeps_nothing_from_the_others(internal, mailbox):
    to = ["owner@example.com", "ſ@example.com", "İ@example.com", "a@" + "ü" * 63 + ".example"]
    body = assert_ok(internal.post("/emails", MAIL | {"to": to}))
    assert [(one["result"], one["code"]) for one in body["recipients"]] == [
        ("accepted", ""),
        *[("permanent", "INVALID_ADDRESS")] * 3,
    ]
    assert len(mailbox.mails) == 1


def test_where_nobody_is_taken_each_address_still_has_its_own_reason(internal, mailbox):
    mailbox.answers = {"gone@example.com": "550 no such user", "ops@bücher.example": "451 later"}
    mailbox.answers["ops@xn--bcher-kva.example"] = "451 later"
    body = internal.post("/emails", MAIL | {"to": ["gone@example.com", "ops@bücher.example"]}).json()
    assert (body["status"], body["permanent"]) == ("fail", False)
    assert [one["result"] for one in body["recipients"]] == ["permanent", "temporary"]


def test_one_address_gets_no_more_than_its_share_whoever_sends_and_others_are_not_put_off(internal, mailbox, settings):
    settings.MAILS_PER_ADDRESS = 3
    for spelled in ("ops@bücher.example", "ops@xn--bcher-kva.example", "OPS@bücher.example"):
        assert_ok(internal.post("/emails", MAIL | {"to": spelled}))
    body = assert_ok(internal.post("/emails", MAIL | {"to": ["ops@bücher.example", "else@example.com"]}))
    assert [(one["result"], one["code"]) for one in body["recipients"]] == [
        ("temporary", "TOO_MANY_MAILS"),
        ("accepted", ""),
    ]
    assert len(mailbox.mails) == 4


@pytest.mark.parametrize(
    "spellings",
    [
        ["stranger@example.com"] * 8,
        [f"stranger+{number}@example.com" for number in range(8)],
        ["stranger@example.com", "Stranger@EXAMPLE.com", "stranger@ex\u00adample.com", "stranger@ｅｘample.com"] * 2,
    ],
)
def test_who_agreed_to_nothing_gets_five_mails_in_half_a_day(internal, mailbox, spellings):
    strangers = [MAIL | {"to": spelled, "confirmed": False} for spelled in spellings]
    answers = [internal.post("/emails", stranger).json()["status"] for stranger in strangers]
    assert answers == ["ok"] * 5 + ["fail"] * 3
    assert len(mailbox.mails) == 5


def test_a_newer_mail_is_put_off_for_who_knows_it_and_one_of_now_is_sent(internal, mailbox):
    body = send(internal, contract=99).json()
    assert (body["status"], body["code"], body["permanent"]) == ("fail", "UNKNOWN_CONTRACT", False)
    assert mailbox.mails == []
    assert assert_ok(send(internal, contract=1))["status"] == "ok"
