"""Beat's schedule and the queues, from the fleet data."""

from common.beat import queue_of, schedule
from common.fleet import fleet, host_name, url_variable


def test_every_entry_expires_before_it_could_pile_up() -> None:
    for entry in schedule("default").values():
        assert 0 < entry["options"]["expires"] <= entry["schedule"]


def test_checks_wait_in_the_queue_of_their_region() -> None:
    assert queue_of("endpoint_check.tasks.check", "seoul") == "endpoint_check.check.seoul"
    assert queue_of("endpoint_check.tasks.dispatch", "seoul") == "endpoint_check.dispatch.seoul"
    assert queue_of("endpoint_check.tasks.sync", "seoul") == "endpoint_check.default.seoul"
    assert queue_of("user_service.tasks.purge", "seoul") == "user_service.default"


def test_names_are_the_briefs() -> None:
    assert host_name("user_service") == "user-service"
    assert url_variable("user_service") == "USER_SERVICE_URL"
    assert set(fleet().services) == {
        "user_service", "endpoint_service", "notification_service", "report_service", "email_service", "slack_service",
        "endpoint_check", "frontend",
    }  # fmt: skip
