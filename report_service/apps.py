"""The Django application of report_service."""

from django.apps import AppConfig


class ReportServiceConfig(AppConfig):
    name = "report_service"
