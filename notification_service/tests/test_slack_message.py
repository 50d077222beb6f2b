"""What a Slack message looks like: a line, and beside a bar in the state's colour cause, duration and links."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.contracts.alerts import CHOICES, Tone
from notification_service.messages import slack_blocks
from notification_service.messages.content import Content, Item

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
NASTY = st.text(st.sampled_from("&<>aé 한\n|*"), max_size=600) | st.just("&" * 600)


def item(event="down", **changes):
    endpoint_id = None if event == "region_held" else 7
    values = {
        "incident_id": "1", "event": event, "endpoint_id": endpoint_id, "endpoint_name": "api", "region": "seoul",
        "url": "https://api.example.com/", "cause": "Connection refused", "error_code": "connection_refused",
        "started_at": NOW, "occurred_at": NOW, "last_good_at": NOW,
    }  # fmt: skip
    return Item(**values | changes)


def attachments(*items, language="en"):
    return slack_blocks.attachments(Content("alert", language, "Asia/Seoul", NOW, 1, items))


@pytest.mark.parametrize(
    ("event", "colour"),
    [
        ("down", slack_blocks.COLOURS[Tone.BAD]),
        ("up", slack_blocks.COLOURS[Tone.GOOD]),
        ("degraded", slack_blocks.COLOURS[Tone.WARNING]),
        ("region_held", slack_blocks.COLOURS[Tone.QUIET]),
    ],
)
def test_each_state_has_its_colour(event, colour):
    (attachment,) = attachments(item(event))
    assert attachment["color"] == colour


def test_a_recovery_tells_how_long_it_lasted_and_links_to_the_endpoint(settings):
    settings.PUBLIC_URL = "https://pongpong.example"
    (attachment,) = attachments(item("up", duration=timedelta(minutes=4, seconds=12)), language="ko")
    facts, actions = attachment["blocks"]
    assert "*지속 시간*\n4분 12초" in [field["text"] for field in facts["fields"]]
    assert actions["elements"][0]["url"] == "https://pongpong.example/endpoints/7"


def test_a_grouped_message_has_a_bar_for_each_state_and_names_how_many_more():
    many = [item("down", endpoint_name=f"site {number}") for number in range(15)]
    down, up = attachments(*many, *(item("up") for _ in range(9)))
    assert (down["color"], up["color"]) == (slack_blocks.COLOURS[Tone.BAD], slack_blocks.COLOURS[Tone.GOOD])
    assert (len(down["blocks"]), len(up["blocks"])) == (15, 6)
    assert down["blocks"][0]["text"]["text"].endswith("|Down: site 0 (connection refused)>")
    assert "and 4 more" in up["blocks"][-1]["text"]["text"]


def test_a_message_without_endpoints_is_a_line_alone():
    assert attachments() == []


@given(
    st.lists(
        st.builds(item, st.sampled_from(CHOICES), endpoint_name=NASTY, cause=NASTY, url=NASTY, error_code=st.just("")),
        min_size=1,
        max_size=30,
    )
)
def test_whatever_the_names_slacks_limits_hold(items):
    made = attachments(*items)
    assert len(made) <= 20
    assert sum(len(attachment["blocks"]) for attachment in made) <= 50
    for block in (block for attachment in made for block in attachment["blocks"]):
        assert len(block.get("text", {}).get("text", "")) <= 3000
        assert len(block.get("fields", [])) <= 10
        assert all(len(field["text"]) <= 2000 for field in block.get("fields", []))
