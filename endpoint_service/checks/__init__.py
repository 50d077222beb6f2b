"""Checks on request: of a stored endpoint or of a spec that is not stored, with a login or without."""
