"""No text, however strange, puts a header of its own into a mail."""

import email
import email.policy

from hypothesis import given
from hypothesis import strategies as st

from email_service.message import build
from email_service.serializers import EmailSerializer

HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding",
}  # fmt: skip
NASTY = st.text(st.sampled_from('aA0 \t\r\n\x0b\x0c\x1c\x85\u2028\0:;,<>@"()[]=?\\.한é'), max_size=40)
LINES = NASTY | st.text(max_size=200) | st.builds("{}\r\nBcc: x@example.com\r\n\r\n{}".format, NASTY, NASTY)
LOCAL_PARTS = st.text(st.sampled_from("abcdefgh0123456789.!#$%&'*+/=?^_`{|}~-"), min_size=1, max_size=30)


@given(subject=LINES, local_part=LOCAL_PARTS | NASTY, text=LINES, html=LINES, key=LINES)
def test_a_mail_has_its_own_headers_and_recipients_and_no_others(subject, local_part, text, html, key):
    address = f"{local_part}@example.com"
    serializer = EmailSerializer(
        data={"to": [address], "subject": subject, "text": text, "html": html, "idempotency_key": key}
    )
    if not serializer.is_valid():
        return
    fields = {name: value for name, value in serializer.validated_data.items() if name != "confirmed"}
    message, _name = build(sender="pongpong <alerts@pongpong.io>", **fields)
    parsed = email.message_from_bytes(bytes(message), policy=email.policy.default)
    assert set(parsed.keys()) <= HEADERS
    assert len(parsed.keys()) == len(set(parsed.keys()))
    assert [recipient.addr_spec for recipient in parsed["To"].addresses] == [serializer.validated_data["to"][0]]
    assert "\n" not in str(parsed["Subject"])
