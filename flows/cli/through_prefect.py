"""Runs a flow from the terminal, after what Prefect has to be told before it is imported."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from flows.errors import MachineError
from flows.results import Result

if TYPE_CHECKING:
    from flows.intake.backfill_plan import BackfillResult


def run_through_prefect(paths: list[Path], source: str | None) -> list[Result]:
    """Run the flow; a server of Prefect's own is started for it when no PREFECT_API_URL is set."""
    _prepare_prefect()
    from flows.ingest import path_to_text
    from flows.ingest import run as run_flow

    state = run_flow([path_to_text(path.absolute()) for path in paths], source, return_state=True)
    results = state.result(raise_on_failure=False)
    if isinstance(results, list):
        return results
    raise MachineError(f"The flow ended in {state.name}: {state.message}")


def backfill_through_prefect(patterns: list[str], source: str | None, at_once: int) -> "BackfillResult":
    """Run the flow that imports many files, its pieces in threads or on a cluster."""
    _prepare_prefect()
    from flows.backfill import backfill_here
    from flows.ingest import path_to_text
    from flows.intake.backfill_plan import BackfillResult
    from flows.orchestration.task_runners import start_server

    start_server()
    given = [path_to_text(Path(pattern).absolute()) for pattern in patterns]
    state = backfill_here(given, source, at_once, return_state=True)
    done = state.result(raise_on_failure=False)
    if isinstance(done, BackfillResult):
        return done
    raise MachineError(state.message or f"The flow ended in {state.name}.")


def _prepare_prefect() -> None:
    # Set before Prefect is imported: the terminal is ours, what is logged goes to Prefect.
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    keep_to_ourselves()
    # Its database is made the first time, which takes a busy machine longer than the twenty seconds that are the default.
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
    from flows.orchestration.prefect_settings import import_prefect

    import_prefect()
    from flows.orchestration.api_check import check_api

    check_api()  # before a run waits minutes for a server that is not there


def keep_to_ourselves() -> None:
    """What is said to this machine goes through no proxy, and nothing is told to others."""
    from flows.orchestration.proxy import bypass_proxy

    bypass_proxy()
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("DO_NOT_TRACK", "1")
