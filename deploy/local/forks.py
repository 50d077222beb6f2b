"""Python programs without a new interpreter: a fork of a warm process carries on as another program."""

import contextlib
import os
import runpy
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NoReturn

from common.processes.ending import end_with_parent

FORKS = sys.platform == "linux"
"""Where fork without exec is safe; elsewhere (macOS) everything starts the ordinary way."""


def carry_on(title: str, argv: Sequence[str]) -> NoReturn:
    """`python -m argv...` within this process, to its end: the caller's frames are never unwound."""
    code: int | str | None = 0
    try:
        sys.argv = list(argv)
        with contextlib.suppress(ImportError):
            import setproctitle  # noqa: PLC0415

            setproctitle.setproctitle(f"pongpong: {title}")
        runpy.run_module(argv[0], run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        code = stop.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
            code = 1
    except BaseException:  # noqa: BLE001  the last frame of this process
        sys.excepthook(*sys.exc_info())
        code = 1
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0)


def start(title: str, argv: Sequence[str], environment: Mapping[str, str]) -> int:
    """The pid of a child that runs `python -m argv...` under that environment."""
    sys.stdout.flush()
    sys.stderr.flush()
    if not FORKS:
        return os.spawnve(os.P_NOWAIT, sys.executable, [sys.executable, "-m", *argv], dict(environment))  # noqa: S606
    pid = os.fork()
    if pid:
        return pid
    end_with_parent()
    os.environ.clear()
    os.environ.update(environment)
    carry_on(title, argv)


def wait(pid: int, *, seconds: float) -> int:
    """The child's exit code; one that takes longer is killed and counts as failed."""
    deadline = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(pid, 9)
        time.sleep(0.02)
