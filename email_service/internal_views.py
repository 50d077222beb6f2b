"""What the fleet asks of email_service."""

from collections.abc import Sequence
from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.views import InternalView
from common.between.skipped_messages import refusal_of
from common.contracts.messages import FIELD, MAIL
from email_service import services
from email_service.errors import MailFailed, Refusal
from email_service.serializers import EmailAnswerSerializer, EmailSerializer


class EmailsView(InternalView):
    serializer_class = EmailSerializer

    @extend_schema(operation_id="emails_send", responses={200: EmailAnswerSerializer})
    def post(self, request: Request) -> Response:
        """Send one mail; the answer says whether the mail server took it."""
        if newer := refusal_of(request.data, contract=MAIL, name="mails"):
            return Response(newer | {"recipients": []})
        mail = self.validated(request)
        mail.pop(FIELD, None)
        try:
            sent = services.email_send(**mail)
        except MailFailed as failure:
            return Response(
                {
                    "status": "fail",
                    "code": failure.code,
                    "message": failure.message,
                    "permanent": failure.permanent,
                    "retry_after": None,
                    "recipients": _recipients(mail["to"], failure.refused, failure),
                }
            )
        refused = [asdict(refusal) for refusal in sent.refused]
        recipients = _recipients(mail["to"], sent.refused)
        return Response({"status": "ok", "message_id": sent.message_id, "refused": refused, "recipients": recipients})


def _recipients(
    to: Sequence[str], refused: Sequence[Refusal], failure: MailFailed | None = None
) -> list[dict[str, str]]:
    """What became of each address; one of which nothing was said shares the fate of the whole mail."""
    said = {refusal.address: refusal for refusal in refused}
    return [_recipient(address, said.get(address) or failure) for address in to]


def _recipient(address: str, reason: Refusal | MailFailed | None) -> dict[str, str]:
    if reason is None:
        return {"address": address, "result": "accepted", "code": "", "message": ""}
    result = "permanent" if reason.permanent else "temporary"
    return {"address": address, "result": result, "code": reason.code, "message": reason.message}
