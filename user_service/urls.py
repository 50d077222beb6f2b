"""The routes of user_service."""

from django.urls import path

from common.urls import handler400, handler403, handler404, handler500, service_urls
from user_service import internal_views
from user_service.accounts import views as account_views
from user_service.keys import views as key_views
from user_service.login import totp_views
from user_service.login import views as login_views

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = service_urls(
    public=[
        path("users", account_views.SignUpView.as_view()),
        path("users/confirm", account_views.ConfirmView.as_view()),
        path("users/me", account_views.MeView.as_view()),
        path("users/me/password", login_views.PasswordView.as_view()),
        path("users/me/events", account_views.EventListView.as_view()),
        path("users/me/totp", totp_views.TotpView.as_view()),
        path("users/me/totp/confirm", totp_views.TotpConfirmView.as_view()),
        path("users/me/totp/disable", totp_views.TotpDisableView.as_view()),
        path("users/<id:user_id>", account_views.UserView.as_view()),
        path("login", login_views.LoginView.as_view()),
        path("logout", login_views.LogoutView.as_view()),
        path("password-reset", login_views.PasswordResetRequestView.as_view()),
        path("password-reset/confirm", login_views.PasswordResetView.as_view()),
        path("keys", key_views.KeyListView.as_view()),
        path("keys/<id:key_id>", key_views.KeyView.as_view()),
    ],
    internal=[
        path("keys/used", internal_views.KeysUsedView.as_view()),
        path("auth", internal_views.KeyCheckView.as_view()),
        path("users", internal_views.UserFeedView.as_view()),
        path("users/<id:user_id>", internal_views.UserDetailView.as_view()),
    ],
)
