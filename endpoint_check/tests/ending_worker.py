"""A worker in a process of its own, for the tests of its end: `python -m endpoint_check.tests.ending_worker QUEUE [stuck]`."""

import sys

from common.celery import app
from endpoint_check.engine.multi import Engine


def _stuck(_engine: Engine, _timeout: float) -> None:
    """As if an answer were judged for ever."""
    sys.stdout.write("stuck\n")
    sys.stdout.flush()
    while True:
        pass


if __name__ == "__main__":
    if "stuck" in sys.argv:
        Engine.step = _stuck  # type: ignore[method-assign,assignment]
    options = ["--pool", "threads", "--concurrency", "4", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    app.worker_main(["worker", "--queues", sys.argv[1], *options])
