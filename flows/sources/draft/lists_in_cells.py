"""Asks about lists in cells that do not say how many of each item there are, or say it in another cell: `TEA-1, MUG-1` and `2, 1`."""

import re

import polars as pl

from flows.sources.draft.sample import Sample, first_row, proof
from flows.sources.draft.slots import Draft, setting_names
from flows.sources.draft.toml_text import comment, text_of, written

BETWEEN = (", ", ";", "|", "\n")
"""Without a blank behind it a comma may stand before decimals."""


def ask_about_side_by_side(draft: Draft) -> None:
    """Ask for a row an item where a list of whole numbers has as many parts as another column's list on every row."""
    if draft.repeat or any(not line.startswith("#") for line in draft.items):
        return
    for between in BETWEEN:
        lists = [at for at in range(len(draft.sample.header)) if _is_list(draft.sample, at, between)]
        for at in (each for each in lists if _are_whole_numbers(draft.sample, each, between)):
            others = [each for each in lists if each != at and _has_as_many(draft.sample, at, each, between)]
            if others:
                _ask(draft, at, others, between)
                return


def _are_whole_numbers(sample: Sample, at: int, between: str) -> bool:
    numbers = rf"^[0-9]+(?:{re.escape(between)} *[0-9]+)*$"
    return bool(sample.cells(at)["cell"].str.contains(numbers).all())


def _is_list(sample: Sample, at: int, between: str) -> bool:
    return bool(sample.cells(at)["cell"].str.contains(between, literal=True).any())


def _has_as_many(sample: Sample, at: int, other: int, between: str) -> bool:
    parts = (pl.col(str(place)).str.count_matches(between, literal=True) for place in (at, other))
    counts = sample.rows.select(*parts)
    return bool((counts[str(at)] == counts[str(other)]).fill_null(value=False).all())


def _ask(draft: Draft, at: int, others: list[int], between: str) -> None:
    found = first_row(draft.sample.cells(at), pl.col("cell").str.contains(between, literal=True))
    names = setting_names(draft.sample.header)
    told = ", ".join(names[place] for place in sorted((at, *others)))
    draft.items.append(
        comment(
            f"Question: {proof(found)}: several items stand side by side in {told}, which no setting takes apart: can each be exported in a row of its own?"
        )
    )


def ask_about_lists(draft: Draft) -> None:
    """Ask about ids of several items in a cell: how many of each no column says."""
    slot = draft.slot("items.itemId")
    if slot is None:
        return
    cells = slot.cells(draft.sample)
    for between in (",", ";", "|"):
        row = first_row(cells, pl.col("cell").str.contains(rf"^\S+(?:\{between} ?\S+)+$"))
        if row and draft.gives("items.quantity"):
            slot.ask(
                f"{proof(row)} looks like several items, which come in as one: can each be exported in a row of its own?"
            )
            return
        if row:
            draft.slots.remove(slot)
            step = written({"between": between, "pattern": "(?P<itemId>.+)"})
            draft.items += [
                comment(f"Question: {proof(row)} has several items: how many of each? If one of each:"),
                comment(f"{text_of(slot.name)} = {step}"),
            ]
            return
