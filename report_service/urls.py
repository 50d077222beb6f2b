"""The routes of report_service."""

from django.urls import path

from common.urls import handler400, handler403, handler404, handler500, service_urls
from report_service import internal_views, page_views, views

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

_UPDATES = "status-pages/<id:page_id>/incidents/<uuid:incident_id>/updates"

urlpatterns = service_urls(
    public=[
        path("reports", views.ReportsView.as_view()),
        path("reports/export", views.ReportsExportView.as_view()),
        path("reports/<uuid:report_id>", views.ReportView.as_view()),
        path("endpoints/<id:endpoint_id>/summary", views.SummaryView.as_view()),
        path("endpoints/<id:endpoint_id>/series", views.SeriesView.as_view()),
        path("overview", views.OverviewView.as_view()),
        path("incidents", views.IncidentsView.as_view()),
        path("incidents/<uuid:incident_id>", views.IncidentView.as_view()),
        path("incidents/<uuid:incident_id>/acknowledge", views.AcknowledgeView.as_view()),
        path("incidents/<uuid:incident_id>/notes", views.NotesView.as_view()),
        path("usage", views.ReportUsageView.as_view()),
        path("status-pages", page_views.StatusPagesView.as_view()),
        path("status-pages/<id:page_id>", page_views.StatusPageView.as_view()),
        path("status-pages/<id:page_id>/preview", page_views.StatusPagePreviewView.as_view()),
        path("status-pages/<id:page_id>/announcements", page_views.AnnouncementsView.as_view()),
        path("status-pages/<id:page_id>/announcements/<id:announcement_id>", page_views.AnnouncementView.as_view()),
        path(_UPDATES, page_views.IncidentUpdatesView.as_view()),
        path(f"{_UPDATES}/<id:update_id>", page_views.IncidentUpdateView.as_view()),
        path("status/<slug:slug>", page_views.PublicPageView.as_view()),
        path("status/<slug:slug>/feed", page_views.PublicFeedView.as_view()),
        path("endpoints/<id:endpoint_id>/badges", page_views.BadgesView.as_view()),
        path("badges/<slug:token>.svg", page_views.BadgeView.as_view()),
    ],
    internal=[
        path("reports", internal_views.IncomingReportsView.as_view()),
    ],
)
