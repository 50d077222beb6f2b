"""The pages of the web app, and its health and metrics."""

from django.urls import path
from django_prometheus.exports import ExportToDjangoView

import common.urls  # noqa: F401  registers the converter <id:...>
from common import health
from frontend import views
from frontend.error_pages import handler400, handler403, handler404, handler500
from frontend.pages import (
    account,
    dashboard,
    developers,
    endpoint_detail,
    endpoints,
    incidents,
    maintenance,
    notifications,
    reports,
    settings,
    status_pages,
)

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("", account.landing, name="landing"),
    path("sign-up", account.sign_up, name="sign_up"),
    path("login", account.login, name="login"),
    path("sign-up/confirm", account.confirm, name="confirm"),
    path("password-reset", account.reset, name="reset"),
    path("password-reset/confirm", account.reset_confirm, name="reset_confirm"),
    path("logout", account.logout, name="logout"),
    path("language", views.language, name="language"),
    path("theme", views.theme, name="theme"),
    path("dashboard", dashboard.dashboard, name="dashboard"),
    path("dashboard/live", dashboard.live, name="dashboard_live"),
    path("dashboard/bulk", dashboard.bulk, name="dashboard_bulk"),
    path("endpoints/new", endpoints.new, name="endpoint_new"),
    path("endpoints/<id:endpoint_id>", endpoint_detail.detail, name="endpoint"),
    path("endpoints/<id:endpoint_id>/live", endpoint_detail.live, name="endpoint_live"),
    path("endpoints/<id:endpoint_id>/data", endpoint_detail.data, name="endpoint_data"),
    path("endpoints/<id:endpoint_id>/edit", endpoints.edit, name="endpoint_edit"),
    path("endpoints/<id:endpoint_id>/delete", endpoints.delete, name="endpoint_delete"),
    path("endpoints/<id:endpoint_id>/check", endpoints.check, name="endpoint_check"),
    path("endpoints/<id:endpoint_id>/pause", endpoints.pause, name="endpoint_pause"),
    path("endpoints/<id:endpoint_id>/resume", endpoints.resume, name="endpoint_resume"),
    path("endpoints/<id:endpoint_id>/clone", endpoints.clone, name="endpoint_clone"),
    path("endpoints/<id:endpoint_id>/badges", endpoint_detail.badges, name="badges"),
    path("endpoints/<id:endpoint_id>/badges/revoke", endpoint_detail.badges_revoke, name="badges_revoke"),
    path("endpoints/results/<uuid:report_id>", endpoint_detail.result, name="result"),
    path("incidents", incidents.index, name="incidents"),
    path("incidents/<uuid:incident_id>", incidents.detail, name="incident"),
    path("incidents/<uuid:incident_id>/acknowledge", incidents.acknowledge, name="incident_acknowledge"),
    path("notifications", notifications.index, name="notifications"),
    path("notifications/new/<slug:kind>", notifications.new, name="channel_new"),
    path("notifications/<id:channel_id>", notifications.edit, name="channel"),
    path("notifications/<id:channel_id>/test", notifications.test, name="channel_test"),
    path("notifications/<id:channel_id>/delete", notifications.delete, name="channel_delete"),
    path("reports", reports.index, name="reports"),
    path("reports/export", reports.export, name="reports_export"),
    path("maintenance", maintenance.index, name="maintenance"),
    path("maintenance/new", maintenance.new, name="maintenance_new"),
    path("maintenance/<id:window_id>", maintenance.edit, name="maintenance_edit"),
    path("maintenance/<id:window_id>/delete", maintenance.delete, name="maintenance_delete"),
    path("status-pages", status_pages.index, name="status_pages"),
    path("status-pages/new", status_pages.new, name="status_page_new"),
    path("status-pages/<id:page_id>", status_pages.edit, name="status_page_edit"),
    path("status-pages/<id:page_id>/delete", status_pages.delete, name="status_page_delete"),
    path("status/<slug:slug>", status_pages.public, name="status"),
    path("developers", developers.index, name="developers"),
    path("settings", settings.index, name="settings"),
    path("settings/password", settings.password, name="password"),
    path("settings/keys/new", settings.key_new, name="key_new"),
    path("settings/keys/<id:key_id>/delete", settings.key_delete, name="key_delete"),
    path("settings/delete", settings.account_delete, name="account_delete"),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", ExportToDjangoView),
]
