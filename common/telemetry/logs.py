"""JSON log lines, each with the id of the request or task that it belongs to."""

import logging
import os
import re
import sys
import threading
import uuid
from contextvars import ContextVar
from types import TracebackType

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

request_id: ContextVar[str] = ContextVar("request_id", default="")
trace_id: ContextVar[str] = ContextVar("trace_id", default="")
"""Set where traces are on (`common.telemetry.tracing`)."""
_ACCEPTED = re.compile(r"[A-Za-z0-9._:-]{1,64}", re.ASCII)


def new_request_id(received: str | None = None) -> str:
    """The received id where it is harmless to log (letters, digits, `._:-`, at most 64), else a new one."""
    return received if received and _ACCEPTED.fullmatch(received) else uuid.uuid4().hex


class JsonFormatter(BaseJsonFormatter):
    """`time, level, logger, service, request_id, message` and whatever `extra` holds; one line, UTF-8."""

    def __init__(self, service: str) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
            static_fields={"service": service},
            json_ensure_ascii=False,
        )
        self.default_msec_format = "%s.%03d"

    def add_fields(
        self, log_data: dict[str, object], record: logging.LogRecord, message_dict: dict[str, object]
    ) -> None:
        """Add the ids of the request and of the trace where there are any."""
        super().add_fields(log_data, record, message_dict)
        if request_id.get():
            log_data["request_id"] = request_id.get()
        if trace_id.get():
            log_data["trace_id"] = trace_id.get()


def speak_json() -> None:
    """What Python itself would print on standard error, warnings and what nobody caught, becomes log lines.

    For processes of their own, once their logging is configured.
    """
    logging.captureWarnings(True)
    logger = logging.getLogger("common.uncaught")

    def uncaught(kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None) -> None:
        if not issubclass(kind, KeyboardInterrupt | SystemExit):
            logger.critical("Nobody caught a %s", kind.__name__, exc_info=(kind, error or kind(), traceback))

    sys.excepthook = uncaught
    threading.excepthook = lambda it: uncaught(it.exc_type, it.exc_value, it.exc_traceback)
    sys.unraisablehook = lambda it: uncaught(it.exc_type, it.exc_value, it.exc_traceback)


def write_line(service: str, level: int, logger: str, message: str, **facts: object) -> None:
    """A log line past `logging`, whose locks a signal's handler, or a process that hangs, must not wait for."""
    record = logging.LogRecord(logger, level, "", 0, message, None, None)
    record.__dict__.update(facts)
    os.write(sys.__stdout__.fileno() if sys.__stdout__ else 1, f"{JsonFormatter(service).format(record)}\n".encode())
