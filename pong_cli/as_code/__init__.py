"""Monitors as code: `pong.yaml` and its JSON Schema, the plan of what differs from the account, applying it, exporting."""
