"""What frontend sets beside common's settings."""

from common import env
from common.settings import *

PUBLIC_PREFIX = ""
STATIC_URL = "/static/"
STATIC_ROOT = env.string("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
