"""What an operator sees and may do: everything that changes an account goes through the rules of the service."""

import json
from typing import Protocol

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User as Operator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from common.api.errors import ApiError, TooManyRequests
from common.api.handlers import headers
from common.quotas import default, quotas
from user_service.accounts import services
from user_service.login import rate_limits
from user_service.models import Key, SecurityEvent, User
from user_service.operators import services as operator_services


class _Site(admin.AdminSite):
    site_header = site_title = "pongpong"

    def login(self, request: HttpRequest, extra_context: dict[str, object] | None = None) -> HttpResponse:
        """Django's, as often as users may try theirs: only wrong ones count."""
        if request.method != "POST":
            return super().login(request, extra_context)
        buckets = rate_limits.operator_buckets(
            name=request.POST.get("username", ""), address=str(request.META.get("REMOTE_ADDR", ""))
        )
        try:
            rate_limits.take(*buckets)
        except TooManyRequests as error:
            return HttpResponse(str(error.message), content_type="text/plain", status=429, headers=headers(error))
        response = super().login(request, extra_context)
        if request.user.is_authenticated:
            rate_limits.give_back(*buckets)
        return response


class _Rule(Protocol):
    """What is done to an account; the administration's log has it by its name."""

    __name__: str

    def __call__(self, *, user: User) -> None: ...


site = _Site(name="admin")


class _Shown(admin.ModelAdmin):  # type: ignore[type-arg]
    """Read only."""

    def has_add_permission(self, *_: object) -> bool:
        return False

    def has_change_permission(self, *_: object) -> bool:
        return False

    def has_delete_permission(self, *_: object) -> bool:
        return False


class QuotasForm(forms.ModelForm):  # type: ignore[type-arg]
    """The quotas alone can be changed; the others are everybody's."""

    class Meta:
        model = User
        fields = ["quotas"]

    def clean_quotas(self) -> dict[str, int]:
        """By the rules of the service."""
        wanted = self.cleaned_data["quotas"] or {}
        if not isinstance(wanted, dict):
            raise forms.ValidationError(_("Names with numbers in braces, please, as in the example below."))
        try:
            operator_services.quotas_check(quotas=wanted)
        except ApiError as error:
            raise forms.ValidationError([str(text) for text in (error.errors or {})["quotas"]]) from error
        return wanted


@admin.register(User, site=site)
class UserAdmin(_Shown):
    form = QuotasForm
    list_display = ("id", "email", "name", "language", "is_active", "created_at")
    list_filter = ("is_active", "language")
    search_fields = ("email", "name", "=id")
    ordering = ("-id",)
    readonly_fields = ("email", "name", "language", "time_zone", "is_active", "created_at", "usual")
    fields = ("email", "name", "language", "time_zone", "is_active", "created_at", "quotas", "usual")
    actions = ("disable", "enable", "delete_accounts")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Without tombstones."""
        return super().get_queryset(request).filter(deleted_at=None)

    def has_change_permission(self, *_: object) -> bool:
        return True

    @admin.display(description=_("quotas of everybody"))
    def usual(self, _user: User) -> str:
        """What is not said for this account, spelled as it can be said."""
        return json.dumps({name: default(name) for name in quotas()})

    def save_model(self, request: HttpRequest, obj: User, form: QuotasForm, change: bool) -> None:  # noqa: ARG002
        """Through the rules of the service, which merge: what is not named any more is everybody's again."""
        operator_services.user_set_quotas(user=obj, quotas=dict.fromkeys(quotas()) | form.cleaned_data["quotas"])

    @admin.action(description=_("Disable: no login, no key works"))
    def disable(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._each(request, users, operator_services.user_disable)

    @admin.action(description=_("Enable"))
    def enable(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._each(request, users, operator_services.user_enable)

    @admin.action(description=_("Delete the accounts and everything that belongs to them"))
    def delete_accounts(self, request: HttpRequest, users: QuerySet[User]) -> None:
        self._each(request, users, services.user_delete)

    def _each(self, request: HttpRequest, users: QuerySet[User], rule: _Rule) -> None:
        for user in users:
            try:
                rule(user=user)
            except ApiError as error:
                self.message_user(request, f"{user.email}: {error.message}", messages.ERROR)
            else:
                self.log_change(request, user, rule.__name__)


@admin.register(Key, site=site)
class KeyAdmin(_Shown):
    list_display = ("id", "user_id", "kind", "name", "created_at", "expires_at", "last_used_at")
    search_fields = ("=user__id", "=user__email")
    exclude = ("user",)


@admin.register(SecurityEvent, site=site)
class SecurityEventAdmin(_Shown):
    list_display = ("id", "user_id", "kind", "address", "detail", "created_at")
    list_filter = ("kind",)
    search_fields = ("=user__id", "=address")
    exclude = ("user",)


@admin.register(Operator, site=site)
class OperatorAdmin(_Shown):
    """Operators themselves are made by `pongpong admin-user` only."""

    list_display = ("username", "is_active", "last_login")
    fields = ("username", "is_active", "last_login")
