"""The tasks of user_service."""

from common.between.feeds import purge_tombstones
from common.celery import task
from user_service.accounts.audit_log import events_purge
from user_service.accounts.pending_sign_ups import pending_sign_ups_purge
from user_service.accounts.services import deletions_finish
from user_service.gateways.reconcile import gateway_reconcile
from user_service.keys.services import expired_keys_purge, revoked_keys_purge
from user_service.login.known_networks import known_networks_purge
from user_service.mails.outbox import mails_send
from user_service.models import User


@task
def purge() -> None:
    """Remove expired keys, what no link leads to any more, what a year has passed over, and tombstones after 90 days."""
    expired_keys_purge()
    events_purge()
    known_networks_purge()
    pending_sign_ups_purge()
    revoked_keys_purge()
    purge_tombstones(User)


@task
def finish_deletions() -> None:
    """Go on with the deletion of accounts that was interrupted."""
    deletions_finish()


@task
def reconcile() -> None:
    """Hold the gateway's consumers to the users."""
    gateway_reconcile()


@task
def send_mails() -> None:
    """Hand waiting mails to email_service."""
    mails_send()
