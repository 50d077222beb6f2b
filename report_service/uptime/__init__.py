"""Uptime, latency percentiles, Apdex, MTTR and MTBF of an endpoint, its chart, and the overview of all endpoints."""
