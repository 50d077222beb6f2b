"""The web: a request, its answer and everything on the way."""

from common.contracts.kinds.base import ANSWER, HTTP, REQUEST, SOCKET, TLS, Kind
from common.contracts.targets import WebAddress
from common.contracts.texts import N_

KIND = Kind(
    name="http",
    short="HTTP",
    label=N_("Web (HTTP)"),
    help=N_("A URL is enough; https:// is added if you leave it out."),
    example="https://example.com/health",
    target=WebAddress(https=443, http=80),
    traits=frozenset({REQUEST, ANSWER, HTTP, TLS, SOCKET}),
)
