"""What frontend sets beside common's settings; how a web app differs from an API is in `web_settings`."""

from common import env
from common.settings import *
from frontend.web.web_settings import *

SERVICE_URLS = {"gateway": env.url("GATEWAY_URL", "http://127.0.0.1:8000")}
DEMO = env.boolean("DEMO", default=False)
STATIC_ROOT = env.string("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PUBLIC_URL.startswith("https://") else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_SECONDS > 0
