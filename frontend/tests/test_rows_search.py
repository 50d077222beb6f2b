"""The dashboard finds by name, address and key, whatever the order."""

import pytest

from common.contracts.answers.report_service import Glance
from frontend.presenters.dashboard_rows import SPANS, filter_and_sort

ITEM = Glance(
    endpoint_id=7, key="shop-prod", name="Storefront", url="https://www.example.com/", state="up", uptime={"90d": 1.0}
)


@pytest.mark.parametrize("sort", ["uptime", "-response"])
@pytest.mark.parametrize(("text", "found"), [("SHOP-PROD", 1), ("store", 1), ("example.com", 1), ("other", 0)])
def test_a_search_finds_by_key_too_where_the_order_is_by_measurements(sort, text, found):
    rows = filter_and_sort(overview=[ITEM], filters={"search": text}, sort=sort, span=SPANS["90d"])
    assert len(rows) == found
