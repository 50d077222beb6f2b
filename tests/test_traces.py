"""Traces: off and free of cost by default; where they are on, one runs from a request through a task to the next service, and
no secret stands in any.
"""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from common.fleet import host_name
from deploy.local.running import running_fleet
from deploy.local.testing import stand_in_environment, start_parts
from tests.outside import PASSWORD, Site, eventually, sign_up

ROOT = Path(__file__).resolve().parents[1]


class Collector:
    """An OTLP receiver on loopback, with each span under its service's name."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("").rstrip("/")
        self.raw: list[bytes] = []
        self.spans: list[tuple[str, Span]] = []
        server.expect_request("/v1/traces", method="POST").respond_with_handler(self._take)

    def _take(self, request: Request) -> Response:
        body = request.get_data()
        self.raw.append(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            names = {one.key: one.value.string_value for one in resource.resource.attributes}
            self.spans += [(names["service.name"], span) for scope in resource.scope_spans for span in scope.spans]
        return Response(b"", content_type="application/x-protobuf")

    def named(self, name: str) -> list[tuple[str, Span]]:
        return [one for one in list(self.spans) if one[1].name == name]

    def story(self, span: Span) -> list[str]:
        """The names from the root down to this span."""
        by_id = {one.span_id: one for _, one in list(self.spans)}
        above = by_id.get(span.parent_span_id)
        return [*(self.story(above) if above else []), span.name]


@pytest.fixture
def collector() -> Iterator[Collector]:
    with HTTPServer(host="127.0.0.1", threaded=True) as server:
        yield Collector(server)


def run(script: str, service: str = "endpoint_check", **more: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], env=environment | stand_in_environment(service, start_parts()) | more,
        cwd=ROOT, check=False, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


CHAIN = """
    import sys
    import django
    django.setup()
    from celery.contrib.testing.worker import start_worker
    from django.test import Client
    from django.urls import path
    from django.http import HttpResponse
    from common.telemetry import tracing
    from common.celery import app, task
    from common.between.http import Peer

    @task(name="endpoint_check.tasks.ask_next")
    def ask_next():
        Peer("report_service").get("/next?token=query-secret")

    def view(request, secret):
        ask_next.delay()
        return HttpResponse("ok", status=int(request.headers.get("X-Status", 200)))

    from django.conf import settings
    import endpoint_check.urls
    endpoint_check.urls.urlpatterns.append(path("api/ask/<secret>", view))
    app.conf.task_routes = None
    app.conf.task_default_queue = "traces-test"
    app.loader.import_default_modules()
    with start_worker(app, pool="solo", perform_ping_check=False, queues=["traces-test"]):
        client = Client(headers={"traceparent": "00-" + "c" * 32 + "-" + "d" * 16 + "-01", "apikey": "header-secret"})
        assert client.get("/api/ask/path-secret?apikey=query-secret").status_code == 200
        import time
        time.sleep(2)
    tracing.flush()
"""


def test_one_trace_runs_from_a_request_through_a_task_to_the_next_service(collector: Collector):
    with HTTPServer(host="127.0.0.1") as next_service:
        next_service.expect_request("/next").respond_with_json({})
        done = run(
            CHAIN, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, REPORT_SERVICE_URL=next_service.url_for("").rstrip("/"),
            ALLOWED_HOSTS="testserver",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        (asked, _), *_ = next_service.log
    (service, last), *_ = collector.named("GET report-service")
    assert service == "endpoint-check"
    assert collector.story(last) == [
        "GET /api/ask/<secret>", "send endpoint_check.tasks.ask_next", "run endpoint_check.tasks.ask_next",
        "GET report-service",
    ]  # fmt: skip
    assert len({span.trace_id for _, span in collector.spans}) == 1
    assert asked.headers["traceparent"].startswith(f"00-{last.trace_id.hex()}-{last.span_id.hex()}-0")
    assert last.trace_id.hex() != "c" * 32, "a client's trace is not gone on with"
    assert all(b"-secret" not in body for body in collector.raw)


def test_they_are_off_by_default_and_then_nothing_of_them_is_needed():
    """Where the packages are installed redis loads some of them; where they are not, as by default, all works without."""
    script = """
        import sys, django
        from importlib.abc import MetaPathFinder
        class NotInstalled(MetaPathFinder):
            def find_spec(self, name, path, target=None):
                if name.partition(".")[0] == "opentelemetry":
                    raise ModuleNotFoundError(name)
        sys.meta_path.insert(0, NotInstalled())
        django.setup()
        import common.celery, common.wsgi
        from django.conf import settings
        from common.telemetry import tracing
        assert not tracing.ON
        assert tracing.carrier() == {}
        assert not [name for name in sys.modules if name.startswith("opentelemetry.exporter")]
        assert not [name for name in settings.MIDDLEWARE if "racing" in name]
    """
    for more in ({}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}):  # fmt: skip
        done = run(script, **more)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf, not 'grpc'."),
        ({}, "OTEL_EXPORTER_OTLP_ENDPOINT is set, and traces need more packages: pip install 'pongpong[tracing]'."),
    ],
    ids=["another protocol", "without the packages"],
)
def test_what_cannot_work_is_said_at_the_start(more: dict[str, str], said: str):
    hidden = "" if more else "import sys; sys.modules['opentelemetry'] = None; import importlib.util as u; u.find_spec = lambda n: None\n"  # fmt: skip
    done = run(f"{hidden}import django; django.setup()", OTEL_EXPORTER_OTLP_ENDPOINT="http://c:4318", **more)
    assert done.returncode != 0
    assert said in done.stderr


def test_a_collector_that_hangs_or_is_away_costs_nobody_an_answer_or_an_end():
    script = """
        import time, django
        django.setup()
        from django.test import Client
        from common.telemetry import tracing
        started = time.monotonic()
        for _ in range(50):
            assert Client().get("/api/nothing").status_code == 404
        assert time.monotonic() - started < 20
        started = time.monotonic()
        tracing.flush()
        assert time.monotonic() - started < 6
    """
    done = run(script, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", ALLOWED_HOSTS="testserver")
    assert done.returncode == 0, done.stderr


def test_the_trace_of_a_peer_goes_on_and_that_of_a_client_does_not(collector: Collector):
    script = """
        import django
        django.setup()
        from django.conf import settings
        from django.test import Client
        from common.telemetry import tracing
        parent = {"traceparent": "00-" + "c" * 32 + "-" + "d" * 16 + "-01"}
        for headers in ({}, {"X-Internal-Token": settings.INTERNAL_TOKEN}, {"X-Internal-Token": "guess"}):
            Client().get("/monitors/0", headers=parent | headers)
        tracing.flush()
    """
    done = run(script, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, ALLOWED_HOSTS="testserver")
    assert done.returncode == 0, done.stderr
    assert [span.trace_id.hex() == "c" * 32 for _, span in collector.spans] == [False, True, False]


def test_the_fleets_traces_cross_its_services_and_hold_no_secret(collector: Collector):
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "500", "LOG_LEVEL": "INFO"}
    with running_fleet(environment) as made:
        site = Site()
        site.up()
        user = sign_up(made)
        hook = {
            "name": "hook",
            "kind": "webhook",
            "settings": {"url": f"{site.url}hook?k=hook-secret", "secret": "correct horse battery"},
        }
        assert user.post("/notification-service/notifications", hook).status_code == 201
        headers = {"Authorization": "Bearer endpoint-secret"}
        body = {"url": f"{site.url}?k=url-secret", "interval": 5, "headers": headers}
        endpoint = user.post("/endpoint-service/endpoints", body).json()
        wanted = {"endpoint_id": endpoint["id"], "apikey": str(user.key)}
        eventually("a result", lambda: user.get("/report-service/reports", params=wanted).json()["items"], within=60)

        def crossing() -> list[list[str]]:
            """A task's trace that went on in another service."""
            received = [
                one
                for service, one in list(collector.spans)
                if service == "report-service" and one.kind == Span.SPAN_KIND_SERVER
            ]
            stories = [collector.story(one) for one in received]
            return [story for story in stories if len(story) >= 3 and story[0].startswith(("run ", "send "))]

        story = eventually("a trace through two services", crossing, within=60)[0]
        assert "POST report-service" in story
        site.down()
    secrets = {name: value for name, value in made.data.secrets().items() if len(value) >= 12}
    told = b"".join(collector.raw)
    for name, secret in {**secrets, "key": str(user.key), "password": PASSWORD}.items():
        assert secret.encode() not in told, name
    for text in ("hook-secret", "correct horse battery", "endpoint-secret", "url-secret", user.email):
        assert text.encode() not in told
    assert {host_name("user_service"), "endpoint-check", "report-service"} <= {
        service for service, _ in collector.spans
    }
    log = made.data.logs / "report_service.log"
    assert [one for one in log.read_text().splitlines() if "trace_id" in json.loads(one)]
