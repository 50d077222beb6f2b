"""An end for every process, whatever its peers do: a peer that hangs must not keep it from stopping.

Python runs a signal's handler in the main thread, between two steps of its own. One that waits inside of a library (libpq,
a name's resolution) gets to none, and redis-py replaces the SystemExit that a handler raises inside of a read. So a thread of
its own hears of the signal, from the descriptor that Python's C code writes to at once.
"""

import ctypes
import faulthandler
import logging
import os
import signal
import sys
import threading
import time
import traceback

from common.telemetry.logs import write_line

SECONDS = 8.0
"""From SIGTERM to the end, of what has to bring something to its end first."""
_WATCHED = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}


def end_within(seconds: float = SECONDS, *, code: int = 1, service: str = "") -> None:
    """From now on this process is gone so many seconds after it is asked to stop; with `code` where it had to be made to,
    and then, where that is an error, with a log line of `service` that says where each thread stood.

    Only from the main thread, and where nothing else uses `signal.set_wakeup_fd`.
    """
    heard, said = os.pipe()
    os.set_blocking(said, False)
    signal.set_wakeup_fd(said, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(heard, seconds, code, service), name="ending", daemon=True).start()


def _watch(heard: int, seconds: float, code: int, service: str) -> None:
    while not _WATCHED & set(os.read(heard, 64)):
        pass
    if code:
        # Where this thread gets no turn of Python's any more.
        faulthandler.dump_traceback_later(seconds + 1, exit=True)
    time.sleep(seconds)
    if code:
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        stood = {
            names.get(ident) or str(ident): "".join(traceback.format_stack(frame))
            for ident, frame in sys._current_frames().items()  # noqa: SLF001  the one way to see other threads
        }
        write_line(service, logging.ERROR, __name__, f"Made to end after {seconds:g} s", threads=stood)
    os._exit(code)


def end_with_parent() -> None:
    """Where this process's parent is gone, it goes too (Linux): an orphan would hold its port and answer nobody."""
    if sys.platform == "linux":
        parent = os.getppid()
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG, see prctl(2)
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)
