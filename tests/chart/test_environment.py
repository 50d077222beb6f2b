"""What the chart tells the processes, against what they read: every variable is known, and every service starts with it."""

import json
import os
import re
import subprocess
import sys

import pytest

from common.fleet import fleet, host_name
from tests.chart.rendering import ROOT, Object, component, containers, objects, of_kind, parse, profile, template

ASK = """
import json
from django.conf import settings as s
print(json.dumps({name: getattr(s, name, None) for name in
    ("ALLOWED_HOSTS", "SERVICE_URLS", "TRUSTED_PROXIES", "GATEWAY", "KONG_ADMIN_URL", "BROKER_URL", "SMTP_HOST",
     "METRICS_PORT", "ALLOW_PRIVATE_TARGETS", "GATEWAY_TOKEN")}
    | {"DATABASE": {k: v for k, v in s.DATABASES.get("default", {}).items() if k in ("NAME", "USER", "HOST", "PASSWORD")}}))
"""
"""Prints what the settings came to."""
CHARTS_OWN = {"DATABASE_PASSWORD", "POD_IP", "PGSSLMODE", "VALKEY_PASSWORD", "DJANGO_SETTINGS_MODULE"}
"""Parts of other variables, and what libpq and Django read by themselves."""


def deployment(name: str, profile: str) -> Object:
    return next(one for one in of_kind(objects(profile), "Deployment") if component(one) == name)


def environment(found: Object) -> dict[str, str]:
    """The container's variables as the kubelet would set them; a secret is its key."""
    made: dict[str, str] = {}
    for one in containers(found["spec"]["template"], init=False)[0]["env"]:
        source = one.get("valueFrom") or {}
        secret = (source.get("secretKeyRef") or {}).get("key", "") + "-" + "x" * 40
        value = one.get("value", "10.1.2.3" if "fieldRef" in source else secret)
        made[one["name"]] = re.sub(r"\$\((\w+)\)", lambda name: made[name[1]], value)
    return made


@pytest.mark.parametrize("profile", ["default", "external"])
@pytest.mark.parametrize("service", fleet().services)
def test_a_service_starts_with_what_the_chart_tells_it(service: str, profile: str):
    told = environment(deployment(host_name(service), profile))
    done = subprocess.run(
        [sys.executable, "-c", ASK], env={"PATH": os.environ["PATH"], **told}, cwd=ROOT, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    settings = json.loads(done.stdout)
    prefix = "" if profile == "default" else "blue-"
    assert settings["ALLOWED_HOSTS"][:2] == [f"{prefix}{host_name(service)}", "10.1.2.3"]
    assert settings["TRUSTED_PROXIES"] == (1 if service == "frontend" else 2)
    assert not settings["ALLOW_PRIVATE_TARGETS"]
    data = fleet().services[service]
    assert settings["GATEWAY_TOKEN"] == ("gateway-token-" + "x" * 40 if data.public else "")
    if service != "frontend":
        wanted = {peer: f"http://{prefix}{host_name(peer)}" for peer in data.calls}
        assert settings["SERVICE_URLS"] == wanted
    if data.database:
        host = "postgres" if profile == "default" else "db.example.com"
        assert settings["DATABASE"]["HOST"] == host
        assert settings["DATABASE"]["NAME"] == settings["DATABASE"]["USER"] == service
        assert settings["DATABASE"]["PASSWORD"].startswith(f"database-{host_name(service)}")
    if service == "user_service":
        assert settings["GATEWAY"] == "kong"
        assert settings["KONG_ADMIN_URL"] == "http://kong-admin:8001"
    if service == "email_service":
        assert settings["SMTP_HOST"] == ("" if profile == "default" else "smtp.example.com")


def test_a_worker_is_told_what_its_service_is_and_where_to_show_its_metrics():
    for name, service in fleet().services.items():
        http = environment(deployment(host_name(name), "default"))
        for worker in service.workers:
            assert environment(deployment(host_name(worker.name), "default")) == http | {"METRICS_PORT": "9100"}
    assert environment(deployment("beat", "default")).keys() == {"POD_IP", "REGION", "LOG_LEVEL", "VALKEY_PASSWORD", "BROKER_URL", "METRICS_PORT"}  # fmt: skip


@pytest.mark.parametrize("profile", ["default", "external", "production"])
def test_every_variable_is_one_that_the_documentation_knows(profile: str):
    known = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "configuration.md").read_text(), re.MULTILINE))
    names = {"beat", *(host_name(name) for name in fleet().services)}
    told = {name for one in names for name in environment(deployment(one, profile))}
    assert told - known == CHARTS_OWN


@pytest.mark.parametrize("service", ["endpoint_check", "notification_service"])
def test_with_leave_for_private_addresses_no_process_reaches_the_fleet(service: str):
    """As the checker and the sender of webhooks ask, in each process of theirs and by each address of the pod."""
    ask = """
import json, sys
from common.security.fleet_parts import rule
from django.conf import settings as s
it = rule(s.ALLOW_PRIVATE_TARGETS, s.FLEET_PORTS)
print(json.dumps([[a, p] for a, p in json.loads(sys.argv[1]) if it.allows(a, p)]))
"""
    ports = [one.port for one in fleet().services.values()] + [9100, 8000]
    own = [[address, port] for port in ports for address in ("127.0.0.1", "127.0.0.9", "::1", "::ffff:127.0.0.1")]
    others = [["10.1.2.3", port] for port in ports if port not in {8000, 8080}]
    sites = [["10.9.8.7", 443], ["10.9.8.7", 8080], ["127.0.0.1", 3000]]
    for name in (service, *(worker.name for worker in fleet().services[service].workers)):
        told = environment(deployment(host_name(name), "default")) | {"ALLOW_PRIVATE_TARGETS": "true"}
        done = subprocess.run(
            [sys.executable, "-c", ask, json.dumps(own + others + sites)],
            env={"PATH": os.environ["PATH"], **told}, cwd=ROOT, check=False, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == sites, name


def test_the_ports_of_the_fleet_can_be_named_otherwise():
    value = 'services={"endpoint-check":{"env":{"FLEET_PORTS":"8007"}}}'
    things = parse(template(profile("small"), "--set-json", value))
    for name in ("endpoint-check", "endpoint-check-worker"):
        (found,) = [one for one in of_kind(things, "Deployment") if component(one) == name]
        named = [one["value"] for one in containers(found["spec"]["template"], init=False)[0]["env"] if one["name"] == "FLEET_PORTS"]  # fmt: skip
        assert named == ["8007"]


def test_traces_go_where_the_values_say_and_nowhere_by_default():
    assert not [name for name in environment(deployment("user-service", "small")) if name.startswith("OTEL_")]
    egress = [{"ports": [{"protocol": "TCP", "port": 4318}]}]
    value = {"enabled": True, "endpoint": "http://otel:4318", "headersSecret": {"name": "mine"}, "egress": egress}
    things = parse(template(profile("small"), "--set-json", f"tracing={json.dumps(value)}"))
    for name in ("user-service", "endpoint-check-worker"):
        (found,) = [one for one in of_kind(things, "Deployment") if component(one) == name]
        told = {key: one for key, one in environment(found).items() if key.startswith("OTEL_")}
        assert told == {
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel:4318", "OTEL_SERVICE_NAME": name,
            "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1",
            "OTEL_EXPORTER_OTLP_HEADERS": "headers-" + "x" * 40,
        }  # fmt: skip
        (policy,) = [one for one in of_kind(things, "NetworkPolicy") if component(one) == name]
        assert egress[0] in policy["spec"]["egress"]
    with pytest.raises(RuntimeError, match=r"tracing\.endpoint"):
        template(profile("small"), "--set", "tracing.enabled=true")
