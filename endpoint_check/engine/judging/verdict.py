"""Whether an answer is good: the expected status and the conditions; and what is shown of one that is not."""

from collections.abc import Callable, Collection
from functools import lru_cache

from common.contracts.causes import Cause, because, mapped
from common.contracts.results import ErrorCode
from common.formats.conditions import Unreadable, statuses_of
from endpoint_check.engine.http.received import Received
from endpoint_check.engine.judging import charsets
from endpoint_check.engine.judging.assertions import failure_of
from endpoint_check.engine.judging.budget import Budget, Unlimited
from endpoint_check.engine.judging.facts import Facts
from endpoint_check.engine.judging.redaction import secrets_of
from endpoint_check.engine.outcome import Outcome
from endpoint_check.engine.spec import InvalidSpec, Spec

SHOWN_BODY = 2048
"""Bytes of a failing answer's body that go into the result."""
PLAIN = 8 * 1024
"""Bytes of a body in which words are looked for without more ado."""
EVIDENCE = -1
"""What is begun, in place of a condition's number, when the verdict is found and the answer is to be shown."""
_NOTHING = Received()
"""Of the kinds below HTTP."""


def conclude(
    spec: Spec,
    outcome: Outcome,
    received: Received = _NOTHING,
    *,
    budget: Budget | None = None,
    secrets: Callable[[], Collection[str]] | None = None,
) -> None:
    """Judge what came, unless the transfer has failed already; a failure of a site that answered shows its answer.

    Raises `Dear` where that is more work than the budget allows; it can be asked again then, with a greater one.
    """
    if not outcome.is_settled and _has_good_status(spec, outcome) and _is_plainly_good(spec, received):
        return
    facts = Facts(received, outcome, budget or Unlimited(), secrets or (lambda: secrets_of(spec)))
    if not outcome.is_settled:
        try:
            _assert(spec, outcome, facts)
        except InvalidSpec as error:
            outcome.fail(ErrorCode.INVALID_SPEC, error.cause)
    if outcome.is_settled:
        _show(outcome, facts)


def _is_plainly_good(spec: Spec, received: Received) -> bool:
    """Whether nothing is asked, or no more than words in a small body: most answers, at a third of the whole way's cost."""
    if not spec.assertions:
        return True
    body = received.body
    if len(body) > PLAIN or received.undecoded or not body.isascii() or b"\x1b" in body:
        return False
    for one in spec.assertions:
        word = one.value
        if one.kind != "body_contains" or not isinstance(word, str) or not word.isascii() or word.encode() not in body:
            return False
    return True


def _has_good_status(spec: Spec, outcome: Outcome) -> bool:
    """Whether the status is one of those expected; one that came late is good and degraded."""
    status, slow = outcome.http_status, spec.options.degraded_ms
    try:
        if status is not None and not _is_expected(spec.expected_status, status):
            outcome.fail(
                ErrorCode.UNEXPECTED_STATUS,
                because("status_differs", status=status, expected=spec.expected_status),
            )
            return False
    except InvalidSpec as error:
        outcome.fail(ErrorCode.INVALID_SPEC, error.cause)
        return False
    if slow is not None and (total := outcome.total_ms or 0.0) > slow:
        _degrade(outcome, ErrorCode.RESPONSE_TOO_SLOW, because("slow", time=round(total), limit=slow))
    return True


@lru_cache(maxsize=4096)
def _is_expected(expected: str, status: int) -> bool:
    try:
        return any(status in codes for codes in statuses_of(expected))
    except Unreadable as error:
        raise InvalidSpec(because("no_codes", text=repr(expected))) from error


def _assert(spec: Spec, outcome: Outcome, facts: Facts) -> None:
    for number, assertion in enumerate(spec.assertions):
        facts.budget.begin(number)
        failure = failure_of(assertion, facts)
        if failure is None:
            continue
        # A slow answer or an old certificate is a site that works.
        if assertion.kind == "response_time":
            _degrade(outcome, ErrorCode.RESPONSE_TOO_SLOW, failure)
        elif assertion.kind == "certificate_days":
            _degrade(outcome, ErrorCode.ASSERTION_FAILED, failure)
        else:
            outcome.fail(ErrorCode.ASSERTION_FAILED, failure)
            return


def _degrade(outcome: Outcome, code: ErrorCode, cause: Cause) -> None:
    if outcome.status == "up":
        outcome.status = "degraded"
        outcome.because(code, cause)


def _show(outcome: Outcome, facts: Facts) -> None:
    budget, redaction, received = facts.budget, facts.redaction, facts.received
    budget.begin(EVIDENCE)
    if outcome.error_code and outcome.cause:
        outcome.because(ErrorCode(outcome.error_code), mapped(outcome.cause, redaction.text))
    if outcome.http_status is None:
        return
    headers = redaction.headers(facts.headers)
    head = bytes(received.body[: SHOWN_BODY + 4 * redaction.longest])
    budget.spend(10 * len(head))
    body = redaction.excerpt(charsets.beginning_of(head, facts.charset), SHOWN_BODY)
    outcome.response_headers, outcome.response_body = headers, body
