"""Logging in: passwords and their reset, two-factor authentication (TOTP, recovery codes), rate limits, known networks."""
