"""Log events with fields, one JSON object a line on stderr. Never a payload or a secret.

``log = Log("gateway")``, then ``log.info("request.failed", service="lambda", operation="Invoke")``.
"""

import json
import logging
import traceback

from lambent.core.moments import wall_s


class Log:
    """One component's events. They go through the standard library's logging, under ``lambent.<component>``."""

    def __init__(self, component: str) -> None:
        self._component = component
        self._logger = logging.getLogger(f"lambent.{component}")

    def debug(self, event: str, **fields: object) -> None:
        self._write(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        self._write(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        self._write(logging.WARNING, event, fields)

    def error(self, event: str, *, error: BaseException | None = None, **fields: object) -> None:
        """``error`` is written with its trace."""
        if error is not None:
            fields["error"] = repr(error)
            fields["trace"] = "".join(traceback.format_exception(error))
        self._write(logging.ERROR, event, fields)

    def _write(self, level: int, event: str, fields: dict[str, object]) -> None:
        if self._logger.isEnabledFor(level):
            line = {"time": round(wall_s(), 3), "level": logging.getLevelName(level), "event": f"{self._component}.{event}"}
            self._logger.log(level, json.dumps(line | fields, default=str))


def to_stderr(level: int = logging.INFO) -> None:
    """Writes the events of this process to stderr, one a line, and nothing else there."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("lambent")
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False
