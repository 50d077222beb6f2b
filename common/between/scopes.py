"""Which endpoints a channel or a maintenance window is for: all, some by id or tag, or none that is left."""

from typing import Protocol

from django.utils.translation import gettext as _

from common.api.errors import ValidationFailed


class Scoped(Protocol):
    """What is stored of one; `covers_all` is null where a process of before that column wrote it."""

    covers_all: bool | None

    @property
    def is_for_all(self) -> bool: ...


def scope_settled(values: dict[str, object], *, stored: Scoped | None = None) -> dict[str, object]:
    """`values` with `covers_all` decided, which nobody has to say; raises `ValidationFailed` for a contradiction.

    `stored` is the one that they change in part. A new one that names nothing is for all. One that named endpoints or
    tags is never for all because nothing is left of them: that has to be said.
    """
    said, named = values.get("covers_all"), [values.get(name) for name in ("endpoint_ids", "tags")]
    if said and any(named):
        text = _("Name endpoints and tags, or cover all endpoints; not both.")
        raise ValidationFailed(errors={"covers_all": [text]})
    if said:
        return values | {"endpoint_ids": [], "tags": []}
    if said is None:
        values = {name: value for name, value in values.items() if name != "covers_all"}
        if any(named) or stored is None:
            values["covers_all"] = not any(named)
        elif stored.covers_all is None:
            values["covers_all"] = stored.is_for_all
    return values
