"""Cron expressions, time zones and maintenance windows, right over every change of a clock."""
