"""The service's log: text for people or one JSON object a line for programs, and never what a lead's attributes hold.

A message is constant, with ids at most; what else is known stands in fields. Of a fault the places in the code are
written and not its message, because messages of libraries quote the value that they could not read.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TypeAlias

from serving.errors import REQUEST_ID
from serving.settings import Settings

LOGGER = "bentoml.leadscore"
_LOGGERS = ("", "bentoml", "uvicorn.error", "circus")
"""Those whose handlers BentoML sets up in a worker; the empty name is the root."""

_FIELDS = "leadscore_fields"
_Fault: TypeAlias = tuple[type[BaseException], BaseException, TracebackType | None]


def fields(**values: Any) -> dict[str, Any]:
    """Return fields as ``extra`` of a logging call; empty ones are left out."""
    return {_FIELDS: {name: value for name, value in values.items() if value is not None}}


class _Formatter(logging.Formatter):
    def _parts(self, record: logging.LogRecord) -> dict[str, Any]:
        parts: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        request_id = REQUEST_ID.get(None)
        if request_id is not None:
            parts["request_id"] = request_id
        parts |= getattr(record, _FIELDS, {})
        if record.exc_info and record.exc_info[1] is not None:
            parts["fault"] = places(record.exc_info[1])
        return parts


class JsonLines(_Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return json.dumps(self._parts(record), ensure_ascii=False, default=str)


class PlainText(_Formatter):
    """A line for people, and under it the places of a fault."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        parts = self._parts(record)
        head = f"{parts.pop('at')} [{parts.pop('level').upper()}] {parts.pop('message')}"
        fault = parts.pop("fault", [])
        more = " ".join(f"{name}={value}" for name, value in parts.items())
        # A line break in a message would let a caller write lines of its own.
        line = " ".join(f"{head} {more}".split())
        return "\n    ".join([line, *fault])


def places(error: BaseException) -> list[str]:
    """Return where a fault and those that led to it happened, the first cause first, without their messages."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    frames = traceback.extract_tb(error.__traceback__)
    told = [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
    return [*([] if before is None else places(before)), *told, type(error).__name__]


def set_up_logs(settings: Settings) -> None:
    """Give the log of this process the settings' level and form."""
    formatter = JsonLines() if settings.log_format == "json" else PlainText()
    logging.getLogger(LOGGER).setLevel(settings.log_level.upper())
    for name in _LOGGERS:
        for handler in logging.getLogger(name).handlers:
            # Others (a test's) have a form of their own.
            if type(handler) is logging.StreamHandler:
                handler.setFormatter(formatter)


def begin_logs(settings: Settings) -> None:
    """Set up the log of a process that BentoML did not start."""
    logging.basicConfig(stream=sys.stdout, level=logging.WARNING)
    set_up_logs(settings)
