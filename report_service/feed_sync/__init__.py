"""Copies of users, endpoints and maintenance windows, kept by their owners' change feeds, and the erasure of deleted ones' data."""
