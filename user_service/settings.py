"""What user_service sets beside common's settings."""

from common.settings import *
