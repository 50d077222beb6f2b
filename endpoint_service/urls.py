"""The routes of endpoint_service."""

from django.urls import path

from common.urls import handler400, handler403, handler404, handler500, service_urls
from endpoint_service import check_views, internal_views, transfer_views, usage, views, window_views

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = service_urls(
    public=[
        path("endpoints", views.EndpointsView.as_view()),
        path("endpoints/bulk", transfer_views.BulkView.as_view()),
        path("endpoints/export", transfer_views.ExportView.as_view()),
        path("endpoints/import", transfer_views.ImportView.as_view()),
        path("endpoints/schema", transfer_views.ImportSchemaView.as_view()),
        path("endpoints/validate", views.ValidateView.as_view()),
        path("endpoints/<id:endpoint_id>", views.EndpointView.as_view()),
        path("endpoints/<id:endpoint_id>/check", check_views.EndpointCheckView.as_view()),
        path("endpoints/<id:endpoint_id>/pause", views.PauseView.as_view()),
        path("endpoints/<id:endpoint_id>/resume", views.ResumeView.as_view()),
        path("endpoints/<id:endpoint_id>/clone", views.CloneView.as_view()),
        path("checks", check_views.ChecksView.as_view()),
        path("maintenance-windows", window_views.MaintenanceWindowsView.as_view()),
        path("maintenance-windows/preview", window_views.MaintenancePreviewView.as_view()),
        path("maintenance-windows/<id:window_id>", window_views.MaintenanceWindowView.as_view()),
        path("usage", usage.EndpointsUsageView.as_view()),
    ],
    internal=[
        path("endpoints", internal_views.EndpointsFeedView.as_view()),
        path("endpoints/states", internal_views.StatesView.as_view()),
        path("endpoints/<id:endpoint_id>", internal_views.EndpointItemView.as_view()),
        path("maintenance-windows", internal_views.MaintenanceWindowsFeedView.as_view()),
    ],
)
