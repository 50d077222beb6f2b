"""What a newcomer reads, against the code: the lists of files to edit, the decisions, the glossary, what a host runs."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from common.fleet import fleet

ROOT = Path(__file__).resolve().parents[1]
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
PAGES = [
    CONTRIBUTING, ROOT / "SECURITY.md", ROOT / "docs" / "glossary.md", *sorted((ROOT / "docs" / "decisions").glob("*.md")),
    *sorted((ROOT / ".github").rglob("*.md")),
]  # fmt: skip
HEADINGS = ["Context", "Decision", "What it costs", "What would change it"]
SPEAKS_OF = {
    "A check kind": r"[\"']dns[\"']",
    "An option of an endpoint": r"\bip_version\b",
    "A channel": r"[\"']slack[\"']",
    "An alert event": r"[\"']flapping[\"']",
    "A field of a result": r"\bcertificate_issuer\b",
}
"""How code speaks of each list's example."""
NOT_BY_HAND = {"locale", "migrations", "testing", "tests"}


def sections() -> dict[str, str]:
    """The lists of CONTRIBUTING.md by their headings."""
    text = CONTRIBUTING.read_text().partition("## Which files a change touches")[2]
    return dict(re.findall(r"^### (.+?)\n(.+?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL))


def named(section: str) -> list[str]:
    """The files that a list names, in backticks."""
    numbered = section[section.index("\n1. ") :]
    return [name for name in re.findall(r"`([^`\s]+)`", numbered) if re.search(r"\.\w+$", name)]


@cache
def code() -> list[Path]:
    """Hand-written code and templates of the services and of what is beside them."""
    folders = [*fleet().services, "common", "pong_cli", "deploy"]
    return [
        path
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in {".py", ".html"} and not NOT_BY_HAND & set(path.relative_to(ROOT).parts)
    ]


def test_there_is_a_list_for_each_thing_that_is_added():
    assert sections().keys() == {"A service", *SPEAKS_OF}


@pytest.mark.parametrize("what", ["A service", *SPEAKS_OF])
def test_every_file_of_a_list_exists_and_speaks_of_its_example(what: str):
    section = sections()[what]
    [example] = re.findall(r"^Example: `(\w+)`", section, re.MULTILINE)
    for name in named(section):
        text = (ROOT / name).read_text() + name
        assert re.search(example.replace("_", "[-_]"), text, re.IGNORECASE), f"{name} says nothing of {example}"


@pytest.mark.parametrize("what", SPEAKS_OF)
def test_a_list_names_every_file_that_speaks_of_its_example(what: str):
    speaking = {
        path.relative_to(ROOT).as_posix() for path in code() if re.search(SPEAKS_OF[what], path.read_text("utf-8"))
    }
    assert speaking - set(named(sections()[what])) == set(), f"name them in CONTRIBUTING.md, {what}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_commands_of_the_pages_for_newcomers_lead_somewhere(page: Path):
    text = page.read_text()
    for link in re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), link
    targets = set(re.findall(r"\bmake ([a-z-]+)", "\n".join(re.findall(r"`[^`]+`|^make .*$", text, re.MULTILINE))))
    assert targets <= makefile_targets()


def makefile_targets() -> set[str]:
    """What one can make."""
    found = re.findall(r"^([a-z-]+(?: [a-z-]+)*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return {name for names in found for name in names.split()}


def test_ten_decisions_say_what_they_cost():
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    assert len(pages) >= 10
    index = (ROOT / "docs" / "decisions" / "README.md").read_text()
    for number, page in enumerate(pages, 1):
        text = page.read_text()
        assert text.startswith(f"# {number:02}. ")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS, page.name
        assert f"]({page.name})" in index


def test_every_path_that_a_decision_names_exists():
    for page in sorted((ROOT / "docs" / "decisions").glob("*.md")):
        for name in re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", page.read_text()):
            assert (ROOT / name).exists(), (page.name, name)


def test_the_glossarys_korean_is_that_of_the_pages():
    korean = "".join(path.read_text("utf-8") for path in ROOT.glob("*/locale/ko/LC_MESSAGES/django.po"))
    rows = re.findall(r"^\| [\w ,]+ \| ([가-힣 ]+) \|", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    assert len(rows) > 20
    assert [word for word in rows if word not in korean] == []


def steps() -> Iterator[dict[str, Any]]:
    """Every step of the host's workflow."""
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    yield from (step for job in workflow["jobs"].values() for step in job["steps"])


def test_the_host_runs_what_a_person_runs_on_every_python():
    run = {step["run"].split()[1] for step in steps() if step.get("run", "").startswith("make ")}
    assert run == {"chart", "image", "image-test", "lint", "test"}
    assert run <= makefile_targets()
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text())
    pythons = workflow["jobs"]["test"]["strategy"]["matrix"]["python"]
    lowest = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"].removeprefix(">=")
    assert pythons == ["3.11", "3.12", "3.13", "3.14"]
    assert pythons[0] == lowest


def test_hooks_run_the_projects_own_tools_alone():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())
    assert {repository["repo"] for repository in hooks["repos"]} == {"local"}
    for hook in hooks["repos"][0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["entry"].startswith(".venv/bin/")
