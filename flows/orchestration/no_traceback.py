"""Keeps a traceback out of the log of a run that has ended by itself in a failed state: nothing of ours was raised.

The process of a deployment's run asks for the run's result when it is over, and logs what comes of asking for that
of a failed one; the state and its sentence are told already.
"""

import logging

_LOGGERS = ("prefect.flow_runs", "prefect.engine")

_ASKED = "exited with unexpected exception"


class _Dropped(logging.Filter):
    """Drops what is logged after the end."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and _ASKED in record.getMessage())


_dropped = _Dropped()


def log_no_traceback() -> None:
    """To be called when a run ends in a failed state, its last act."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_dropped)
