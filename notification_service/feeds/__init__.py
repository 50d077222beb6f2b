"""The copies of users, endpoints and windows that the change feeds keep."""
