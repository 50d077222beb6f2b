"""What every service's settings start from: `from common.settings import *`, then only what differs.

Which service this is follows from DJANGO_SETTINGS_MODULE (`user_service.settings`); everything else comes from the
environment, see docs/configuration.md.
"""

import os
import re
from pathlib import Path

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from common import env
from common.fleet import fleet, host_name, url_variable
from common.rest_settings import REST_FRAMEWORK, SPECTACULAR_SETTINGS  # noqa: F401  settings of every service
from common.telemetry import tracing

SERVICE = os.environ["DJANGO_SETTINGS_MODULE"].partition(".")[0]
BASE_DIR = Path(__file__).resolve().parent.parent
FLEET_SERVICE = fleet().services[SERVICE]

# Identity and trust
SECRET_KEY = env.secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.secrets("SECRET_KEY_FALLBACKS", "")
INTERNAL_TOKEN = env.secret("INTERNAL_TOKEN")
INTERNAL_TOKEN_FALLBACKS = env.secrets("INTERNAL_TOKEN_FALLBACKS", "")
if any(len(token) < 32 for token in [INTERNAL_TOKEN, *INTERNAL_TOKEN_FALLBACKS]):
    raise ImproperlyConfigured("INTERNAL_TOKEN must have at least 32 characters.")
GATEWAY_TOKEN = env.secret("GATEWAY_TOKEN") if FLEET_SERVICE.public else ""
GATEWAY_TOKEN_FALLBACKS = env.secrets("GATEWAY_TOKEN_FALLBACKS", "")
for token in filter(None, [GATEWAY_TOKEN, *GATEWAY_TOKEN_FALLBACKS]):
    if not re.fullmatch(r"[A-Za-z0-9_-]{32,}", token) or token in {INTERNAL_TOKEN, *INTERNAL_TOKEN_FALLBACKS}:
        raise ImproperlyConfigured(
            "GATEWAY_TOKEN must have at least 32 characters, letters, digits, - and _ alone, and not be INTERNAL_TOKEN."
        )
ENCRYPTION_KEYS = env.secrets("ENCRYPTION_KEYS")
KEY_USE_EVERY = env.number("KEY_USE_EVERY", 30, most=3600)
TRUSTED_PROXIES = env.integer("TRUSTED_PROXIES", 1, most=10)
ALLOWED_HOSTS = env.strings("ALLOWED_HOSTS", f"localhost,127.0.0.1,[::1],{host_name(SERVICE)}")
DEBUG = env.boolean("DEBUG", default=False)

# Where the others are
SERVICE_URLS = {
    peer: env.url(url_variable(peer), f"http://{host_name(peer)}")
    for peer in FLEET_SERVICE.calls
    if peer in fleet().services
}
REGION = env.string("REGION", "default")
PUBLIC_URL = env.url("PUBLIC_URL", "https://pongpong.io")
API_URL = env.url("API_URL", "https://api.pongpong.io")

# What runs
INSTALLED_APPS = [
    "django.contrib.staticfiles",
    "rest_framework",
    "django_prometheus",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "common",
    SERVICE,
]
MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "common.middleware.RequestIdMiddleware",
    "common.middleware.RequestLogMiddleware",
    "common.middleware.PrivateMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "common.middleware.PathGuardMiddleware",
    "common.middleware.InsideMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "common.middleware.InternalTokenMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "common.middleware.BodyLimitMiddleware",
    "common.security.auth.ConsumerMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
GATEWAY_TRACES = env.boolean("GATEWAY_TRACES", default=False)
if tracing.ON:
    MIDDLEWARE.insert(
        MIDDLEWARE.index("common.middleware.RequestIdMiddleware") + 1, "common.telemetry.tracing.TracingMiddleware"
    )
ROOT_URLCONF = f"{SERVICE}.urls"
WSGI_APPLICATION = "common.wsgi.application"
PUBLIC_PREFIX = "/api"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]

# Data
DATABASES = (
    {
        "default": dj_database_url.parse(
            env.secret("DATABASE_URL"),
            engine="django.db.backends.postgresql",
            conn_max_age=None,
            conn_health_checks=True,
        )
        | {"TEST": {"NAME": env.string("TEST_DATABASE_NAME", f"test_{SERVICE}")}}
    }
    if FLEET_SERVICE.database
    else {}
)
if DATABASES:
    # Beside what the address asks for, such as ?sslmode=verify-full&sslrootcert=/etc/database-ca/ca.crt
    DATABASES["default"].setdefault("OPTIONS", {}).update(connect_timeout=5, application_name=SERVICE)
REQUEST_SECONDS = env.number("REQUEST_SECONDS", 2, least=0.1, most=600)
QUOTAS = env.strings("QUOTAS")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
MAX_BODY_BYTES = env.integer("MAX_BODY_BYTES", 10 * 1024 * 1024, least=1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
FILE_UPLOAD_HANDLERS: list[str] = []  # nobody has a file to send

# Language: Korean unless the client asks for English. The territory is for DRF, which knows Korean as ko_KR only.
LANGUAGE_CODE = "ko-kr"
LANGUAGES: list[tuple[str, object]] = [("ko-kr", _("Korean")), ("en", _("English"))]
USE_I18N = True

# Static files of DRF's browsable API and of Swagger UI, straight from their packages
STATIC_URL = f"{PUBLIC_PREFIX}/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "common.serving.static.RelativeStaticStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600

# Celery
BROKER_URL = env.secret("BROKER_URL") if FLEET_SERVICE.workers else ""
METRICS_PORT = env.integer("METRICS_PORT", 0, most=65535)
METRICS_HOST = env.string("METRICS_HOST", "0.0.0.0")  # noqa: S104  scraped from outside of the container
PROMETHEUS_EXPORT_MIGRATIONS = False

# Logs: one JSON object a line
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", {"DEBUG", "INFO", "WARNING", "ERROR"})
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "common.telemetry.logs.JsonFormatter", "service": SERVICE}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}},
    "root": {"handlers": ["stdout"], "level": LOG_LEVEL},
    "loggers": {
        # common.middleware writes one line a request, and common.api.handlers the traceback of a 500
        "django.request": {"level": "CRITICAL"},
        "django.server": {"level": "CRITICAL"},
        # two lines a tick would say nothing; common.celery logs what fails, and every run at DEBUG
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}

# Behind a gateway that ends TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W003",  # CSRF: who calls is told by the gateway's header, never by a cookie (frontend has CSRF on)
    "security.W004",  # HSTS is set where TLS ends: the Ingress, or frontend's own setting
    "security.W008",  # the redirect to https as well: inside of the fleet services speak http
]
