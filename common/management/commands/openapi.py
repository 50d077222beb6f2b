"""`manage.py SERVICE openapi FOLDER`: write the service's two OpenAPI documents as files."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.test import Client

DOCUMENTS = {"public": f"{settings.PUBLIC_PREFIX}/schema", "internal": "/schema"}


class Command(BaseCommand):
    help = "Write the public and the internal OpenAPI document into FOLDER."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *_: object, folder: Path, **__: object) -> None:
        """Ask the service itself, so that the file is what a client would get."""
        for kind, path in DOCUMENTS.items():
            response = Client(headers={"accept-language": "en"}).get(path)
            if response.status_code != 200:
                raise CommandError(f"{path} answered {response.status_code}")
            (folder / f"{settings.SERVICE}.{kind}.json").write_bytes(response.content + b"\n")
