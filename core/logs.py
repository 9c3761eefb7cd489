"""Structured logs: an event name, codes and references. A field that is not known to be safe is
withheld.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

# Rule: a log line carries codes only. What is not in this list is not written, so a personal
# value passed by mistake is withheld rather than leaked.
SAFE_FIELDS = frozenset(
    "event level timestamp logger reference territory measure agency channel verb state outcome "
    "kind key attempt status seconds count news question choice deadline due_at error process pid "
    "port url path flow_run suspension act correlation method fault limit account "
    "route reason".split()
)


def _withhold_unknown(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {name: value if name in SAFE_FIELDS else "[retenu]" for name, value in event.items()}


def configure_logs(level: int = logging.INFO) -> None:
    """Write one JSON object per line on standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _withhold_unknown,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def log() -> structlog.typing.FilteringBoundLogger:
    """Return the logger; events are ``noun_past_tense``."""
    # Danger: a process that nobody configured, such as a flow run's, would write every field.
    if not structlog.is_configured():
        configure_logs()
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger
