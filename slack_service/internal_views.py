"""What the fleet asks of slack_service."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.views import InternalView
from common.between.skipped_messages import refusal_of
from common.contracts.messages import FIELD, SLACK_MESSAGE
from slack_service import services
from slack_service.errors import SlackFailed
from slack_service.serializers import MessageAnswerSerializer, MessageSerializer


class MessagesView(InternalView):
    serializer_class = MessageSerializer

    @extend_schema(operation_id="messages_send", responses={200: MessageAnswerSerializer})
    def post(self, request: Request) -> Response:
        """Send one message; the answer says whether Slack took it."""
        if newer := refusal_of(request.data, contract=SLACK_MESSAGE, name="slack_messages"):
            return Response(newer)
        message = self.validated(request)
        message.pop(FIELD, None)
        try:
            message_id = services.message_send(**message)
        except SlackFailed as failure:
            return Response(
                {
                    "status": "fail",
                    "code": failure.code,
                    "message": f"Slack: {failure.reason}",
                    "permanent": failure.permanent,
                    "retry_after": failure.retry_after,
                }
            )
        return Response({"status": "ok", "message_id": message_id})
