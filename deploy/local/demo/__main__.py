"""`python -m deploy.local.demo`: a fleet for a look around, with 30 days of made-up data; gone when it ends."""

import argparse
import secrets
import signal
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from deploy.local.demo import history
from deploy.local.demo.server import serving
from deploy.local.demo.sites import SITES, Site
from deploy.local.running import RunningFleet, running_fleet

EMAIL = "demo@example.com"
TIMEOUT = 60
"""Seconds for one call; a batch of results takes part of one."""
KNOWN_WITHIN = 60


def main() -> None:
    """Start, fill, tell the way in, wait for Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.demo", description=__doc__)
    parser.add_argument("--language", choices=["ko", "en"], default="ko", help="of the account (default: %(default)s)")
    language = parser.parse_args().language
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print("Starting a fleet of its own ...", flush=True)
    try:
        with serving() as port, running_fleet({"DEMO": "true"}, folder="demo") as fleet:
            password = secrets.token_urlsafe(12)
            Demo(fleet, port).fill(password=password, language=language)
            print(f"\nThe demo is ready until Ctrl-C; everything in it is made up, and gone then.\n"
                  f"  Web app   {fleet.frontend_url}/login\n  API       {fleet.gateway_url}\n"
                  f"  E-mail    {EMAIL}\n  Password  {password}", flush=True)  # fmt: skip
            signal.pause()
    except KeyboardInterrupt:
        print("The demo ends.", flush=True)


class Demo:
    """Fills a fleet: as its user through the gateway, and with results as the checker sends them."""

    def __init__(self, fleet: RunningFleet, port: int) -> None:
        self.fleet = fleet
        self.port = port
        self.http = requests.Session()
        self.http.trust_env = False

    def fill(self, *, password: str, language: str) -> None:
        """An account, its endpoints with their past, maintenance windows, notes, a status page."""
        began = time.monotonic()
        zone = "Asia/Seoul" if language == "ko" else "UTC"
        body = {"email": EMAIL, "password": password, "name": "Demo", "language": language, "time_zone": zone}
        self.http.headers["apikey"] = self.call("POST", "user_service", "/users", body)["key"]
        endpoints = {site.name: self.endpoint(site) for site in SITES}
        until, sent = datetime.now(UTC) - timedelta(seconds=5), 0
        for number, site in enumerate(SITES, 1):
            past = history.Past(site, endpoint=endpoints[site.name], until=until)
            for batch in history.batches(past.results()):
                self.remember(batch)
                sent += len(batch)
            print(f"\r  {number} of {len(SITES)} sites, {sent:,} results", end="", flush=True)
        self.windows(endpoints)
        self.status_page(endpoints)
        self.wait_until_known(len(endpoints))
        self.notes()
        for site in SITES:
            if site.now == "paused":
                self.call("POST", "endpoint_service", f"/endpoints/{endpoints[site.name]['id']}/pause")
        print(f"\n  filled in {time.monotonic() - began:.0f} s", flush=True)

    def call(self, method: str, service: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """A call as the demo's user; raises `requests.HTTPError`."""
        answer = self.http.request(method, f"{self.fleet.public_url(service)}{path}", json=body, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def endpoint(self, site: Site) -> history.Watched:
        """Watch one of the sites from now on."""
        target = f"127.0.0.1:{self.port}" + (f"/{site.path}" if site.kind == "http" else "")
        body: dict[str, object] = {
            "name": site.name,
            "key": site.path,
            "kind": site.kind,
            "url": f"http://{target}" if site.kind == "http" else target,
            "interval": site.interval,
            "tags": list(site.tags),
            "options": dict(site.options),
        }
        if site.kind == "http":
            body["assertions"] = [{"kind": "json_path", "target": "$.status", "operator": "equals", "value": "ok"}]
        made: history.Watched = self.call("POST", "endpoint_service", "/endpoints", body)
        return made

    def remember(self, batch: list[history.Row]) -> None:
        """Hand results to report_service; none may be refused."""
        url = f"{self.fleet.service_url('report_service')}/reports"
        answer = self.http.post(url, json=batch, headers=self.fleet.internal_headers, timeout=TIMEOUT)
        answer.raise_for_status()
        if refused := answer.json()["refused"]:
            raise RuntimeError(f"report_service refused {refused[0]}")

    def windows(self, endpoints: Mapping[str, history.Watched]) -> None:
        """One maintenance window every week, and one to come."""
        weekly = {
            "name": "Weekly database upkeep", "tags": ["internal"], "cron": "0 3 * * 0", "duration": 3600,
            "time_zone": "Asia/Seoul",
        }  # fmt: skip
        soon = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
        once = {
            "name": "Move of the back office", "endpoint_ids": [endpoints["Back office"]["id"]], "duration": 7200,
            "starts_at": soon.isoformat(), "time_zone": "Asia/Seoul",
        }  # fmt: skip
        for body in (weekly, once):
            self.call("POST", "endpoint_service", "/maintenance-windows", body)

    def status_page(self, endpoints: Mapping[str, history.Watched]) -> None:
        """A public page in two groups."""
        groups = {
            "Shop": ("Web shop", "Checkout API", "Payments API", "Search"),
            "Company": ("Marketing site", "Blog", "Docs", "Help centre"),
        }
        body = {
            "slug": "demo", "title": "Demo Company", "description": "How our services are doing.", "published": True,
            "groups": [
                {"name": title, "endpoints": [{"endpoint_id": endpoints[name]["id"]} for name in names]}
                for title, names in groups.items()
            ],
        }  # fmt: skip
        self.call("POST", "report_service", "/status-pages", body)

    def wait_until_known(self, count: int) -> None:
        """report_service follows the endpoints within seconds."""
        deadline = time.monotonic() + KNOWN_WITHIN
        while self.call("GET", "report_service", "/overview")["page"]["total_count"] < count:
            if time.monotonic() > deadline:
                raise RuntimeError("report_service did not learn of the endpoints")
            time.sleep(0.5)

    def notes(self) -> None:
        """What somebody wrote at the latest incidents that are over."""
        texts = (
            "The load balancer had lost its last healthy node. Restarted it by hand.",
            "Provider confirmed a network fault on their side.",
        )
        incidents = self.call("GET", "report_service", "/incidents?status=resolved&per_page=2")["items"]
        for incident, text in zip(incidents, texts, strict=False):
            at = f"/incidents/{incident['id']}"
            self.call("POST", "report_service", f"{at}/notes", {"text": text})


if __name__ == "__main__":
    main()
