"""The routes of report_service."""

from django.urls import path

from common.urls import handler400, handler403, handler404, handler500, service_urls
from report_service.badges import views as badges_views
from report_service.exports import views as exports_views
from report_service.incidents import views as incidents_views
from report_service.results import internal_views
from report_service.results import views as results_views
from report_service.status_pages import views as status_pages_views
from report_service.uptime import views as uptime_views

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

_UPDATES = "status-pages/<id:page_id>/incidents/<uuid:incident_id>/updates"

urlpatterns = service_urls(
    public=[
        path("reports", results_views.ReportsView.as_view()),
        path("reports/export", exports_views.ReportsExportView.as_view()),
        path("reports/<uuid:report_id>", results_views.ReportView.as_view()),
        path("endpoints/<id:endpoint_id>/summary", uptime_views.SummaryView.as_view()),
        path("endpoints/<id:endpoint_id>/series", uptime_views.SeriesView.as_view()),
        path("overview", uptime_views.OverviewView.as_view()),
        path("incidents", incidents_views.IncidentsView.as_view()),
        path("incidents/<uuid:incident_id>", incidents_views.IncidentView.as_view()),
        path("incidents/<uuid:incident_id>/acknowledge", incidents_views.AcknowledgeView.as_view()),
        path("incidents/<uuid:incident_id>/notes", incidents_views.NotesView.as_view()),
        path("usage", results_views.ReportUsageView.as_view()),
        path("status-pages", status_pages_views.StatusPagesView.as_view()),
        path("status-pages/<id:page_id>", status_pages_views.StatusPageView.as_view()),
        path("status-pages/<id:page_id>/preview", status_pages_views.StatusPagePreviewView.as_view()),
        path("status-pages/<id:page_id>/announcements", status_pages_views.AnnouncementsView.as_view()),
        path(
            "status-pages/<id:page_id>/announcements/<id:announcement_id>",
            status_pages_views.AnnouncementView.as_view(),
        ),
        path(_UPDATES, status_pages_views.IncidentUpdatesView.as_view()),
        path(f"{_UPDATES}/<id:update_id>", status_pages_views.IncidentUpdateView.as_view()),
        path("status/<slug:slug>", status_pages_views.PublicPageView.as_view()),
        path("status/<slug:slug>/feed", status_pages_views.PublicFeedView.as_view()),
        path("endpoints/<id:endpoint_id>/badges", badges_views.BadgesView.as_view()),
        path("badges/<slug:token>.svg", badges_views.BadgeView.as_view()),
    ],
    internal=[
        path("reports", internal_views.IncomingReportsView.as_view()),
    ],
)
