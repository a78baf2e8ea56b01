"""From a delivered file to its one place: its bytes made ours, imported, the file moved to where it belongs."""

import gc
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flows import archive
from flows.identify import pin
from flows.model import Batch, BatchError, Delivery, Result, unread
from flows.settings import Settings
from flows.workspace import workspace

if TYPE_CHECKING:
    from flows.carry import Step


def import_file(delivery: Delivery, settings: Settings, step: "Step") -> Result:
    """Import one file; a batch that cannot be read is refused, one that the machine fails is tried again another time.

    Raises UnfinishedError when the file is not there any more, not complete yet, or not its turn yet, and MachineError
    when there is not even a ledger to enter it.
    """
    with workspace(settings) as folder:
        try:
            batch = _pinned(delivery, folder)
        except BatchError as error:  # not even its bytes can be had
            archive.refuse(settings, delivery, None, str(error))
            return unread(delivery, "refused", str(error))
        from flows.carry import carry_through

        result = carry_through(batch, settings, step, patient=not delivery.named)
        if result.status == "refused":
            archive.refuse(settings, delivery, batch, str(result.reason))
        elif result.status != "failed":
            archive.archive(settings, delivery, batch)
        return result


def _pinned(delivery: Delivery, folder: Path) -> Batch:
    """The batch, while what comes next is imported: that takes as long as to copy and hash some hundred megabytes."""
    with ThreadPoolExecutor(1, thread_name_prefix="pin") as aside:
        pinned = aside.submit(pin, delivery, folder)
        _import_what_comes_next()
        return pinned.result()


@cache
def _import_what_comes_next() -> None:
    import flows.carry  # noqa: F401 - which has Polars, Arrow and Pandera

    gc.freeze()  # what was imported stays, and need not be looked through again and again
