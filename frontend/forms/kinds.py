"""How endpoints differ by kind in the form: their fields, their options, and what their address looks like."""

from typing import Any

from django.utils.translation import gettext_lazy as _

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
RECORD_TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT")
LABELS = {
    "http": _("Web (HTTP)"),
    "tcp": _("TCP port"),
    "tls": _("Certificate (TLS)"),
    "dns": _("Name (DNS)"),
    "ping": _("Ping"),
}
HELP = {
    "http": _("A URL is enough; https:// is added if you leave it out."),
    "tcp": _("Host and port; up means that a connection can be made."),
    "tls": _("Host and port, 443 if you leave it out; up means a valid certificate."),
    "dns": _("A name; up means that it is found."),
    "ping": _("A host; up means that it answers."),
}
EXAMPLES = {
    "http": "https://example.com/health",
    "tcp": "db.example.com:5432",
    "tls": "example.com",
    "dns": "example.com",
    "ping": "example.com",
}
ONLY = {
    "method": ("http",),
    "expected_status": ("http",),
    "body_contains": ("http",),
    "headers": ("http",),
    "body": ("http",),
    "auth": ("http",),
    "username": ("http",),
    "secret": ("http",),
    "follow_redirects": ("http",),
    "max_body_kib": ("http",),
    "http_version": ("http",),
    "verify_tls": ("http", "tls"),
    "certificate_warnings": ("http", "tls"),
    "ip_version": ("http", "tcp", "tls", "ping"),
    "record_type": ("dns",),
    "expected": ("dns",),
}
"""The fields that not every kind has, as endpoint_service has it."""
OPTIONS = (
    "degraded_ms", "max_body_kib", "follow_redirects", "verify_tls", "http_version", "ip_version", "record_type", "expected",
    "certificate_warnings",
)  # fmt: skip
DEFAULTS: tuple[Any, ...] = (None, "auto")
"""What is not stored."""
NO_AUTH = "none"
SECRETS = {"basic": "password", "bearer": "token"}


def kind_of(name: str) -> str:
    """A kind that there is; the web where it is none."""
    return name if name in LABELS else "http"


def fields_of_others(kind: str) -> list[str]:
    """The fields that this kind does not have."""
    return [name for name, owners in ONLY.items() if kind not in owners]


def options_of(data: dict[str, Any]) -> dict[str, Any]:
    """The API's options of a clean form; None stands for the default, and a choice that was not sent is left out."""
    options = {name: data[name] for name in OPTIONS if data.get(name, "") != ""}
    if data.get("auth"):
        options["auth"] = _auth(data)
    return {name: None if value in DEFAULTS else value for name, value in options.items()}


def _auth(data: dict[str, Any]) -> dict[str, str] | None:
    chosen = data["auth"]
    if chosen == NO_AUTH:
        return None
    named = {"username": data["username"]} if chosen == "basic" else {}
    return {"kind": chosen, SECRETS[chosen]: data["secret"], **named}


def initial_of(options: dict[str, Any]) -> dict[str, Any]:
    """The form's values of the API's options."""
    auth = options.get("auth") or {}
    return {
        "degraded_ms": options.get("degraded_ms"),
        "max_body_kib": options.get("max_body_kib"),
        "follow_redirects": options.get("follow_redirects", True),
        "verify_tls": options.get("verify_tls", True),
        "http_version": options.get("http_version", "auto"),
        "ip_version": options.get("ip_version", "auto"),
        "record_type": options.get("record_type", "A"),
        "expected": "\n".join(options.get("expected") or []),
        "certificate_warnings": ", ".join(f"{days:g}" for days in options.get("certificate_warnings") or []),
        "auth": auth.get("kind", NO_AUTH),
        "username": auth.get("username", ""),
        "secret": auth.get(SECRETS.get(auth.get("kind", ""), ""), ""),
    }
