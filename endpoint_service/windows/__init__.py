"""Maintenance windows: once or recurring (cron), what they cover, and when they open next."""
