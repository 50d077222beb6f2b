"""Exports of results as CSV or JSON lines, streamed, and how many run at once."""
