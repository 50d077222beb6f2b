"""Calls that several pages make, and the paths of what they are about."""

from common.contracts.answers.endpoint_service import Endpoint
from common.contracts.answers.report_service import Glance, Incident, Report
from frontend.gateway.answers import Page
from frontend.gateway.client import Gateway

ENDPOINTS = "/endpoint-service/endpoints"
MEASURED = "/report-service/endpoints"
REPORTS = "/report-service/reports"
INCIDENTS = "/report-service/incidents"
OVERVIEW = "/report-service/overview"
MOST_OVERVIEW = 5000
MOST_CHOICES = 1000
"""As many endpoints as a channel or a window can name."""
PER_PAGE = 100


def get_endpoint(gateway: Gateway, number: int) -> Endpoint:
    """One endpoint; raises `Refused`."""
    return gateway.get(f"{ENDPOINTS}/{number}", Endpoint)


def list_endpoints(gateway: Gateway) -> list[Endpoint]:
    """By name, at most a thousand, for choosing among them."""
    found: list[Endpoint] = []
    for page in range(1, MOST_CHOICES // PER_PAGE + 1):
        answer = gateway.get(ENDPOINTS, Page[Endpoint], sort="name", per_page=PER_PAGE, page=page)
        found += answer.items
        if len(found) >= answer.page.total_count:
            break
    return found


def get_overview(gateway: Gateway) -> list[Glance]:
    """What was measured of all the visitor's endpoints, in one call."""
    return gateway.get(OVERVIEW, Page[Glance], per_page=MOST_OVERVIEW).items


def list_reports(
    gateway: Gateway, endpoint_id: int, *, per_page: int, page: str | None = None, status: str = ""
) -> Page[Report]:
    """An endpoint's results, newest first."""
    return gateway.get(REPORTS, Page[Report], endpoint_id=endpoint_id, per_page=per_page, page=page, status=status)


def list_incidents(
    gateway: Gateway,
    *,
    per_page: int,
    page: str | None = None,
    endpoint_id: int | None = None,
    status: str = "",
) -> Page[Incident]:
    """Newest first."""
    return gateway.get(INCIDENTS, Page[Incident], endpoint_id=endpoint_id, per_page=per_page, page=page, status=status)
