"""Leaves out phones that a platform has masked: `(+84)9*****67` is none, and an order with it would be rejected."""

import polars as pl

from flows.sources.draft.sample import first_row
from flows.sources.draft.slots import Draft
from flows.sources.draft.toml_text import comment, text_of

_MASKED = r"\*{2,}|[xX]{4,}"


def leave_masked_out(draft: Draft) -> None:
    """Take such columns out of the draft, and say which row shows it."""
    for slot in [*draft.slots]:
        if not slot.member.endswith(".phone"):
            continue
        row = first_row(slot.cells(draft.sample), pl.col("cell").str.contains(_MASKED))
        if row is None:
            continue
        draft.slots.remove(slot)
        told = comment(f"row {row[0]} is masked, which is no phone")
        draft.columns.append(f'{"" if draft.layout else "# "}{text_of(slot.name)} = "" {told}')
        draft.unused += [] if draft.layout else [slot.name]
