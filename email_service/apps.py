"""The Django application of email_service."""

from django.apps import AppConfig


class EmailServiceConfig(AppConfig):
    name = "email_service"
