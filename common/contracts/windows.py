"""A maintenance window: its fields, and how it recurs by a cron expression of five fields in an IANA time zone."""

import re
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import NODEFAULT, Meta

from common.contracts.endpoint import MAX_NAME, Tags, naming_schema, tags_schema
from common.contracts.fields import Described, Field, described
from common.contracts.fields import schema as schema_of
from common.contracts.invalid import Invalid
from common.contracts.texts import N_

MIN_DURATION, MAX_DURATION = 60, 30 * 86_400
"""Seconds."""
MAX_ENDPOINT_IDS = 1000
_LAST_WEEKDAY = re.compile(r"\bl[0-7]\b", re.ASCII | re.IGNORECASE)


def clean_cron(text: str) -> str:
    """Five fields (minute, hour, day, month, weekday) that name some day, one space between them; raises `Invalid`."""
    cron = " ".join(text.split())
    if _LAST_WEEKDAY.search(cron):
        # Windows that were saved so before are still understood.
        raise Invalid(N_("Write the last Friday of a month as 5L."))
    require_opening(cron)
    return cron


def require_opening(cron: str) -> None:
    """Raises `Invalid` for what is no cron expression or names a day of no year.

    Any other has opened before and opens again: the calendar repeats itself.
    """
    # Loaded where it is needed: the terminal client judges none.
    from common.clocks.cron import MalformedCron, NeverOpens, recurrence_of  # noqa: PLC0415

    try:
        never = recurrence_of(cron, "UTC").never
    except MalformedCron as error:
        raise Invalid(N_("Write five cron fields such as 0 3 * * sun: minute, hour, day, month, weekday.")) from error
    except NeverOpens:
        never = True
    if never:
        raise Invalid(N_("No day of any year is one that this expression names, so the window would never open."))


def clean_time_zone(text: str) -> str:
    """A name of the IANA database such as Asia/Seoul; raises `Invalid`."""
    from common.clocks.time_zones import time_zones  # noqa: PLC0415

    if text not in time_zones():
        raise Invalid(N_("Name a time zone such as Asia/Seoul or UTC."))
    return text


class WindowSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said of a window. Without `cron` it comes once, at `starts_at`; `duration` in seconds."""

    name: Annotated[
        str,
        Meta(min_length=1, max_length=MAX_NAME),
        Field(
            label=N_("Name"),
            help=N_("Such as database upgrade."),
            doc="By what files know it.",
            flag_help=N_("What it is for."),
        ),
    ]
    covers_all: Annotated[
        bool | None,
        Field(
            doc=(
                "Whether it is for all endpoints of yours, later ones too; if not, only for those that it names, even where"
                " none of them is left. Not given: true for a new one that names none."
            )
        ),
    ] = None
    endpoint_ids: Annotated[
        list[Annotated[int, Meta(ge=1)]],
        Meta(max_length=MAX_ENDPOINT_IDS),
        Field(
            doc="With `tags`, the endpoints that it is for.",
            flag="--endpoint",
            flag_help=N_("Only these endpoints. Repeatable."),
        ),
    ] = []
    tags: Annotated[
        Tags,
        Field(doc="Endpoints with any of them.", flag="--tag -t", flag_help=N_("Only endpoints with one of them.")),
    ] = []
    starts_at: Annotated[
        datetime | None,
        Field(
            label=N_("Starts"),
            doc="Once: when it starts. Recurring: not before, or null.",
            flag="--at",
            flag_help=N_("When it starts: 2026-01-31T03:00; else now."),
        ),
    ] = None
    duration: Annotated[
        int,
        Meta(ge=MIN_DURATION, le=MAX_DURATION),
        Field(
            label=N_("Lasts (minutes)"),
            doc="Seconds.",
            unit="s",
            flag="--for",
            flag_help=N_("How long: 30m, 2h."),
        ),
    ]
    cron: Annotated[
        str,
        Meta(max_length=100),
        Field(
            label=N_("Cron expression"),
            help=N_("Minute, hour, day, month, weekday: 0 3 * * 0 is Sundays at three."),
            doc="Five fields: minute, hour, day, month, weekday; empty for once.",
            rule=clean_cron,
            flag="--cron",
            flag_help=N_("Again and again: minute hour day month weekday."),
        ),
    ] = ""
    time_zone: Annotated[
        str,
        Meta(min_length=1, max_length=64),
        Field(
            doc="IANA name; what `cron` is in.",
            rule=clean_time_zone,
            flag="--time-zone",
            flag_help=N_("What --cron is in."),
        ),
    ] = "UTC"
    ends_at: Annotated[
        datetime | None,
        Field(
            label=N_("No more after"),
            help=N_("Empty: until you delete it."),
            doc="Recurring: not after, or null. Once: made of start and duration.",
        ),
    ] = None


WINDOW: dict[str, Described] = described(WindowSpec)


def file_schema() -> dict[str, object]:
    """The JSON Schema of a window in a file, which names its endpoints by their keys."""
    found = {name: _with_default(field) for name, field in WINDOW.items() if name != "endpoint_ids"}
    key = {name: rule for name, rule in naming_schema()["key"].items() if name != "description"}
    endpoints = {"type": "array", "items": key, "maxItems": MAX_ENDPOINT_IDS, "default": []}
    found["endpoints"] = endpoints | {"description": "Keys of endpoints; with tags, what it is for."}
    found["tags"] = tags_schema() | {"description": WINDOW["tags"].about.doc}
    needed = [name for name, field in WINDOW.items() if field.default is NODEFAULT]
    return {"type": "object", "additionalProperties": False, "required": needed, "properties": found}


def _with_default(field: Described) -> dict[str, object]:
    """A moment may be null; whether a window is for all has no default, since it depends on what else is said."""
    found = schema_of(field, is_default_told=False)
    if field.is_nullable and field.name != "covers_all":
        found |= {"type": ["string", "null"], "format": "date-time"}
    return found if field.default is NODEFAULT or field.name == "covers_all" else found | {"default": field.default}
