"""How passwords are kept: Argon2id at the cost that OWASP's Password Storage Cheat Sheet names for a busy server."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class PasswordHasher(Argon2PasswordHasher):
    """19 MiB, two passes, one lane: Django's 100 MiB would be half a gigabyte when four people log in at once."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
