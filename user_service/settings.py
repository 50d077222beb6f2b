"""What user_service sets beside common's settings."""

from common import env
from common.settings import *
from user_service.login.password_settings import AUTH_PASSWORD_VALIDATORS, LOCALE_PATHS, PASSWORD_HASHERS  # noqa: F401

GATEWAY = env.choice("GATEWAY", "local", {"local", "kong"})
KONG_ADMIN_URL = env.url("KONG_ADMIN_URL", "http://kong-admin:8001")
SIGN_UP = env.choice("SIGN_UP", "open", {"open", "first", "closed"})
EMAIL_CONFIRMATION = env.boolean("EMAIL_CONFIRMATION", default=False)

# Token buckets that fill up within a minute, the mails' within an hour; and a second factor's wrong codes a day
LOGINS_PER_ACCOUNT = env.integer("LOGINS_PER_ACCOUNT", 10, least=1)
LOGINS_PER_ADDRESS = env.integer("LOGINS_PER_ADDRESS", 60, least=1)
SIGN_UPS_PER_ADDRESS = env.integer("SIGN_UPS_PER_ADDRESS", 60, least=1)
RESETS_PER_ACCOUNT = env.integer("RESETS_PER_ACCOUNT", 5, least=1)
MAILS_PER_RECIPIENT = env.integer("MAILS_PER_RECIPIENT", 5, least=1)
CODES_PER_DAY = env.integer("CODES_PER_DAY", 20, least=1)
