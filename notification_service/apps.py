"""The Django application of notification_service."""

from django.apps import AppConfig


class NotificationServiceConfig(AppConfig):
    name = "notification_service"
