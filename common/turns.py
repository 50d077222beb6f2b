"""Processes of one machine start one after another, so that their imports do not take its CPU from who serves.

    python -m common.turns [--first] [COMMAND...]

waits for this machine's turn and goes on as COMMAND; the process itself gives the turn back once it serves (`give_back`).
The turn is a key in the broker, named by START_TURN (in a cluster the node's name) and held under the host's name (the pod's),
so that one container of a pod may take it and the next one give it back. It is a courtesy and nothing else depends on it: it
lapses by itself, and who finds no broker, or has waited long enough, starts all the same.
"""

import logging
import os
import random
import socket
import sys
import time

import redis

from common import env

logger = logging.getLogger(__name__)
LAPSES = 30.0
"""Seconds after which a turn that nobody gave back is free: its holder died, or is slow enough for two at once."""
LONGEST_WAIT = 180.0
"""Seconds after which a process starts without its turn."""
BROKER_WAIT = 15.0
"""Seconds that a broker may be away, as when the whole machine starts, before turns are done without."""
_EVERY = 0.25
_SAID_FOR = 2000
"""Milliseconds that a wish to go first counts, said again at each look."""
_TIMEOUT = 1.0
_GIVE_BACK = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0"


def take(*, first: bool = False) -> bool:
    """Wait for the turn; False where this process starts without one. With `first` before all that do not say so."""
    name = env.string("START_TURN", "")
    if not name:
        return False
    client, key, waiting = _client(), f"start-turn:{name}", f"start-turn:{name}:first"
    started = answered = time.monotonic()
    while (now := time.monotonic()) - started < LONGEST_WAIT and now - answered < BROKER_WAIT:
        try:
            if first:
                client.set(waiting, _holder(), px=_SAID_FOR)
            if (first or not client.exists(waiting)) and _is_taken(client, key):
                return True
            answered = time.monotonic()
        except redis.RedisError as error:
            logger.info("No turn: %s", error)
        time.sleep(_EVERY * random.uniform(0.8, 1.2))  # so that not all look at once
    return False


def give_back() -> None:
    """Let the next one start; where this process holds no turn, nothing."""
    name = env.string("START_TURN", "")
    if not name:
        return
    try:
        _client().eval(_GIVE_BACK, 1, f"start-turn:{name}", _holder())
    except redis.RedisError as error:
        logger.info("The turn lapses by itself: %s", error)


def _is_taken(client: "redis.Redis", key: str) -> bool:
    """Whether it is this host's now; one that it has already is its own for as long again."""
    lapses = round(LAPSES * 1000)
    if client.set(key, _holder(), nx=True, px=lapses):
        return True
    return client.get(key) == _holder().encode() and bool(client.pexpire(key, lapses))


def _holder() -> str:
    return socket.gethostname()


def _client() -> "redis.Redis":
    return redis.Redis.from_url(env.secret("BROKER_URL"), socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT)


def main() -> None:
    """Wait, then become the command."""
    arguments = sys.argv[1:]
    first = arguments[:1] == ["--first"]
    take(first=first)
    command = arguments[int(first) :]
    if command:
        os.execvp(command[0], command)  # noqa: S606  what the caller named


if __name__ == "__main__":
    main()
