"""What both gateways' files say alike: deploy/kong/kong.yaml and the Caddyfile of deploy/local."""

KEY = "apikey"
"""The header, or the query parameter, that a key comes in."""
MAX_BODY_MEGABYTES = 10
"""In units of 2**20 bytes, as the services count."""
CORS_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
CORS_HEADERS = ["Accept", "Accept-Language", "Content-Type", "X-Request-ID", KEY]
CORS_EXPOSED = ["Retry-After", "X-Request-ID"]
CORS_SECONDS = 3600
"""For which a browser remembers what it was allowed."""
