"""Shows a batch on Prefect's page: how far it is, a summary, the first findings, and an event.

All of it is a hint for people and their automations. When Prefect's server is away, the batch goes on without.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, cast
from uuid import UUID

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from prefect.events import emit_event

from flows.progress import Watch
from flows.report.markdown import code, first_findings, render_markdown
from flows.results import Result

P = ParamSpec("P")

_log = logging.getLogger(__name__)

TOLD = ("batch_id", "file", "source", "status", "reason", "rows", "orders", "items", "findings", "report")
"""What an event holds of a result."""


def track_progress(*, dry_run: bool) -> Watch:
    """One that is told how far a batch is, and moves a bar on the run's page, by whole percents."""
    bar: list[UUID] = []
    done = [0.0, 0]  # percent, rows

    def tell(file: str, rows: int, share: float) -> None:
        before, done[:] = int(done[0]), [min(done[0] + 100 * share, 100), done[1] + rows]
        about = f"{'Dry run of ' if dry_run else ''}{code(file)}: {done[1]:,} rows"
        if not bar:
            bar.append(cast("UUID", create_progress_artifact(done[0], description=about)))
        elif int(done[0]) > before:
            update_progress_artifact(bar[0], done[0], description=about)

    return _while_it_listens(tell)


def publish_artifacts(result: Result, reports_url: str | None) -> None:
    """Put what came of the batch on its run's page."""
    key = f"{'check' if result.dry_run else 'batch'}-{result.batch_id}" if result.batch_id else None
    told = render_markdown(result, reports_url)
    _while_it_listens(create_markdown_artifact)(told, key, code(result.file))
    findings = first_findings(result)
    if findings:
        about = "The first findings" + (" of a dry run: nothing was imported" if result.dry_run else "")
        _while_it_listens(create_table_artifact)(findings, key and f"{key}-findings", about)


def publish_note(sentence: str) -> None:
    """Put a sentence on the run's page."""
    _while_it_listens(create_markdown_artifact)(code(sentence))


def emit_batch_event(result: Result) -> None:
    """Tell the automations of users: `order-import.batch.loaded`, `partial`, `refused`, `failed` or `repeated`."""
    told = result.as_json()
    _while_it_listens(emit_event)(
        f"order-import.batch.{result.status}",
        {
            "prefect.resource.id": f"order-import.batch.{result.batch_id or 'unread'}",
            "prefect.resource.name": result.file,
            "order-import.source": result.source,
        },
        payload={name: told[name] for name in TOLD},
    )


def _while_it_listens(tell: Callable[P, object]) -> Callable[P, None]:
    """The same; once it has failed it is not tried again, for a server that is away would keep the batch waiting."""
    away: list[bool] = []

    @wraps(tell)
    def told(*args: P.args, **kwargs: P.kwargs) -> None:
        if away:
            return
        try:
            tell(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is not the batch's business
            away.append(True)
            _log.warning("Prefect's page does not show all of it: %s", type(error).__name__)

    return told
