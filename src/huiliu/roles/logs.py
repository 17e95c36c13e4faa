"""What processes say of themselves, on standard error: an event word and facts, ids only."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

__all__ = ["configure_logs", "fault_facts"]


def configure_logs(level: str, role: str) -> None:
    """Send every log line to standard error: readable in a terminal, one JSON object elsewhere."""
    in_terminal = sys.stderr.isatty()
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _Role(role),
            structlog.dev.ConsoleRenderer()
            if in_terminal
            else structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # Libraries speak by the standard library; what they say below a warning helps no operator.
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, force=True,
        format='{"event": "library", "level": "%(levelname)s", "library": "%(name)s"}',
    )  # fmt: skip


def fault_facts(fault: BaseException) -> dict[str, object]:
    """Return what may be logged of an error: its kind and place, never its words.

    A database's or a provider's words may quote a row, and a row may hold a person's data.
    """
    where = fault.__traceback__
    places = []
    while where is not None:
        code = where.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('huiliu/')[2]}:{where.tb_lineno}")
        where = where.tb_next
    return {"fault": type(fault).__name__, "places": places[-6:]}


class _Role:
    """Adds the role's name to each line."""

    def __init__(self, role: str) -> None:
        """Keep the name."""
        self._role = role

    def __call__(
        self,
        _logger: Any,  # structlog's own loose type
        _method: str,
        event: MutableMapping[str, Any],  # structlog's own loose type
    ) -> MutableMapping[str, Any]:
        """Return the line with the role."""
        event["role"] = self._role
        return event
