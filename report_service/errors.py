"""What can go wrong here and nowhere else."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.api.errors import BadRequest

DEEPEST_ROW = 10_000
"""How far into a list pages lead."""


class PageTooDeep(BadRequest):
    """A page that the database would have to walk to."""

    code = "PAGE_TOO_DEEP"

    def __init__(self) -> None:
        super().__init__(_("Lists end at row %(row)d. Narrow the dates with from and to.") % {"row": DEEPEST_ROW})


class AlreadyResolved(BadRequest):
    """Acknowledging means "I am on it", which an incident that is over needs no more."""

    code = "ALREADY_RESOLVED"
    message = gettext_lazy("This incident is over already.")


class TooMany(BadRequest):
    """More of a thing than one user needs."""

    code = "TOO_MANY"

    def __init__(self, most: int) -> None:
        super().__init__(_("At most %(most)d of these, please.") % {"most": most})
