"""Incidents: times of being down, their timeline, notes and acknowledgement."""
