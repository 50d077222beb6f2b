"""Whether an answer is good: the expected status and the conditions."""

from common.conditions import Unreadable, statuses_of
from endpoint_check.engine.assertions import FAILURES, Answer
from endpoint_check.engine.outcome import ErrorCode, Outcome
from endpoint_check.engine.received import Received
from endpoint_check.engine.redaction import Redaction
from endpoint_check.engine.spec import InvalidSpec, Spec

SHOWN_BODY = 2048
"""Bytes of a failing answer's body that go into the result."""
_NOTHING = Received()
"""Of the kinds below HTTP."""


def conclude(spec: Spec, outcome: Outcome, received: Received) -> None:
    """Judge what came, unless the transfer has failed already; a failure of a site that answered shows its answer."""
    if outcome.status == "up":
        judge(spec, outcome, received)
    if outcome.status == "down" and outcome.http_status is not None:
        redaction = Redaction(spec)
        outcome.message = redaction.text(outcome.message)
        outcome.response_headers = redaction.headers(received.headers)
        outcome.response_body = redaction.excerpt(received.body, SHOWN_BODY)


def judge(spec: Spec, outcome: Outcome, received: Received = _NOTHING) -> None:
    """Apply the expected status and the assertions to an answer that arrived; sets status, code and message."""
    try:
        if outcome.http_status is not None and not _is_expected(spec, outcome.http_status):
            outcome.fail(
                ErrorCode.UNEXPECTED_STATUS,
                f"The site answered {outcome.http_status}; expected {spec.expected_status}",
            )
            return
        total = outcome.total_ms or 0.0
        slow = spec.options.degraded_ms
        if slow is not None and total > slow:
            _degrade(outcome, ErrorCode.RESPONSE_TOO_SLOW, f"The response took {total:.0f} ms, over {slow:g} ms")
        if spec.assertions:
            _assert(spec, outcome, Answer(received, total, outcome.certificate_expires_at))
    except InvalidSpec as error:
        outcome.fail(ErrorCode.INVALID_SPEC, str(error))


def _is_expected(spec: Spec, status: int) -> bool:
    try:
        return any(status in codes for codes in statuses_of(spec.expected_status))
    except Unreadable as error:
        raise InvalidSpec(f"{spec.expected_status!r} is no set of HTTP codes such as 200-299,304.") from error


def _assert(spec: Spec, outcome: Outcome, answer: Answer) -> None:
    for assertion in spec.assertions:
        failure = FAILURES[assertion.kind](assertion, answer)
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


def _degrade(outcome: Outcome, code: ErrorCode, sentence: str) -> None:
    if outcome.status == "up":
        outcome.status, outcome.error_code = "degraded", code.value
        outcome.message = sentence
