"""Who calls: the gateway's `X-Consumer-Custom-ID` is the logged-in user, its absence (or anything odd) is nobody."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from common.api.errors import NotLoggedIn
from common.formats.ids import MAX_ID
from common.security.internal import has_gateway_token
from common.security.key_use import key_use

if TYPE_CHECKING:
    from rest_framework.views import APIView

_USER_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_CREDENTIAL = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True)
class Consumer:
    """A logged-in user as the gateway names it: the id, and the id of the key in use where the gateway tells it."""

    id: int
    credential: str | None = None

    is_authenticated = True
    is_anonymous = False

    @property
    def pk(self) -> int:
        """What Django and DRF call the id."""
        return self.id


def consumer_of(request: HttpRequest) -> Consumer | None:
    """The consumer that the gateway put into the request's headers, or None.

    Fails closed: an empty, malformed, too large or repeated header (WSGI joins repetitions with a comma) is nobody,
    and so is everything that did not pass the gateway, which proves itself with its token.
    """
    user_id = request.headers.get("X-Consumer-Custom-ID", "")
    if not _USER_ID.fullmatch(user_id) or int(user_id) > MAX_ID:
        return None
    if request.headers.get("X-Anonymous-Consumer"):
        return None
    if not has_gateway_token(request):
        return None
    credential = request.headers.get("X-Credential-Identifier", "")
    return Consumer(int(user_id), credential if _CREDENTIAL.fullmatch(credential) else None)


class ConsumerMiddleware:
    """Sets `request.consumer`; views outside of DRF read it there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Believe the header on public paths only: internal callers name the user in what they ask."""
        public = request.path_info.startswith(f"{settings.PUBLIC_PREFIX}/")
        consumer = consumer_of(request) if public else None
        request.consumer = consumer  # type: ignore[attr-defined]
        if consumer is not None and consumer.credential is not None:
            key_use.note(consumer.credential)
        return self.get_response(request)


class ConsumerAuthentication(BaseAuthentication):
    """DRF's side of it: `request.user` is a `Consumer`, or None."""

    def authenticate(self, request: Request) -> tuple[Consumer, None] | None:
        """Take what the middleware found."""
        consumer: Consumer | None = getattr(request._request, "consumer", None)  # noqa: SLF001  DRF's own idiom
        return (consumer, None) if consumer else None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        """Makes DRF answer 401, not 403, to nobody."""
        return "apikey"


class IsLoggedIn(BasePermission):
    """Refuses nobody with 401, and who was deleted where they would change something: a key may live on for seconds."""

    def has_permission(self, request: Request, view: "APIView") -> bool:  # noqa: ARG002
        """True for a consumer."""
        user: object = request.user
        if not isinstance(user, Consumer):
            return False
        if request.method in SAFE_METHODS or not settings.FLEET_SERVICE.database:
            return True
        from common.between.owners import is_gone  # noqa: PLC0415  settings name this class, so it stands before the models

        if is_gone(user.id):
            raise NotLoggedIn
        return True


def user_id_of(request: Request) -> int:
    """The caller's user id; only behind `IsLoggedIn`."""
    user: object = request.user
    if not isinstance(user, Consumer):
        raise TypeError("user_id_of needs a view that requires a login")
    return user.id
