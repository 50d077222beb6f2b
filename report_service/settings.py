"""What report_service sets beside common's settings."""

from common.settings import *
