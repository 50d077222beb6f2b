"""p95 of other users' requests while 1,000 wrong logins come from as many addresses, as a multiple of p95 without them."""

import statistics
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import requests
from django.core.signing import TimestampSigner

from benchmarks.frame import Result, progress, run
from deploy.local.running import RunningFleet, running_fleet

PASSWORD = "a long enough passphrase"  # noqa: S105  what `RunningFleet.sign_up` takes
STORM_RATE = 25
"""Wrong logins a second; half at one account, half at accounts that do not exist, where each costs a hash."""
READ_RATE = 20
"""Requests a second of the users who have nothing to do with it."""
TARGET = 2.0
OWNER_ADDRESS, STRANGE_ADDRESS = "198.51.100.1", "198.51.100.2"
_local = threading.local()
PATHS = ("/user-service/users/me", "/endpoint-service/endpoints")


@dataclass
class Site:
    """The fleet and who speaks to it."""

    fleet: RunningFleet
    keys: list[str] = field(default_factory=list)

    def log_in(self, email: str, password: str, address: str) -> requests.Response:
        """As the web app does for a browser at that address."""
        signer = TimestampSigner(
            key=self.fleet.data.secrets()["internal_token"], fallback_keys=[], salt="client-address"
        )
        return session().post(
            f"{self.fleet.gateway_url}/user-service/login",
            json={"email": email, "password": password},
            headers={"X-Forwarded-Client": signer.sign(address)},
            timeout=60,
        )

    def read(self, number: int) -> float:
        """Milliseconds of one request with a valid key."""
        started = time.perf_counter()
        url = f"{self.fleet.gateway_url}{PATHS[number % len(PATHS)]}"
        answer = session().get(url, headers={"apikey": self.keys[number % len(self.keys)]}, timeout=60)
        answer.raise_for_status()
        return (time.perf_counter() - started) * 1000


def measure(*, quick: bool) -> Result:
    """Reads alone, reads in the storm with the owner logging in meanwhile, and the owner at a new address afterwards."""
    count = 300 if quick else 1000
    seconds = count / STORM_RATE
    progress("starting a fleet")
    with running_fleet() as fleet:
        site = Site(fleet)
        owner = "owner@example.com"
        site.keys = [str(fleet.sign_up(email)["key"]) for email in (owner, "b@example.com", "c@example.com")]
        site.log_in(owner, PASSWORD, OWNER_ADDRESS).raise_for_status()
        paced(READ_RATE, 5, site.read)
        calm = paced(READ_RATE, seconds, site.read)
        progress(f"  without: p95 {p95(calm):.1f} ms")
        statuses: list[int] = []
        waits: list[float] = []
        over = threading.Event()

        def wrong(number: int) -> float:
            email = owner if number % 2 else f"nobody{number}@example.com"
            address = f"203.0.{number // 250 % 250}.{number % 250 + 1}"
            statuses.append(site.log_in(email, "a wrong passphrase", address).status_code)
            return 0

        def owners() -> None:
            while not over.is_set():
                waits.append(until_logged_in(site, owner, OWNER_ADDRESS))
                over.wait(1)

        storm = threading.Thread(target=paced, args=(STORM_RATE, seconds, wrong))
        known = threading.Thread(target=owners)
        storm.start()
        known.start()
        stormy = paced(READ_RATE, seconds, site.read)
        storm.join()
        over.set()
        known.join()
        progress(f"  with: p95 {p95(stormy):.1f} ms")
        strange = until_logged_in(site, owner, STRANGE_ADDRESS)
    details = {
        "ms": {"without": summary(calm), "with": summary(stormy)},
        "wrong_logins": {
            "count": len(statuses),
            "refused_400": statuses.count(400),
            "throttled_429": statuses.count(429),
        },
        "owner_s": {
            "known_address_median": round(statistics.median(waits), 2),
            "known_address_worst": round(max(waits), 2),
            "new_address_after": round(strange, 2),
        },
        "other_statuses": sorted(set(statuses) - {400, 429}),
    }
    return Result(p95(stormy) / p95(calm), details)


def session() -> requests.Session:
    """This thread's own, with its connection kept open as clients do."""
    if not hasattr(_local, "session"):
        _local.session = requests.Session()
        _local.session.trust_env = False
    found: requests.Session = _local.session
    return found


def paced(rate: float, seconds: float, call: Callable[[int], float]) -> list[float]:
    """Call it so many times a second, however long each takes; what it returned."""
    count, started = int(rate * seconds), time.perf_counter()
    with ThreadPoolExecutor(64) as pool:
        running = []
        for number in range(count):
            time.sleep(max(0.0, started + number / rate - time.perf_counter()))
            running.append(pool.submit(call, number))
        return [future.result() for future in running]


def until_logged_in(site: Site, email: str, address: str) -> float:
    """Seconds until the right password is taken, by somebody who waits as the answers say."""
    started = time.perf_counter()
    while True:
        answer = site.log_in(email, PASSWORD, address)
        if answer.status_code != 429:
            answer.raise_for_status()
            return time.perf_counter() - started
        time.sleep(int(answer.headers["Retry-After"]))


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def summary(values: list[float]) -> dict[str, float]:
    return {"median": round(statistics.median(values), 1), "p95": round(p95(values), 1), "max": round(max(values), 1)}


if __name__ == "__main__":
    run(measure, name="login_storm", unit="of p95 without", target=TARGET, better="lower")
