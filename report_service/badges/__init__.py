"""Badges: pictures (SVG) of an endpoint's state, uptime or response time, behind an unguessable token."""
