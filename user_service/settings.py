"""What user_service sets beside common's settings."""

from common import env
from common.settings import *
from user_service.login.settings import *

GATEWAY = env.choice("GATEWAY", "local", {"local", "kong"})
KONG_ADMIN_URL = env.url("KONG_ADMIN_URL", "http://kong-admin:8001")
SIGN_UP = env.choice("SIGN_UP", "open", {"open", "first", "closed"})
EMAIL_CONFIRMATION = env.boolean("EMAIL_CONFIRMATION", default=False)
