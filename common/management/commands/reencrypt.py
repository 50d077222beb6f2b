"""`manage.py SERVICE reencrypt`: every stored secret under the current key, the first of ENCRYPTION_KEYS.

Safe to repeat, to interrupt, and to run while the service works: a row that changes meanwhile is already written with
the current key. Followers of a change feed get the rows anew, and with them what they keep a copy of.
"""

from collections.abc import Iterator

from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection

from common.security.crypto import EncryptedJSONField, is_current, rotate

CHUNK = 500


class Command(BaseCommand):
    help = "Encrypt every stored secret anew with the first of ENCRYPTION_KEYS."

    def handle(self, *_: object, **__: object) -> None:
        """Raises `ValueError` for a secret that none of the keys opens."""
        count = sum(_column(*names) for names in _columns())
        self.stdout.write(f"{count} secrets are under the current key now.")


def _columns() -> Iterator[tuple[str, str, str]]:
    """Table, primary key and column of each encrypted field."""
    quote = connection.ops.quote_name
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedJSONField):
                meta = model._meta
                yield quote(meta.db_table), quote(str(meta.pk and meta.pk.column)), quote(str(field.column))


def _column(table: str, key: str, column: str) -> int:
    """How many secrets of one column were not under the current key."""
    count, after = 0, None
    while True:
        with connection.cursor() as cursor:
            where = f"{column} IS NOT NULL" + ("" if after is None else f" AND {key} > %s")
            cursor.execute(
                f"SELECT {key}, {column} FROM {table} WHERE {where} ORDER BY {key} LIMIT {CHUNK}",  # noqa: S608  our names
                [] if after is None else [after],
            )
            rows = cursor.fetchall()
            for row_id, old in rows:
                if not is_current(old):
                    cursor.execute(
                        f"UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s",  # noqa: S608  our names
                        [rotate(old), row_id, old],
                    )
                    count += cursor.rowcount
        if len(rows) < CHUNK:
            return count
        after = rows[-1][0]
