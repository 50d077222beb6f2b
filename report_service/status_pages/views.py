"""Status pages: their owner's side, and what everybody may read."""

import uuid

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.errors import NotFound
from common.api.views import AnonymousView, PublicView
from common.security.ownership import owned_or_refused, visible_to
from report_service.models import Announcement, IncidentUpdate, StatusPage
from report_service.status_pages import atom_feed, public_page
from report_service.status_pages import services as pages
from report_service.status_pages.localization import NO_KEY, PARAMETERS, localized
from report_service.status_pages.serializers import (
    AnnouncementSerializer,
    IncidentUpdateSerializer,
    PublicPageSerializer,
    StatusPageSerializer,
)

_CACHED = {"Cache-Control": "public, max-age=30", "X-Content-Type-Options": "nosniff"}


class StatusPagesView(PublicView):
    """`/status-pages`."""

    queryset = StatusPage.objects.order_by("id")
    serializer_class = StatusPageSerializer

    @extend_schema(operation_id="status_pages_list", responses=StatusPageSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The caller's pages."""
        rows = pages.pages_without_deleted_endpoints(
            self.paginate_queryset(visible_to(self.get_queryset(), request)) or []
        )
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(operation_id="status_pages_create", responses={201: StatusPageSerializer})
    def post(self, request: Request) -> Response:
        """Make a page."""
        page = pages.page_create(user_id=self.user_id, **self.validated(request))
        return Response(self.get_serializer(page).data, status=201)


class StatusPageView(PublicView):
    """`/status-pages/{id}`."""

    queryset = StatusPage.objects.all()
    serializer_class = StatusPageSerializer

    @extend_schema(operation_id="status_pages_retrieve")
    def get(self, request: Request, page_id: int) -> Response:
        """One page."""
        [page] = pages.pages_without_deleted_endpoints([_page(request, page_id)])
        return Response(self.get_serializer(page).data)

    @extend_schema(operation_id="status_pages_update")
    def patch(self, request: Request, page_id: int) -> Response:
        """Change what is given."""
        page = pages.page_update(page=_page(request, page_id), **self.validated(request, partial=True))
        return Response(self.get_serializer(page).data)

    @extend_schema(operation_id="status_pages_delete", responses={204: None})
    def delete(self, request: Request, page_id: int) -> Response:
        """Take the page down."""
        _page(request, page_id).delete()
        return Response(status=204)


class StatusPagePreviewView(PublicView):
    """`/status-pages/{id}/preview`."""

    queryset = StatusPage.objects.all()
    serializer_class = PublicPageSerializer

    @extend_schema(operation_id="status_pages_preview")
    def get(self, request: Request, page_id: int) -> Response:
        """What everybody would read, published or not."""
        page = _page(request, page_id)
        with localized(request, user_id=page.user_id) as localization:
            return Response(self.get_serializer(public_page.page_public(page=page, localization=localization)).data)


class AnnouncementsView(PublicView):
    """`/status-pages/{id}/announcements`."""

    queryset = Announcement.objects.order_by("-starts_at", "-id")
    serializer_class = AnnouncementSerializer

    @extend_schema(operation_id="announcements_list", responses=AnnouncementSerializer(many=True))
    def get(self, request: Request, page_id: int) -> Response:
        """All announcements of a page, newest first."""
        rows = self.paginate_queryset(self.get_queryset().filter(page=_page(request, page_id)))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(operation_id="announcements_create", responses={201: AnnouncementSerializer})
    def post(self, request: Request, page_id: int) -> Response:
        """Announce something."""
        announcement = pages.announcement_create(page=_page(request, page_id), **self.validated(request))
        return Response(self.get_serializer(announcement).data, status=201)


class AnnouncementView(PublicView):
    """`/status-pages/{id}/announcements/{announcement_id}`."""

    queryset = Announcement.objects.all()
    serializer_class = AnnouncementSerializer

    @extend_schema(operation_id="announcements_retrieve")
    def get(self, request: Request, page_id: int, announcement_id: int) -> Response:
        """One announcement."""
        return Response(self.get_serializer(self._found(request, page_id, announcement_id)).data)

    @extend_schema(operation_id="announcements_update")
    def patch(self, request: Request, page_id: int, announcement_id: int) -> Response:
        """Change what is given."""
        found = self._found(request, page_id, announcement_id)
        return Response(
            self.get_serializer(
                pages.announcement_update(announcement=found, **self.validated(request, partial=True))
            ).data
        )

    @extend_schema(operation_id="announcements_delete", responses={204: None})
    def delete(self, request: Request, page_id: int, announcement_id: int) -> Response:
        """Take it back."""
        self._found(request, page_id, announcement_id).delete()
        return Response(status=204)

    def _found(self, request: Request, page_id: int, announcement_id: int) -> Announcement:
        found = _page(request, page_id).announcements.filter(id=announcement_id).first()
        if found is None:
            raise NotFound
        return found


class IncidentUpdatesView(PublicView):
    """`/status-pages/{id}/incidents/{incident_id}/updates`."""

    queryset = IncidentUpdate.objects.order_by("-id")
    serializer_class = IncidentUpdateSerializer

    @extend_schema(operation_id="incident_updates_list", responses=IncidentUpdateSerializer(many=True))
    def get(self, request: Request, page_id: int, incident_id: uuid.UUID) -> Response:
        """What was told on this page about an incident, newest first."""
        page = _page(request, page_id)
        incident = pages.incident_of_page(page=page, incident_id=incident_id)
        rows = self.paginate_queryset(self.get_queryset().filter(page=page, incident=incident))
        return self.get_paginated_response(self.get_serializer(rows, many=True).data)

    @extend_schema(operation_id="incident_updates_create", responses={201: IncidentUpdateSerializer})
    def post(self, request: Request, page_id: int, incident_id: uuid.UUID) -> Response:
        """Tell the page's readers how it goes."""
        page = _page(request, page_id)
        incident = pages.incident_of_page(page=page, incident_id=incident_id)
        update = pages.incident_update_create(page=page, incident=incident, **self.validated(request))
        return Response(self.get_serializer(update).data, status=201)


class IncidentUpdateView(PublicView):
    """`/status-pages/{id}/incidents/{incident_id}/updates/{update_id}`."""

    queryset = IncidentUpdate.objects.all()
    serializer_class = IncidentUpdateSerializer

    @extend_schema(operation_id="incident_updates_update")
    def patch(self, request: Request, page_id: int, incident_id: uuid.UUID, update_id: int) -> Response:
        """Change what is given."""
        found = self._found(request, page_id, incident_id, update_id)
        serializer = self.get_serializer(found, data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response(serializer.data)

    @extend_schema(operation_id="incident_updates_delete", responses={204: None})
    def delete(self, request: Request, page_id: int, incident_id: uuid.UUID, update_id: int) -> Response:
        """Take it back."""
        self._found(request, page_id, incident_id, update_id).delete()
        return Response(status=204)

    def _found(self, request: Request, page_id: int, incident_id: uuid.UUID, update_id: int) -> IncidentUpdate:
        page = _page(request, page_id)
        found = page.incident_updates.filter(incident_id=incident_id, id=update_id).first()
        if found is None:
            raise NotFound
        return found


class PublicPageView(AnonymousView):
    """`/status/{slug}`."""

    queryset = StatusPage.objects.none()
    serializer_class = PublicPageSerializer

    @extend_schema(operation_id="status_retrieve", auth=NO_KEY, parameters=PARAMETERS)
    def get(self, request: Request, slug: str) -> Response:
        """A published status page."""
        page = public_page.published_get(slug=slug)
        with localized(request, user_id=page.user_id) as localization:
            shown = self.get_serializer(public_page.page_public(page=page, localization=localization)).data
        return Response(shown, headers=_CACHED)


class PublicFeedView(AnonymousView):
    """`/status/{slug}/feed`."""

    queryset = StatusPage.objects.none()
    serializer_class = PublicPageSerializer
    renderer_classes = [JSONRenderer]

    @extend_schema(
        operation_id="status_feed",
        auth=NO_KEY,
        parameters=PARAMETERS,
        responses={(200, "application/atom+xml"): OpenApiTypes.STR},
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """The page's announcements and incidents as an Atom feed."""
        page = public_page.published_get(slug=slug)
        with localized(request, user_id=page.user_id):
            xml = atom_feed.page_feed(page=page)
        return HttpResponse(xml, content_type="application/atom+xml; charset=utf-8", headers=_CACHED)


def _page(request: Request, page_id: int) -> StatusPage:
    return owned_or_refused(StatusPage.objects.all(), request, id=page_id)
