"""The probe of each check kind, a module a kind, which is called like it."""
