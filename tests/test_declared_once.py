"""What is declared in the contracts reaches every place that shows or obeys it: forget one, and this fails."""

import json
import re
from pathlib import Path
from typing import cast, get_args

import pytest

from common.contracts.alerts import CHOICES, EVENTS, EventName
from common.contracts.answers.report_service import ReportDetail
from common.contracts.assertions import ASSERTIONS, OPERATORS
from common.contracts.channels import CHANNELS, settings_schema
from common.contracts.check_kinds import KINDS
from common.contracts.endpoint import NAMING, SPEC, naming_schema
from common.contracts.fields import described
from common.contracts.options import OPTIONS
from common.contracts.results import PHASES, Phases, Result
from common.contracts.windows import WINDOW, file_schema
from endpoint_service.endpoints.values import EndpointValues
from pong_cli.output import charts
from pong_cli.spec_options import parameters
from tests.messages import stored

ROOT = Path(__file__).resolve().parents[1]
CHECKER = "\n".join(
    path.read_text() for path in sorted((ROOT / "endpoint_check").rglob("*.py")) if "tests" not in path.parts
)
WORDS = {message.id: message.string for message in stored("common") if message.id}
FIELDS = {**NAMING, **SPEC, **OPTIONS}
RESULT = described(Result)
SHOWN = [name for name, field in RESULT.items() if field.about.shown]


@pytest.mark.parametrize("name", OPTIONS)
def test_the_checker_obeys_every_option(name: str) -> None:
    assert re.search(rf"\boptions\.{name}\b", CHECKER), f"Nothing reads {name}."


@pytest.mark.parametrize("name", set(FIELDS) - {"enabled", "options"})
def test_every_field_has_its_words_in_both_languages(name: str) -> None:
    about = FIELDS[name].about
    assert about.label
    for text in filter(None, (about.label, about.help, about.flag_help, *about.choices.values())):
        assert WORDS.get(text) or text.isascii(), text
        assert WORDS.get(text) or text in {"HTTP/1.1", "HTTP/2", "HTTP/3", "IPv4", "IPv6"}, f"{text!r} has no Korean."


@pytest.mark.parametrize("name", OPTIONS)
def test_every_option_can_be_typed(name: str) -> None:
    assert OPTIONS[name].about.flag or name == "auth"


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_a_probe_and_its_words(name: str) -> None:
    kind = KINDS[name]
    assert WORDS.get(kind.label), kind.label
    assert WORDS.get(kind.help), kind.help
    assert kind.target.clean(kind.example)
    assert (ROOT / "endpoint_check" / "engine" / "probes" / f"{name}.py").is_file()


def test_every_declared_kind_is_offered_and_every_trait_is_some_kinds() -> None:
    modules = {path.stem for path in (ROOT / "common" / "contracts" / "kinds").glob("*.py")} - {"__init__", "base"}
    assert modules == set(KINDS)
    needed = {field.about.of for field in FIELDS.values()} | {assertion.of for assertion in ASSERTIONS.values()}
    assert needed - {""} <= {trait for kind in KINDS.values() for trait in kind.traits}


def test_every_condition_and_operator_has_its_word() -> None:
    for text in (*OPERATORS.values(), *(kind.label for kind in ASSERTIONS.values())):
        assert WORDS.get(text), text


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_has_its_words_and_comes_from_somewhere(name: str) -> None:
    event = EVENTS[name]
    for text in filter(None, (event.label, event.word, event.short, event.note, event.lasted)):
        assert WORDS.get(text), text
    assert f'"{name}"' in CHECKER, f"Nobody tells {name}."
    assert not event.recovers or event.recovers in EVENTS


def test_types_know_the_events_that_are_declared() -> None:
    assert set(get_args(EventName)) == set(EVENTS)


@pytest.mark.parametrize("kind", CHANNELS)
def test_every_kind_of_channel_has_its_words_its_options_and_a_sender(kind: str) -> None:
    channel = CHANNELS[kind]
    for field in channel.fields.values():
        for text in filter(None, (field.about.label, field.about.help, field.about.flag_help)):
            assert WORDS.get(text) or (text == field.about.help and " " not in text), text
        assert field.about.flag
    assert WORDS.get(channel.label) or channel.label.isalpha()
    assert WORDS.get(channel.help)
    assert set(channel.shown) <= set(channel.fields)
    sender = ROOT / "notification_service" / "channels" / f"{kind}.py"
    assert "SENDER = " in sender.read_text()


def test_the_documents_and_the_import_format_know_every_kind_and_event() -> None:
    public = json.loads((ROOT / "docs" / "openapi" / "notification_service.public.json").read_text())
    imported = json.loads((ROOT / "pong_cli" / "as_code" / "pong.schema.json").read_text())["$defs"]["channel"]
    fields = public["components"]["schemas"]["Notification"]["properties"]
    titles = [schema["title"] for schema in fields["settings"]["anyOf"]]
    assert titles == imported["properties"]["kind"]["enum"] == list(CHANNELS)
    assert imported["properties"]["events"]["items"]["enum"] == list(CHOICES)
    assert imported["allOf"][0]["then"]["properties"]["settings"] == settings_schema(titles[0])


def properties(document: str, schema: str) -> set[str]:
    """The fields of a schema in a committed OpenAPI document."""
    schemas = json.loads((ROOT / "docs" / "openapi" / f"{document}.json").read_text())["components"]["schemas"]
    return set(schemas[schema]["properties"])


@pytest.mark.parametrize("name", RESULT)
def test_every_field_of_a_result_is_sent_and_taken(name: str) -> None:
    sender = (ROOT / "endpoint_check" / "outbox" / "messages.py").read_text().partition("    return Result(")[2]
    assert re.search(rf"^ +{name}=", sender, re.MULTILINE), f"Nobody sends {name}."
    assert name in properties("report_service.internal", "IncomingReportRequest")


@pytest.mark.parametrize("name", SHOWN)
def test_every_field_of_a_result_that_is_shown_is_kept_described_and_read(name: str) -> None:
    model = (ROOT / "report_service" / "models.py").read_text().partition("class Report(")[2].partition("\nclass ")[0]
    for column in PHASES if name == "phases" else (name,):
        assert re.search(rf"^    {column} = ", model, re.MULTILINE), f"The model has no {column}."
    assert name in properties("report_service.public", "ReportDetail")
    assert (name in properties("report_service.public", "Report")) == (RESULT[name].about.shown == "list")
    assert name in ReportDetail.__struct_fields__


@pytest.mark.parametrize("phase", PHASES)
def test_every_phase_is_measured_and_has_its_word(phase: str) -> None:
    assert re.search(rf"^    {phase}: float = ", CHECKER, re.MULTILINE)
    label = described(Phases)[phase].about.label
    assert WORDS.get(label) or label == "TLS"
    assert phase in charts.PHASES or phase == "redirect_ms", "Time before the last request is no part of the waterfall."


def test_what_an_endpoint_is_called_is_the_same_in_every_place() -> None:
    """Serializers, the import format, pong.schema.json and the options of `pong` are made of one declaration."""
    declared = naming_schema()
    published = json.loads((ROOT / "pong_cli/as_code/pong.schema.json").read_text())["$defs"]["endpoint"]["properties"]
    document = json.loads((ROOT / "docs/openapi/endpoint_service.public.json").read_text())
    answered = document["components"]["schemas"]["Endpoint"]["properties"]
    options = {parameter.name for parameter in parameters()}
    for name, rule in declared.items():
        assert published[name] == rule
        assert answered[name]["description"] == rule["description"]
        assert answered[name].get("maxLength") == rule.get("maxLength")
        assert answered[name].get("maxItems") == rule.get("maxItems")
        assert name in options


def test_a_maintenance_window_is_the_same_in_every_place() -> None:
    """Serializers, the import format, pong.schema.json and the options of `pong maintenance` are made of one declaration."""
    rules = cast("dict[str, dict[str, object]]", file_schema()["properties"])
    published = json.loads((ROOT / "pong_cli/as_code/pong.schema.json").read_text())["$defs"]["window"]
    assert published == file_schema()
    document = json.loads((ROOT / "docs/openapi/endpoint_service.public.json").read_text())
    answered = document["components"]["schemas"]["MaintenanceWindow"]["properties"]
    help_page = (ROOT / "docs/cli.md").read_text()
    for name, field in WINDOW.items():
        assert answered[name]["description"] == field.about.doc
        for limit in ("maxLength", "minimum", "maximum"):
            assert name == "endpoint_ids" or answered[name].get(limit) == rules[name].get(limit)
        assert all(flag in help_page for flag in field.about.flag.split())
        for text in filter(None, (field.about.label, field.about.help, field.about.flag_help)):
            assert WORDS.get(text), text


def test_what_endpoint_service_stores_of_an_endpoint_is_what_the_contract_declares() -> None:
    assert EndpointValues.__annotations__.keys() == {*NAMING, *SPEC, "secrets"}
