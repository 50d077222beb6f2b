"""Endpoints: what may be written of one, its secrets (masking, encryption), its owner's quotas and lock, and CRUD of it."""
