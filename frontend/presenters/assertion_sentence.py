"""What may be asserted about an answer, in words."""

from django.utils.translation import gettext as _

from common.contracts.answers.endpoint_service import Assertion
from common.contracts.assertions import ASSERTIONS, OPERATORS


def text(assertion: Assertion) -> str:
    """`JSON value $.status equals “ok”`."""
    kind, value = assertion.kind, assertion.value
    known = ASSERTIONS.get(kind)
    words = [_(known.label) if known else kind, assertion.target]
    operator = assertion.operator
    words.append(_(OPERATORS[operator]) if operator in OPERATORS else "")
    if known and known.bounds:
        words[0] = words[0].partition("(")[0].strip()
        words.append(f"{value} {_(known.unit)}")
    elif value is not None:
        words.append(_("“%(text)s”") % {"text": value} if isinstance(value, str) else str(value))
    return " ".join(filter(None, words))
