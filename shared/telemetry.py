"""Logs as JSON lines with service and correlation; no personal data, no secrets."""

import logging
import sys
from contextvars import ContextVar
from typing import Any

import structlog

correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)


def _correlate(_logger: Any, _method: str, entry: structlog.typing.EventDict) -> Any:
    current = correlation_id.get()
    if current is not None:
        entry.setdefault("correlation", current)
    return entry


def configure_logging(level: str = "INFO") -> None:
    """Everything, ours and the libraries', as one JSON object a line on standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        _correlate,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Every request is already in the gateway's log; a library's chatter hides what matters.
    for chatty in ("uvicorn.access", "aiormq", "aio_pika", "alembic"):
        logging.getLogger(chatty).setLevel("WARNING")


def logger(name: str) -> structlog.stdlib.BoundLogger:
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound
