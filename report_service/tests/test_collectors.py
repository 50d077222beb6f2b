"""What Prometheus is told of the results that came the whole way."""

from datetime import timedelta

import pytest
from django.utils import timezone

from common.testing.metrics import samples
from report_service.collectors import COLLECTORS
from report_service.tests.samples import result, send

pytestmark = pytest.mark.django_db
NAME = "pongpong_newest_result_age_seconds"


def test_a_region_is_as_old_as_its_newest_result():
    assert samples(*COLLECTORS) == {}
    now = timezone.now()
    for endpoint_id, region, seconds in ((10, "seoul", 90), (10, "tokyo", 3), (11, "seoul", 40)):
        send(result(endpoint_id=endpoint_id, region=region, checked_at=now - timedelta(seconds=seconds)))
    assert samples(*COLLECTORS) == {(NAME, "seoul"): pytest.approx(40, abs=5), (NAME, "tokyo"): pytest.approx(3, abs=5)}
