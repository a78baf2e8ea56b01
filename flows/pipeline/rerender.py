"""From a batch's id to its report, rendered once more from what the database holds."""

from flows import ledger
from flows.carry import render
from flows.database import connected, prepared
from flows.model import Result
from flows.settings import Settings
from flows.workspace import workspace


def report_again(batch_id: str, settings: Settings) -> Result | None:
    """The batch as the ledger has it, its report written anew; None when there is no such batch."""
    prepared(settings)
    with connected(settings) as db:
        row = db.execute(
            "select file, source, status, reason from batches where batch_id = %s", (batch_id,)
        ).fetchone()
        if row is None:
            return None
        file, source, status, reason = row
        result = Result(
            batch_id=batch_id,
            file=file,
            source=source,
            status=status,
            reason=reason,
            counts=ledger.counts(db, batch_id),
            report=settings.folder("reports") / batch_id,
        )
        with workspace(settings) as work:
            render(db, result, settings, work)
        return result
