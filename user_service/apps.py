"""The Django application of user_service."""

from django.apps import AppConfig


class UserServiceConfig(AppConfig):
    name = "user_service"
