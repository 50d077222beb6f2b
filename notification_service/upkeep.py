"""How long history is kept."""

from datetime import timedelta

from django.utils import timezone

from notification_service.models import Acknowledgement, Alert, Delivery

KEPT = timedelta(days=90)


def history_purge() -> None:
    """Remove deliveries, alerts and acknowledgements older than 90 days, but nothing that still waits."""
    before = timezone.now() - KEPT
    Delivery.objects.filter(created_at__lt=before).exclude(state=Delivery.State.PENDING).delete()
    Alert.objects.filter(received_at__lt=before, deliveryalert=None).delete()
    Acknowledgement.objects.filter(created_at__lt=before).delete()
