"""What the fleet asks of email_service."""

from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.views import InternalView
from email_service import services
from email_service.errors import MailFailed
from email_service.serializers import EmailAnswerSerializer, EmailSerializer


class EmailsView(InternalView):
    serializer_class = EmailSerializer

    @extend_schema(operation_id="emails_send", responses={200: EmailAnswerSerializer})
    def post(self, request: Request) -> Response:
        """Send one mail; the answer says whether the mail server took it."""
        try:
            sent = services.email_send(**self.validated(request))
        except MailFailed as failure:
            return Response(
                {
                    "status": "fail",
                    "code": failure.code,
                    "message": failure.message,
                    "permanent": failure.permanent,
                    "retry_after": None,
                }
            )
        refused = [asdict(refusal) for refusal in sent.refused]
        return Response({"status": "ok", "message_id": sent.message_id, "refused": refused})
