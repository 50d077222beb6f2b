"""The routes of endpoint_service."""

from django.urls import path

from common.urls import handler400, handler403, handler404, handler500, service_urls
from endpoint_service import internal_views
from endpoint_service.checks import views as checks
from endpoint_service.endpoints import views as endpoints
from endpoint_service.transfer import views as transfer
from endpoint_service.windows import views as windows

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = service_urls(
    public=[
        path("endpoints", endpoints.EndpointsView.as_view()),
        path("endpoints/bulk", transfer.BulkView.as_view()),
        path("endpoints/export", transfer.ExportView.as_view()),
        path("endpoints/import", transfer.ImportView.as_view()),
        path("endpoints/schema", transfer.ImportSchemaView.as_view()),
        path("endpoints/validate", endpoints.ValidateView.as_view()),
        path("endpoints/<id:endpoint_id>", endpoints.EndpointView.as_view()),
        path("endpoints/<id:endpoint_id>/check", checks.EndpointCheckView.as_view()),
        path("endpoints/<id:endpoint_id>/pause", endpoints.PauseView.as_view()),
        path("endpoints/<id:endpoint_id>/resume", endpoints.ResumeView.as_view()),
        path("endpoints/<id:endpoint_id>/clone", endpoints.CloneView.as_view()),
        path("checks", checks.ChecksView.as_view()),
        path("maintenance-windows", windows.MaintenanceWindowsView.as_view()),
        path("maintenance-windows/preview", windows.MaintenancePreviewView.as_view()),
        path("maintenance-windows/<id:window_id>", windows.MaintenanceWindowView.as_view()),
        path("usage", endpoints.EndpointsUsageView.as_view()),
    ],
    internal=[
        path("endpoints", internal_views.EndpointsFeedView.as_view()),
        path("endpoints/states", internal_views.StatesView.as_view()),
        path("endpoints/<id:endpoint_id>", internal_views.EndpointItemView.as_view()),
        path("maintenance-windows", internal_views.MaintenanceWindowsFeedView.as_view()),
    ],
)
