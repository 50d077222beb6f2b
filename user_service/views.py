"""What the views of the public API have in common; each room has its own: `accounts`, `login`, `keys`."""

from rest_framework.request import Request
from rest_framework.response import Response

from common.api.views import PublicView
from common.security.auth import Consumer
from user_service import serializers
from user_service.accounts import services
from user_service.models import User


class OwnView(PublicView):
    """A view of the logged-in user's own account, which must still exist: a key may outlive it for seconds."""

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Whatever it does, first of all `NotLoggedIn` where the account is gone."""
        super().initial(request, *args, **kwargs)
        self.own_user = services.user_get(user_id=self.user_id)


def credential_of(request: Request) -> str | None:
    """The id of the key that the request came with."""
    caller: object = request.user
    return caller.credential if isinstance(caller, Consumer) else None


def user_with_key(user: User, key: str, *, code: int) -> Response:
    return Response({**serializers.UserSerializer(user).data, "key": key}, status=code)
