"""The documentation against the code: every variable, every folder, every command that it names."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from common import env
from common.fleet import fleet, url_variable
from deploy.local.run import KEPT, PASSED_TO_SERVICES
from tests import api_page, asvs

ROOT = Path(__file__).resolve().parents[1]
CONFIGURATION = ROOT / "docs" / "configuration.md"
PAGES = [ROOT / "README.md", ROOT / "README.ko.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
READERS = {name for name in vars(env) if not name.startswith("_") and callable(getattr(env, name))}
SECRET_READERS = {"secret", "secrets"}
ROW = re.compile(r"^\| `([A-Z][A-Z0-9_]*)`((?: \(secret\))?) \|", re.MULTILINE)
NOT_OURS = {"DJANGO_SETTINGS_MODULE", "TZ", "XDG_DATA_HOME"}
"""Conventions of Django and of the system, named on the page in passing."""


def _code() -> list[Path]:
    folders = ["common", "deploy", *fleet().services]
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not {"tests", "testing", "migrations", "helm"} & set(path.parts) and path != ROOT / "common" / "env.py"
    ]


def _read_by(path: Path) -> dict[str, bool]:
    """The variables that a file reads by `env.<reader>("NAME")` or from `os.environ`, and whether as secrets."""
    found: dict[str, bool] = {}
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="env"), attr=reader), args=[ast.Constant(value=str(name)), *_]
            ):
                if reader in READERS:
                    found[name] = reader in SECRET_READERS
            case (
                ast.Call(func=ast.Attribute(value=source, attr="get"), args=[ast.Constant(value=str(name)), *_])
                | ast.Subscript(value=source, slice=ast.Constant(value=str(name)), ctx=ast.Load())
            ):
                if ast.unparse(source) == "os.environ":
                    found[name] = False
    return {name: secret for name, secret in found.items() if name not in NOT_OURS}


@cache
def _variables() -> dict[str, bool]:
    """Every variable that is read, and whether it is a secret."""
    found: dict[str, bool] = {}
    for path in _code():
        found |= _read_by(path)
    peers = {peer for service in fleet().services.values() for peer in service.calls if peer in fleet().services}
    return found | {url_variable(peer): False for peer in peers}


def _documented() -> dict[str, bool]:
    return {name: bool(secret) for name, secret in ROW.findall(CONFIGURATION.read_text())}


def test_every_variable_that_is_read_is_documented():
    assert sorted(_variables().keys() - _documented().keys()) == []


def test_every_documented_variable_is_read_somewhere():
    code = "\n".join(path.read_text() for path in _code())
    unread = [name for name in _documented().keys() - _variables().keys() if f'"{name}"' not in code]
    assert unread == []


def test_what_is_read_from_a_file_too_is_documented_as_a_secret():
    documented = _documented()
    assert {name for name, secret in _variables().items() if secret} == {
        name for name, secret in documented.items() if secret
    }


def test_no_variable_is_documented_twice():
    names = [name for name, _ in ROW.findall(CONFIGURATION.read_text())]
    assert sorted(names) == sorted(set(names))


def test_the_variables_that_are_yours_are_those_that_the_launcher_passes_on():
    yours = set(re.findall(r"^\| `([A-Z_]+)`(?: \(secret\))? \| yours \|", CONFIGURATION.read_text(), re.MULTILINE))
    files = {f"{name}_FILE" for name in yours if _variables()[name]}
    assert set(PASSED_TO_SERVICES) | (set(KEPT) & _variables().keys()) == yours | files


@pytest.mark.parametrize("service", fleet().services)
def test_every_service_has_a_readme_that_says_how_to_test_it(service):
    text = (ROOT / service / "README.md").read_text()
    assert text.startswith("# ")
    assert f"pytest {service}" in text


@pytest.mark.parametrize("service", fleet().services)
def test_what_add_a_service_says_to_edit_names_every_service(service):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    linter = project["tool"]["importlinter"]
    assert f"{service}*" in project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert service in linter["root_packages"]
    for contract in linter["contracts"]:
        assert service in contract["modules" if contract["type"] == "independence" else "forbidden_modules"]
    assert f"!{service}" in (ROOT / ".dockerignore").read_text().splitlines()
    for page in ("README.md", "README.ko.md", "docs/architecture.md"):
        assert f"`{service}" in (ROOT / page).read_text(), page


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_command_of_make_that_a_page_names_exists(page):
    targets = set(re.findall(r"^([a-z-]+(?: [a-z-]+)*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    known = {name for target in targets for name in target.split()}
    assert set(re.findall(r"(?:`|^    |^)make ([a-z-]+)", page.read_text(), re.MULTILINE)) <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_every_relative_link_of_a_page_leads_somewhere(page):
    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_api_page_lists_what_the_documents_say():
    assert api_page.PAGE.read_text() == api_page.page(), "Run: make format"


def test_the_two_readmes_begin_with_the_two_commands():
    for name in ("README.md", "README.ko.md"):
        lines = (ROOT / name).read_text().splitlines()
        assert [line.split()[:2] for line in lines[2:4]] == [["make", "up"], ["make", "test"]], name


@pytest.mark.parametrize("page", ["security.md", "asvs.md"])
def test_every_test_that_holds_a_promise_exists(page):
    named = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs" / page).read_text())
    missing = [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / file).exists() or (test and f"def {test}(" not in (ROOT / file).read_text())
    ]
    assert missing == []


def test_the_counts_of_the_self_assessment_are_those_of_its_tables():
    assert asvs.with_counts(asvs.PAGE.read_text()) == asvs.PAGE.read_text(), "Run: python -m tests.asvs"
