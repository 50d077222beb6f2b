"""What email_service sets beside common's settings."""

from common import env
from common.settings import *

SMTP_HOST = env.string("SMTP_HOST", "")
SMTP_TLS = env.choice("SMTP_TLS", "starttls", {"none", "starttls", "tls"})
SMTP_PORT = env.integer("SMTP_PORT", {"none": 25, "starttls": 587, "tls": 465}[SMTP_TLS], least=1, most=65535)
SMTP_USER = env.string("SMTP_USER", "")
SMTP_PASSWORD = env.secret("SMTP_PASSWORD", "")
SMTP_TIMEOUT = 10.0
MAILS_PER_ADDRESS = env.integer("MAILS_PER_ADDRESS", 60, least=1)
MAIL_FOLDER = env.string("MAIL_FOLDER", "")
MAIL_FROM = env.string("MAIL_FROM", "pongpong <alerts@pongpong.io>")
