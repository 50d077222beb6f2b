"""Alerts that came in: taken, mended where they are odd, and planned: who is told by which message."""
