"""Alertmanager with the chart's configuration: what Prometheus alerts arrives as a mail and at a webhook."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests
import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_httpserver import HTTPServer

from deploy.local import ports
from tests.chart.rendering import Object, component, containers, of_kind, parse, profile, run, template
from tests.chart.tools import require_prometheus

SECONDS = 60


@pytest.fixture(autouse=True, scope="module")
def _alertmanager():
    require_prometheus()


def rendered(*values: str) -> list[Object]:
    switched_on = ["--set", "monitoring.alertmanager.enabled=true"]
    return parse(
        template(profile("default"), *switched_on, *(one for value in values for one in ("--set-json", value)))
    )


def configuration(things: list[Object]) -> str:
    (found,) = [one for one in of_kind(things, "ConfigMap") if component(one) == "alertmanager"]
    text: str = found["data"]["alertmanager.yaml"]
    return text


class Mails:
    """Keeps what a mail server was given."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], str]] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.taken.append((list(envelope.rcpt_tos), content.decode()))
        return "250 OK"


def test_an_alert_arrives_by_mail_and_at_the_webhook(tmp_path: Path, httpserver: HTTPServer):
    picked = ports.pick(["smtp", "alertmanager"], {})
    mails = Mails()
    httpserver.expect_request("/hook", method="POST").respond_with_data("")
    things = rendered(
        'monitoring.alertmanager.mailTo=["ops@example.com"]',
        f'monitoring.alertmanager.webhooks=["{httpserver.url_for("/hook")}"]',
        f'smtp={{"host":"127.0.0.1","port":{picked["smtp"]},"tls":"none"}}',
    )
    config = yaml.safe_load(configuration(things))
    config["route"]["group_wait"] = "0s"
    (tmp_path / "alertmanager.yaml").write_text(yaml.safe_dump(config))
    (stateful,) = [one for one in of_kind(things, "StatefulSet") if component(one) == "alertmanager"]
    (container,) = containers(stateful["spec"]["template"])
    paths = {"/etc/alertmanager": str(tmp_path), "=/alertmanager": f"={tmp_path}/data"}
    told: list[str] = container["args"]
    for old, new in paths.items():
        told = [argument.replace(old, new) for argument in told]
    url = f"http://127.0.0.1:{picked['alertmanager']}"
    command = ["prometheus-alertmanager", *told, f"--web.listen-address=127.0.0.1:{picked['alertmanager']}"]
    controller = Controller(mails, hostname="127.0.0.1", port=picked["smtp"])
    controller.start()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until(lambda: _ready(url))
        alert = {
            "labels": {"alertname": "ChecksStopped", "severity": "critical"},
            "annotations": {"summary": "nothing is checked"},
        }
        requests.post(f"{url}/api/v2/alerts", json=[alert], timeout=10).raise_for_status()
        _until(lambda: bool(mails.taken and httpserver.log))
    finally:
        process.terminate()
        process.wait(timeout=30)
        controller.stop()
    to, mail = mails.taken[0]
    assert to == ["ops@example.com"]
    assert "ChecksStopped" in mail
    assert httpserver.log[0][0].get_json()["alerts"][0]["annotations"]["summary"] == "nothing is checked"


def _ready(url: str) -> bool:
    try:
        return requests.get(f"{url}/-/ready", timeout=5).ok
    except requests.ConnectionError:
        return False


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("smtp", "wanted"),
    [
        ('{"host":"m","tls":"tls"}', {"smtp_smarthost": "m:465", "smtp_require_tls": False}),
        ('{"host":"m"}', {"smtp_smarthost": "m:587", "smtp_require_tls": True}),
        (
            '{"host":"m","port":2525,"user":"u"}',
            {"smtp_smarthost": "m:2525", "smtp_auth_username": "u", "smtp_auth_password_file": "/etc/smtp/password"},
        ),
    ],
)
def test_amtool_accepts_the_configuration_for_each_mail_server(smtp: str, wanted: Object, tmp_path: Path):
    slack = 'monitoring.alertmanager.receiver={"slack_configs":[{"api_url":"https://example.com/a","channel":"#ops"}]}'
    text = configuration(rendered(f"smtp={smtp}", 'monitoring.alertmanager.mailTo=["a@example.com"]', slack))
    assert yaml.safe_load(text)["global"].items() >= wanted.items()
    (tmp_path / "alertmanager.yaml").write_text(text.replace("/etc/smtp/password", str(tmp_path / "alertmanager.yaml")))
    assert "2 receivers" in run(["amtool", "check-config", str(tmp_path / "alertmanager.yaml")])


def test_the_alert_that_always_fires_is_told_to_nobody(tmp_path: Path):
    file = tmp_path / "alertmanager.yaml"
    file.write_text(configuration(rendered('monitoring.alertmanager.webhooks=["https://e.com"]')))
    for severity, receiver in (("none", "nobody"), ("warning", "operators"), ("critical", "operators")):
        route = ["amtool", "config", "routes", "test", f"--config.file={file}", f"severity={severity}"]
        assert run(route).strip() == receiver


def test_prometheus_tells_it_besides_the_ones_that_are_named():
    things = rendered(
        'monitoring.alertmanager.webhooks=["https://e.com"]', 'monitoring.prometheus.alertmanagers=["a:9093"]'
    )
    (found,) = [one for one in of_kind(things, "ConfigMap") if component(one) == "prometheus"]
    (alerting,) = yaml.safe_load(found["data"]["prometheus.yaml"])["alerting"]["alertmanagers"]
    assert alerting["static_configs"] == [{"targets": ["a:9093", "alertmanager:9093"]}]


@pytest.mark.parametrize(
    ("values", "word"), [((), "whom shall it tell"), (('monitoring.alertmanager.mailTo=["a@b.c"]',), "smtp.host")]
)
def test_one_that_would_tell_nobody_is_refused(values: tuple[str, ...], word: str):
    with pytest.raises(RuntimeError, match=word):
        rendered(*values)
