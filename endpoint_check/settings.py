"""What endpoint_check sets beside common's settings."""

from common.settings import *
