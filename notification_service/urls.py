"""The routes of notification_service."""

from django.urls import path

from common.urls import handler400, handler403, handler404, handler500, service_urls
from notification_service import internal_views, views

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = service_urls(
    public=[
        path("notifications", views.NotificationsView.as_view()),
        path("notifications/<id:notification_id>", views.NotificationView.as_view()),
        path("notifications/<id:notification_id>/test", views.NotificationTestView.as_view()),
        path("notifications/<id:notification_id>/confirm", views.NotificationConfirmView.as_view()),
        path("notifications/<id:notification_id>/deliveries", views.NotificationDeliveriesView.as_view()),
        path("usage", views.NotificationsUsageView.as_view()),
    ],
    internal=[
        path("notifications", internal_views.ChannelsView.as_view()),
        path("notifications/<id:notification_id>", internal_views.ChannelView.as_view()),
        path("notifications/send", internal_views.SendView.as_view()),
        path("incidents/<uuid:incident_id>/acknowledge", internal_views.AcknowledgeView.as_view()),
        path("incidents/<uuid:incident_id>/deliveries", internal_views.IncidentDeliveriesView.as_view()),
    ],
)
