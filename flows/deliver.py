"""From a delivered file to its one place: its bytes made ours, imported, the file moved to where it belongs."""

import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING

from flows import archive
from flows.identify import pin
from flows.model import BatchError, Delivery, Result, unread
from flows.settings import Settings
from flows.workspace import workspace

if TYPE_CHECKING:
    from flows.carry import Step


def import_file(delivery: Delivery, settings: Settings, step: "Step") -> Result:
    """Import one file; a batch that cannot be read is refused, one that the machine fails is tried again another time.

    Raises UnfinishedError when the file is not there any more, or not complete yet, and MachineError when there
    is not even a ledger to enter it.
    """
    with workspace(settings) as folder, ThreadPoolExecutor(1, thread_name_prefix="pin") as aside:
        pinned = aside.submit(pin, delivery, folder)
        carry_through = _carry_through()
        try:
            batch = pinned.result()
        except BatchError as error:  # not even its bytes can be had
            archive.refuse(settings, delivery, None, str(error))
            return unread(delivery, "refused", str(error))
        result = carry_through(batch, settings, step, patient=not delivery.named)
        if result.status == "refused":
            archive.refuse(settings, delivery, batch, str(result.reason))
        elif result.status != "failed":
            archive.archive(settings, delivery, batch)
        return result


@cache
def _carry_through() -> Callable[..., Result]:
    """All that is done with the rows: to import it takes as long as to copy and hash some hundred megabytes."""
    from flows.carry import carry_through

    gc.freeze()  # what was imported stays, and need not be looked through again and again
    return carry_through
