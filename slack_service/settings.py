"""What slack_service sets beside common's settings."""

from common import env
from common.settings import *

SLACK_API_URL = env.url("SLACK_API_URL", "https://slack.com/api/") + "/"
SLACK_TIMEOUT = 10
