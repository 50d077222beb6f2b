"""The routes of endpoint_check: internal ones only."""

from django.urls import path

from common.urls import handler400, handler403, handler404, handler500, service_urls
from endpoint_check import internal_views

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = service_urls(
    internal=[
        path("checks", internal_views.ChecksView.as_view()),
        path("monitors", internal_views.MonitorsView.as_view()),
        path("monitors/<id:endpoint_id>", internal_views.MonitorView.as_view()),
    ]
)
