"""API keys: made by a login or named by their user, revoked, expired; and the local gateway's check of them."""
