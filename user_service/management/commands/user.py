"""`manage.py user_service user create|disable|enable|reset-password|quotas EMAIL`: accounts from the command line."""

import sys
from typing import TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from django.utils import translation

from common import quotas
from common.api.errors import ApiError
from user_service.models import Language
from user_service.operators import services as operator_services


class Options(TypedDict, total=False):
    """What an action takes beside the email; each has its own."""

    password_stdin: bool
    name: str
    language: str
    quotas: list[str]


class Command(BaseCommand):
    help = "Create, disable, enable an account, or give it another password or other quotas."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        for name, text in (
            ("create", "a new account; without --password-stdin its password is made and printed"),
            ("disable", "nobody can log in to it, and its keys open nothing"),
            ("enable", "the opposite"),
            ("reset-password", "another password; every login and key of the account ends"),
            ("quotas", "what the account may use; without numbers, show it"),
        ):
            action = actions.add_parser(name, help=text)
            action.add_argument("email")
            if name in {"create", "reset-password"}:
                action.add_argument("--password-stdin", action="store_true", help="read the password from the input")
            if name == "quotas":
                action.add_argument("quotas", nargs="*", metavar="NAME=NUMBER", help="NAME=default: everybody's number")
            if name == "create":
                action.add_argument("--name", default="")
                action.add_argument("--language", choices=Language.values, default=Language.KOREAN)

    def handle(self, *_: object, action: str, email: str, **options: Unpack[Options]) -> None:
        """One line for the operator; a rule that is broken becomes a sentence and exit code 1."""
        with translation.override("en"):
            try:
                self.stdout.write(getattr(self, f"_{action.replace('-', '_')}")(email, options))
            except ApiError as error:
                details = [text for texts in (error.errors or {}).values() for text in texts]
                raise CommandError(" ".join(map(str, details)) or str(error.message)) from error

    def _create(self, email: str, options: Options) -> str:
        _require_email(email)
        password, told = _password(options)
        operator_services.user_add(email=email, password=password, name=options["name"], language=options["language"])
        return f"Created {email}.{told}"

    def _disable(self, email: str, _options: Options) -> str:
        operator_services.user_disable(user=operator_services.user_find(email=email))
        return f"Disabled {email}."

    def _enable(self, email: str, _options: Options) -> str:
        operator_services.user_enable(user=operator_services.user_find(email=email))
        return f"Enabled {email}."

    def _reset_password(self, email: str, options: Options) -> str:
        password, told = _password(options)
        with transaction.atomic():
            operator_services.user_reset_password(user=operator_services.user_find(email=email), password=password)
        return f"{email} has another password, and every login and key has ended.{told}"

    def _quotas(self, email: str, options: Options) -> str:
        user = operator_services.user_find(email=email)
        usual = [item.removesuffix("=default") for item in options["quotas"] if item.endswith("=default")]
        try:
            numbers = quotas.parse([item for item in options["quotas"] if not item.endswith("=default")])
        except ValueError as error:
            raise CommandError(str(error)) from error
        own = operator_services.user_set_quotas(user=user, quotas=numbers | dict.fromkeys(usual))
        lines = [
            f"{name}={own.get(name, quotas.default(name))}{'' if name in own else ' (default)'}"
            for name in quotas.quotas()
        ]
        return "\n".join(lines)


def _require_email(email: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise CommandError(f"{email} is no address of e-mail.") from error


def _password(options: Options) -> tuple[str, str]:
    """The password, and what to print of it."""
    if options["password_stdin"]:
        return sys.stdin.readline().rstrip("\n"), ""
    password = operator_services.password_generated()
    return password, f" Its password: {password}"
