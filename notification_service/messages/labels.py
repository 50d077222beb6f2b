"""The sentences of every message, in the language that is active; channels only lay them out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from common.contracts.alerts import CLOSED, ENDINGS, event_named
from common.contracts.results import REASONS
from notification_service.messages.content import Content, Item

CLOSED_NOTES: dict[str, str | Promise] = {
    "paused": _(
        "The endpoint was paused while this was open, so nobody looks any more whether it is back. Here it ends."
    ),
    "deleted": _("The endpoint was deleted while this was open. Here it ends."),
}
"""What one has to know of an incident that was closed, by the reason."""


def one_line(text: str, most: int = 120) -> str:
    """Names come from users: no line breaks, no control characters, not endless. Joined emoji stay joined."""
    line = " ".join("".join(letter if letter.isprintable() or _joins(letter) else " " for letter in text).split())
    if len(line) <= most:
        return line
    cut = most - 1
    while cut and (_joins(line[cut]) or _joins(line[cut - 1])):
        cut -= 1  # half an emoji would be another one
    return line[:cut] + "…"


def _joins(letter: str) -> bool:
    """Whether it holds letters together: joiners, variation selectors, tones of skin, and the tags of flags."""
    joiner = letter in "\u200c\u200d\ufe0e\ufe0f"
    return joiner or "\U0001f3fb" <= letter <= "\U0001f3ff" or "\U000e0020" <= letter <= "\U000e007f"


def duration(span: timedelta) -> str:
    """`4 min 12 s`, `4분 12초`: the two largest units."""
    seconds = max(0, round(span.total_seconds()))
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    parts = [
        (days, gettext("%d d")),
        (hours, gettext("%d h")),
        (minutes, gettext("%d min")),
        (seconds % 60, gettext("%d s")),
    ]
    first = next((index for index, (count, _unit) in enumerate(parts) if count), 3)
    return " ".join(unit % count for count, unit in parts[first : first + 2] if count) or parts[3][1] % 0


def moment(time: datetime, zone: ZoneInfo) -> str:
    """`2026-11-23 14:05:09 KST`."""
    local = time.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M:%S} {local.tzname()}"


def name_of(item: Item) -> str:
    """The endpoint's name, or its address where it has none; for a held region what failed."""
    if event_named(item.event).is_of_region:
        return gettext("pongpong's own network")
    return one_line(item.endpoint_name or item.url)


def short_cause(item: Item) -> str:
    """What stands in parentheses: the reason, or for a recovery how long it was down."""
    known = event_named(item.event)
    if known.lasted:
        return "" if item.duration is None else how_long(item)
    if item.event == CLOSED:
        return _why_closed(item)
    if known.is_of_region:
        return gettext("region %(region)s") % {"region": one_line(item.region, 40)} if item.region else ""
    if reason := REASONS.get(item.error_code):
        return gettext(reason.word)
    return gettext(known.short) if known.short else one_line(cause(item), 80)


def cause(item: Item) -> str:
    """Why, as a sentence; "" where nothing is known."""
    return item.why.said(gettext) if item.why else ""


def how_long(item: Item) -> str:
    """`was down for 4 min 12 s`, `4분 12초 동안 다운`."""
    return gettext(event_named(item.event).lasted) % {"duration": duration(item.duration or timedelta())}


def _why_closed(item: Item) -> str:
    """`paused after 4 min 12 s`."""
    after = {"duration": duration(item.duration or timedelta())}
    if item.reason == "paused":
        return gettext("paused after %(duration)s") % after
    if item.reason == "deleted":
        return gettext("deleted after %(duration)s") % after
    return ""


def event(name: str) -> str:
    """What a message of it begins with."""
    return gettext(event_named(name).word)


def headline(item: Item) -> str:
    """`Down: api.example.com (connection refused)`."""
    line = f"{event(item.event)}: {name_of(item)}"
    short = short_cause(item)
    return f"{line} ({short})" if short else line


def subject(content: Content) -> str:
    """The whole message in one line."""
    if content.reason == "test":
        return gettext("Test: alerts of pongpong arrive here")
    if content.reason == "confirmation":
        return gettext("%(code)s is your code to confirm this address") % content.data
    if content.reason == "notice":
        return notice_subject(content)
    if len(content.items) == 1:
        line = headline(content.items[0])
    else:
        line = f"{counts(content.items)}: {_names(content.items)}"
    return gettext("Reminder: %(line)s") % {"line": line} if content.reason == "reminder" else line


def notice_subject(content: Content) -> str:
    """What an owner is told of a channel, or of a quota, in one line."""
    if content.data.get("notice") == "quota":
        return gettext("Your messages wait: the hourly limit is reached")
    channel = {"channel": one_line(content.data.get("channel", ""))}
    if content.data.get("notice") == "refused":
        return gettext("Some addresses refuse our mail: %(channel)s") % channel
    return gettext("Channel switched off: %(channel)s") % channel


def notice_text(content: Content) -> str:
    """What it means, and what to do."""
    match content.data.get("notice"):
        case "quota":
            most = {"most": content.data.get("most", "")}
            if content.data.get("quota") == "mails_per_hour":
                told = gettext("More than %(most)s e-mails an hour were to go to your channels.") % most
            else:
                told = gettext("More than %(most)s messages an hour were to go to your channels.") % most
            waits = gettext("What is beyond that waits, and comes as fewer messages that say more. Nothing is lost.")
            return f"{told} {waits}"
        case "refused":
            return gettext(
                "The mail server refuses these addresses for good, so nothing goes there any more. The others are told as "
                "before. Mend the addresses and save the channel to have them tried again."
            )
        case _:
            return gettext(
                "Its receiver refuses our messages for good, so nothing goes there any more. Mend it and switch the "
                "channel on again."
            )


def counts(items: Sequence[Item]) -> str:
    """`Down 3, Recovered 1`, in the order in which the events come first."""
    names = dict.fromkeys(item.event for item in items)
    return ", ".join(f"{event(name)} {sum(item.event == name for item in items)}" for name in names)


def _names(items: Sequence[Item], shown: int = 2) -> str:
    names = ", ".join(one_line(name_of(item), 40) for item in items[:shown])
    more = len(items) - shown
    if more <= 0:
        return names
    return ngettext("%(names)s and %(more)d more", "%(names)s and %(more)d more", more) % {
        "names": names,
        "more": more,
    }


def facts(item: Item, zone: ZoneInfo) -> list[tuple[str, str]]:
    """Label and value, in the order in which one asks."""
    rows = [(gettext("Address"), one_line(item.url, 500))] if item.url else []
    if why := cause(item):
        rows.append((gettext("Cause"), one_line(why, 500)))
    if item.duration is not None:
        rows.append((gettext("How long"), duration(item.duration)))
    known = event_named(item.event)
    if not known.is_lasting:
        return rows
    rows.append((gettext("Since"), moment(item.started_at, zone)))
    if item.event in ENDINGS:
        rows.append((gettext("Until"), moment(item.occurred_at, zone)))
    elif item.last_good_at is not None and not known.is_of_region:
        rows.append((gettext("Last good check"), moment(item.last_good_at, zone)))
    if item.region not in {"", "default"} and not known.is_of_region:
        rows.append((gettext("Region"), item.region))
    return rows


def note(item: Item) -> str:
    """What else one has to know of such an event; "" for most."""
    told = event_named(item.event).note
    return str(CLOSED_NOTES.get(item.reason, "")) if item.event == CLOSED else gettext(told) if told else ""


def button(item: Item) -> str:
    """What the link to the web app says."""
    return gettext("Open endpoint") if item.has_page else gettext("Open dashboard")


def language() -> str:
    """The active language, for `lang` attributes."""
    return (get_language() or "ko").partition("-")[0]
