"""The checker's sentences on why a check failed, in the reader's language.

A cause is stored and sent as one English sentence, since nobody knows yet who will read it. Here are the forms of these
sentences; a reader's service finds which one it is and says it in their language. What is not recognised stays as it is.
The checker's tests hold its sentences to these forms.
"""

import re
from functools import cache
from typing import Any

import re2
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

MOST = 4000
"""Characters; a cause beyond is no sentence of the checker."""
NESTED = {"what", "wanted", "rest", "span"}
"""Parts of a sentence that have a form of their own."""
FORMS = (
    _("The region %(region)s does not reach the network. %(rest)s"),
    _("Connection refused by %(address)s after %(time)s ms"),
    _("Connection reset by %(address)s after %(time)s ms"),
    _("No route to the network of %(address)s after %(time)s ms"),
    _("No route to %(address)s after %(time)s ms"),
    _("No answer to the connection from %(address)s after %(time)s ms"),
    _("The server closed the connection without an answer (%(address)s, after %(time)s ms)"),
    _("The connection broke while receiving (%(address)s, after %(time)s ms): %(detail)s"),
    _("The connection broke while sending (%(address)s, after %(time)s ms): %(detail)s"),
    _("The connection broke while receiving (%(address)s, after %(time)s ms)"),
    _("The connection broke while sending (%(address)s, after %(time)s ms)"),
    _("Connecting to %(address)s failed after %(time)s ms: %(detail)s"),
    _("No connection to %(address)s after %(time)s ms"),
    _("No complete answer from %(address)s after %(time)s ms"),
    _("No answer within %(time)s s"),
    _("The TLS handshake failed: %(detail)s"),
    _("The address cannot be checked: %(detail)s"),
    _("The name could not be resolved: %(detail)s"),
    _("The name was not resolved after %(time)s ms"),
    _("The name leads to no public address"),
    _("The certificate is not accepted: %(detail)s"),
    _("%(what)s expires in %(span)s, on %(date)s"),
    _("%(what)s expired %(span)s ago, on %(date)s"),
    _("The certificate"),
    _("The certificate of %(host)s"),
    _("The intermediate certificate %(name)s of %(host)s"),
    _("The intermediate certificate %(name)s"),
    _("%(days)s days"),
    _("1 day"),
    _("%(hours)s hours"),
    _("1 hour"),
    _("%(minutes)s minutes"),
    _("1 minute"),
    _("The answer is no HTTP; it begins with %(seen)s"),
    _("The answer is broken: it ends in the middle of its headers"),
    _("The answer is broken: it has a header that is too long"),
    _("The answer is broken: %(detail)s"),
    _("The site spoke HTTP/%(spoken)s; HTTP/%(asked)s was asked for"),
    _("More than %(count)s redirects"),
    _("Redirected to an address that is not followed: %(detail)s"),
    _("The address %(address)s may not be checked"),
    _("The site answered %(status)s; expected %(expected)s"),
    _("The response took %(time)s ms, over %(limit)s ms"),
    _("The response took %(time)s ms; the limit is %(limit)s ms."),
    _("The certificate is valid for %(days)s more days; expected at least %(least)s."),
    _("There is no certificate to look at."),
    _("The condition %(condition)s took more than %(time)s s of computing"),
    _("The condition %(condition)s took more than %(size)s MiB of memory"),
    _("The conditions of this account's endpoints take more computing than its share"),
    _("The body's encoding %(name)s is not known here, so no condition on the body can hold."),
    _("Only the first %(size)s KiB of the body were read, so it is not known whether it contains %(value)s."),
    _("Only the first %(size)s KiB of the body were read, so %(path)s cannot be read."),
    _("The first %(size)s KiB of the body do not contain %(value)s."),
    _("The first %(size)s KiB of the body do not match %(value)s."),
    _("The body is nested too deeply, so %(path)s cannot be read."),
    _("The body does not contain %(value)s."),
    _("The body contains %(value)s."),
    _("The body does not match %(value)s."),
    _("The body is no JSON, so %(path)s cannot be read."),
    _("The value of %(kind)s must be a number."),
    _("The name %(name)s does not exist"),
    _("%(name)s has no %(kind)s records"),
    _("No resolver answered for %(name)s within %(time)s s"),
    _("No resolver could answer for %(name)s: %(detail)s"),
    _("The answer for %(name)s is broken: %(detail)s"),
    _("This machine names no resolvers"),
    _("%(name)s is no name that can be asked for"),
    _("The %(kind)s records of %(name)s are %(records)s; expected %(value)s among them"),
    _("No reply from %(address)s to %(count)s pings in %(time)s s"),
    _("%(address)s cannot be reached: %(detail)s"),
    _("No ping could be sent to %(address)s: %(detail)s"),
    _(
        "This machine does not allow pings: net.ipv4.ping_group_range leaves out the checker's group, and it may not open"
        " raw sockets"
    ),
    _("The state changed %(count)s times within an hour; until it is calm, its changes are not told"),
    _("The checks of the region %(region)s do not reach the network; until they do, failures count for nothing"),
    _("A header's name has characters that HTTP does not allow."),
    _("The libcurl that checks this endpoint does not speak HTTP/%(version)s"),
    _("Endpoints of the kind %(kind)s cannot be checked here"),
    _("At most %(count)s headers can be sent."),
    _("The header %(name)s cannot be set."),
    _("The value of the header %(name)s is not allowed."),
    _("The credentials have control characters in them."),
    _("The secrets of this endpoint cannot be read."),
    _("The settings of this endpoint could not be read; save them once more."),
    _("What the site answered could not be stored"),
    _("%(text)s is no set of HTTP codes such as 200-299,304."),
    _("%(pattern)s is no valid regular expression."),
    _("%(pattern)s is no valid JSONPath."),
    _("%(name)s is no operator."),
    _("%(what)s is missing; expected %(wanted)s."),
    _("%(what)s is missing."),
    _("%(what)s is there: %(found)s."),
    _("%(what)s is %(found)s; expected %(wanted)s."),
    _("The header %(name)s"),
    _("anything but %(value)s"),
    _("a match of %(value)s"),
    _("not matches %(value)s"),
    _("not contains %(value)s"),
    _("contains %(value)s"),
    _("less than %(value)s"),
    _("at most %(value)s"),
    _("greater than %(value)s"),
    _("at least %(value)s"),
)
"""The first that fits is meant."""
_PART = re.compile(r"%\((\w+)\)s")


def cause_told(text: str) -> str:
    """The sentence in the current language."""
    if (get_language() or "en").startswith("en") or len(text) > MOST:
        return text
    for form, pattern in _patterns():
        if found := pattern.fullmatch(text):
            parts = found.groupdict()
            return gettext(form) % {
                name: cause_told(part.strip()) if name in NESTED else part for name, part in parts.items()
            }
    return text


@cache
def _patterns() -> list[tuple[str, Any]]:
    """Each form with RE2's pattern of it, whose time is linear in the text: sites write parts of these sentences."""
    options = re2.Options()
    options.dot_nl = True
    return [(form, re2.compile(_pattern(form), options)) for form in FORMS]


def _pattern(form: str) -> str:
    """Its literal text, and a named group for each part."""
    pieces = _PART.split(form)
    literals, names = [re2.escape(piece) for piece in pieces[::2]], pieces[1::2]
    groups = "".join(f"(?P<{name}>.+?){literal}" for name, literal in zip(names, literals[1:], strict=True))
    return f"{literals[0]}{groups}"
