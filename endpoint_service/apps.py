"""The Django application of endpoint_service."""

from django.apps import AppConfig


class EndpointServiceConfig(AppConfig):
    name = "endpoint_service"
