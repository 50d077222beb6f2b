"""Mails to an account's owner: links (password reset, sign-up, change of e-mail), security notices, and their outbox."""
