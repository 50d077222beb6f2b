"""Sessions that have ended leave the database.

frontend has no worker, and one would cost memory all day for a DELETE. A session is made by a visitor who acts, and each
login removes up to as many as follow, so the table cannot outgrow its living rows.
"""

from django.contrib.sessions.models import Session
from django.utils import timezone

AT_ONCE = 500
"""A login waits for the removal of no more."""


def sessions_purge() -> int:
    """Remove the oldest that have ended; returns how many."""
    ended = Session.objects.filter(expire_date__lt=timezone.now()).order_by("expire_date")[:AT_ONCE]
    return Session.objects.filter(pk__in=list(ended.values_list("pk", flat=True))).delete()[0]
