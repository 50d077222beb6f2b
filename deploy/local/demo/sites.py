"""The demo's cast: what its made-up sites are like, and what went wrong with them in the last 30 days."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outage:
    """`days_ago` is when it began; `error` is a code of the check engine, `status` what the site answered if it did."""

    days_ago: float
    minutes: float
    error: str
    message: str
    status: int | None = None


def _refused(days_ago: float, minutes: float) -> Outage:
    return Outage(days_ago, minutes, "connection_refused", "Connection refused by 203.0.113.7:443 after 12 ms")


def _unavailable(days_ago: float, minutes: float, status: int = 503) -> Outage:
    return Outage(days_ago, minutes, "unexpected_status", f"Status {status} instead of 200-299", status)


def _silent(days_ago: float, minutes: float) -> Outage:
    return Outage(days_ago, minutes, "read_timeout", "No answer within 10 s")


def _nameless(days_ago: float, minutes: float) -> Outage:
    return Outage(days_ago, minutes, "dns_failure", "The name could not be resolved (SERVFAIL)")


@dataclass(frozen=True)
class Site:
    """Times in ms: `typical` is the median, `swing` the share that a busy afternoon adds, `spread` the noise (log-normal)."""

    name: str
    tags: tuple[str, ...]
    typical: float
    interval: int = 300
    swing: float = 0.25
    spread: float = 0.12
    now: str = "up"
    outages: tuple[Outage, ...] = ()
    options: tuple[tuple[str, int], ...] = ()
    kind: str = "http"
    slower_since: float = 0
    """Days ago; since then it takes half as long again."""

    @property
    def path(self) -> str:
        return self.name.lower().replace(" ", "-")


SITES = (
    Site("Web shop", ("shop", "web"), 180, 60, outages=(_unavailable(3.4, 11), _unavailable(17.1, 26, 502))),
    Site("Checkout API", ("shop", "api"), 95, 60, outages=(_silent(9.6, 7),), options=(("degraded_ms", 800),)),
    Site("Payments API", ("shop", "api"), 140, 60, outages=(_refused(21.2, 4),)),
    Site("Search", ("shop", "api"), 62, 60, spread=0.3, slower_since=2.5),
    Site("Login", ("accounts", "api"), 48, 60),
    Site("Mobile gateway", ("api",), 75, 60, outages=(_unavailable(0.8, 6), _unavailable(12.3, 4), _silent(25.9, 18))),
    Site("Marketing site", ("web",), 220, swing=0.1),
    Site("Blog", ("web",), 310, outages=(_nameless(6.2, 95),)),
    Site("Docs", ("web", "docs"), 130),
    Site("Help centre", ("web", "docs"), 260, outages=(_unavailable(14.5, 35),)),
    Site("Image CDN", ("shop", "web"), 24, swing=0.05, spread=0.2),
    Site("Product feed", ("shop", "api"), 480, spread=0.25),
    Site("Partner API", ("api",), 190, now="down", outages=(_silent(5.5, 42), _unavailable(19.7, 15, 500))),
    Site("Order webhooks", ("shop", "api"), 88),
    Site("Recommendations", ("shop", "api"), 410, now="slow", options=(("degraded_ms", 700),), slower_since=0.6),
    Site("Stock service", ("shop", "internal"), 35, outages=(_refused(11.1, 9),)),
    Site("Price service", ("shop", "internal"), 41),
    Site("Mail relay", ("internal",), 12, kind="tcp", swing=0.02),
    Site("Reporting", ("internal",), 900, spread=0.35, options=(("degraded_ms", 3000),)),
    Site("Back office", ("internal", "web"), 270, outages=(_unavailable(8.9, 180, 502),)),
    Site("Warehouse API", ("internal", "api"), 120),
    Site("Staging shop", ("staging",), 340, spread=0.4, outages=tuple(_unavailable(day + 0.3, 12) for day in range(2, 29, 5))),
    Site("Staging API", ("staging",), 160, now="paused", outages=(_refused(13.3, 600),)),
    Site("Careers", ("web",), 205),
    Site("Public status feed", ("web", "api"), 55),
)  # fmt: skip
