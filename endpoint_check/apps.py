"""The Django application of endpoint_check."""

from django.apps import AppConfig


class EndpointCheckConfig(AppConfig):
    name = "endpoint_check"
