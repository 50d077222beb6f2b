"""The Django application of slack_service."""

from django.apps import AppConfig


class SlackServiceConfig(AppConfig):
    name = "slack_service"
