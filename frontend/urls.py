"""The pages of the web app, and its health and metrics."""

from django.urls import path
from django_prometheus.exports import ExportToDjangoView

import common.urls  # noqa: F401  registers the converter <id:...>
from common import health
from frontend import views
from frontend.pages import developers, incidents, maintenance, notifications, reports
from frontend.pages.account import first_steps, keys, login, mailed_links, profile, security, usage
from frontend.pages.endpoints import dashboard, detail, editor
from frontend.pages.status import announcements, incident_updates, public_page, status_pages
from frontend.web.error_pages import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("", login.landing, name="landing"),
    path("sign-up", login.sign_up, name="sign_up"),
    path("login", login.login, name="login"),
    path("login/code", login.login_code, name="login_code"),
    path("sign-up/confirm", mailed_links.confirm, name="confirm"),
    path("password-reset", mailed_links.reset, name="reset"),
    path("password-reset/confirm", mailed_links.reset_confirm, name="reset_confirm"),
    path("welcome", first_steps.endpoint, name="welcome"),
    path("welcome/alerts", first_steps.alerts, name="welcome_alerts"),
    path("welcome/result", first_steps.result, name="welcome_result"),
    path("welcome/done", first_steps.done, name="welcome_done"),
    path("logout", login.logout, name="logout"),
    path("language", views.language, name="language"),
    path("theme", views.theme, name="theme"),
    path("dashboard", dashboard.dashboard, name="dashboard"),
    path("dashboard/live", dashboard.live, name="dashboard_live"),
    path("dashboard/bulk", dashboard.bulk, name="dashboard_bulk"),
    path("endpoints/new", editor.new, name="endpoint_new"),
    path("endpoints/validate", editor.validate, name="endpoint_validate"),
    path("endpoints/<id:endpoint_id>", detail.detail, name="endpoint"),
    path("endpoints/<id:endpoint_id>/live", detail.live, name="endpoint_live"),
    path("endpoints/<id:endpoint_id>/data", detail.data, name="endpoint_data"),
    path("endpoints/<id:endpoint_id>/edit", editor.edit, name="endpoint_edit"),
    path("endpoints/<id:endpoint_id>/delete", editor.delete, name="endpoint_delete"),
    path("endpoints/<id:endpoint_id>/check", editor.check, name="endpoint_check"),
    path("endpoints/<id:endpoint_id>/pause", editor.pause, name="endpoint_pause"),
    path("endpoints/<id:endpoint_id>/resume", editor.resume, name="endpoint_resume"),
    path("endpoints/<id:endpoint_id>/clone", editor.clone, name="endpoint_clone"),
    path("endpoints/<id:endpoint_id>/badges", detail.badges, name="badges"),
    path("endpoints/<id:endpoint_id>/badges/revoke", detail.badges_revoke, name="badges_revoke"),
    path("endpoints/results/<uuid:report_id>", detail.result, name="result"),
    path("incidents", incidents.index, name="incidents"),
    path("incidents/<uuid:incident_id>", incidents.detail, name="incident"),
    path("incidents/<uuid:incident_id>/acknowledge", incidents.acknowledge, name="incident_acknowledge"),
    path("notifications", notifications.index, name="notifications"),
    path("notifications/new/<slug:kind>", notifications.new, name="channel_new"),
    path("notifications/<id:channel_id>", notifications.edit, name="channel"),
    path("notifications/<id:channel_id>/test", notifications.test, name="channel_test"),
    path("notifications/<id:channel_id>/confirm", notifications.confirm, name="channel_confirm"),
    path("notifications/<id:channel_id>/deliveries", notifications.deliveries, name="channel_deliveries"),
    path("notifications/<id:channel_id>/delete", notifications.delete, name="channel_delete"),
    path("reports", reports.index, name="reports"),
    path("reports/export", reports.export, name="reports_export"),
    path("maintenance", maintenance.index, name="maintenance"),
    path("maintenance/new", maintenance.new, name="maintenance_new"),
    path("maintenance/preview", maintenance.preview, name="maintenance_preview"),
    path("maintenance/<id:window_id>", maintenance.edit, name="maintenance_edit"),
    path("maintenance/<id:window_id>/delete", maintenance.delete, name="maintenance_delete"),
    path("status-pages", status_pages.index, name="status_pages"),
    path("status-pages/new", status_pages.new, name="status_page_new"),
    path("status-pages/<id:page_id>", status_pages.edit, name="status_page_edit"),
    path("status-pages/<id:page_id>/delete", status_pages.delete, name="status_page_delete"),
    path("status-pages/<id:page_id>/preview", public_page.preview, name="status_page_preview"),
    path("status-pages/<id:page_id>/announcements", announcements.index, name="announcements"),
    path("status-pages/<id:page_id>/announcements/new", announcements.new, name="announcement_new"),
    path("status-pages/<id:page_id>/announcements/<id:announcement_id>", announcements.edit, name="announcement_edit"),
    path(
        "status-pages/<id:page_id>/announcements/<id:announcement_id>/end", announcements.end, name="announcement_end"
    ),
    path(
        "status-pages/<id:page_id>/announcements/<id:announcement_id>/delete",
        announcements.delete,
        name="announcement_delete",
    ),
    path("status-pages/<id:page_id>/incidents", incident_updates.incidents, name="page_incidents"),
    path("status-pages/<id:page_id>/incidents/<uuid:incident_id>", incident_updates.index, name="updates"),
    path(
        "status-pages/<id:page_id>/incidents/<uuid:incident_id>/<id:update_id>",
        incident_updates.edit,
        name="update_edit",
    ),
    path(
        "status-pages/<id:page_id>/incidents/<uuid:incident_id>/<id:update_id>/delete",
        incident_updates.delete,
        name="update_delete",
    ),
    path("status/<slug:slug>", public_page.public, name="status"),
    path("developers", developers.index, name="developers"),
    path("settings", profile.index, name="settings"),
    path("settings/email", profile.email, name="email"),
    path("settings/email/confirm", mailed_links.email_confirm, name="email_confirm"),
    path("settings/activity", profile.activity, name="activity"),
    path("settings/usage", usage.index, name="usage"),
    path("settings/delete", profile.account_delete, name="account_delete"),
    path("settings/security", security.index, name="security"),
    path("settings/password", security.password, name="password"),
    path("settings/totp", security.totp_begin, name="totp_begin"),
    path("settings/totp/confirm", security.totp_confirm, name="totp_confirm"),
    path("settings/totp/disable", security.totp_disable, name="totp_disable"),
    path("settings/keys", keys.index, name="keys"),
    path("settings/keys/new", keys.new, name="key_new"),
    path("settings/keys/<id:key_id>/delete", keys.delete, name="key_delete"),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", ExportToDjangoView),
]
