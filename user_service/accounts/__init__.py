"""Accounts: sign-up and the confirmation of its e-mail, profile, change of e-mail, deletion, and the audit log."""
