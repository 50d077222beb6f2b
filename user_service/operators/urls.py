"""Nothing but the administration, at the root."""

from django.urls import path

from user_service.operators.admin import site

urlpatterns = [path("", site.urls)]
