"""The routes of email_service."""

from django.urls import path

from common.urls import handler400, handler403, handler404, handler500, service_urls
from email_service import internal_views

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = service_urls(internal=[path("emails", internal_views.EmailsView.as_view())])
