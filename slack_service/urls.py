"""The routes of slack_service."""

from django.urls import path

from common.urls import handler400, handler403, handler404, handler500, service_urls
from slack_service import internal_views

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = service_urls(internal=[path("messages", internal_views.MessagesView.as_view())])
