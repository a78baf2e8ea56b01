"""Reads the heads' lists and objects from JSON cells and `metadata.<name>` columns, and what is wrong in them."""

import json
import re
from collections.abc import Mapping
from functools import lru_cache

import polars as pl

from validators import characters
from validators.checks import Check, raw
from validators.column_stats import ColumnStats
from validators.failures import find_failures
from validators.findings import NONE, make_findings
from validators.json_customs import CUSTOMS
from validators.json_shapes import LISTS
from validators.json_values import read_cells
from validators.order_model import METADATA, Member
from validators.order_rules import CUSTOMS_CURRENCY
from validators.value_checks import value_checks

MAX_ENTRIES = 50
"""Most metadata entries of an order, and the longest name of one, by the order model."""
MAX_NAME = 50

NAMES = "metadata names"
"""Those that the entries of the order's JSON cell have, where the batch has such cells."""

_ESCAPED = r'["\\\x00-\x1F]'


def read_lists(heads: pl.DataFrame, stats: Mapping[str, ColumnStats]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The heads with each list or object as the JSON text to store, `metadata.<name>` columns joined in.

    `stats` is what the statistics of their text columns are.
    """
    found = []
    for member in (*LISTS, CUSTOMS):
        heads, faults = _read_column(heads, member)
        found.append(faults)
    heads, faults = _join_metadata(heads, stats)
    currency = pl.col("shippingPreferences.customs").str.json_path_match("$.customsInfo.currencyCode")
    there = pl.when(currency.str.strip_chars() != "").then(currency)
    return heads.with_columns(there.alias(CUSTOMS_CURRENCY)), pl.concat([*found, faults])


def _read_column(heads: pl.DataFrame, member: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    if heads[member].null_count() == heads.height:
        return heads, NONE
    cells = read_cells(member, heads[member])
    read = heads.select("order", "row_number", value=member).join(
        cells, left_on="value", right_on="cell", how="left", maintain_order="left"
    )
    faults = read.explode("faults").drop_nulls("faults").unnest("faults")
    told = faults.with_columns(hint=pl.format("{}: {}", pl.col("where"), "hint"))
    found = make_findings(told, member, "").with_columns(check_name=told["check"], severity=told["severity"])
    columns = {member: read["json"], raw(member): read["value"], f"{member} names": read["names"]}
    return heads.with_columns(**columns), found


def _join_metadata(
    heads: pl.DataFrame, stats: Mapping[str, ColumnStats]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    # By name, for the order of a file's columns says nothing.
    columns = sorted(name for name in heads.columns if name.startswith(METADATA))
    if not columns:
        return heads, NONE
    found = [
        find_failures(heads, _entry_checks(tuple(columns)), stats),
        *(_of_name(heads, name) for name in columns),
        _of_count(heads, columns),
    ]
    entries = pl.concat_str((_entry(heads, name) for name in columns), separator=",", ignore_nulls=True)
    return join_entries(heads, entries), pl.concat(found)


def join_entries(heads: pl.DataFrame, entries: pl.Expr) -> pl.DataFrame:
    """The heads with these entries, in JSON, behind those in their `metadata`."""
    in_cell = pl.col("metadata").str.slice(1, pl.col("metadata").str.len_chars() - 2)
    inside = pl.concat_str(
        *(pl.when(part != "").then(part) for part in (in_cell, entries)), separator=",", ignore_nulls=True
    )
    joined = pl.when(inside != "").then(pl.concat_str(pl.lit("["), inside, pl.lit("]")))
    return heads.with_columns(joined.alias("metadata"))


@lru_cache(maxsize=64)
def _entry_checks(columns: tuple[str, ...]) -> list[Check]:
    return value_checks(tuple(map(entry_member, columns)))


def entry_member(column: str) -> Member:
    """An entry's value as a member, in a column of this name."""
    return Member(path=column, reject=255, personal=True, prose=True)


def _entry(heads: pl.DataFrame, column: str) -> pl.Expr:
    """One entry as JSON, null where the cell is blank."""
    name, value = column.removeprefix(METADATA), pl.col(column)
    if (
        not heads[column].str.contains(_ESCAPED).any()
    ):  # then JSON writes it as it is, and that is much faster
        return pl.concat_str(
            pl.lit(f'{{"name":{json.dumps(name, ensure_ascii=False)},"value":"'), value, pl.lit('"}')
        )
    entry = pl.struct(name=pl.lit(name), value=value).struct.json_encode()
    return pl.when(value.is_not_null()).then(entry)


def _of_name(heads: pl.DataFrame, column: str) -> pl.DataFrame:
    """The name of an entry is in the header: too long, unseen in part, or once more in the order's JSON cell."""
    name = column.removeprefix(METADATA)
    if len(name) <= MAX_NAME and not re.search(characters.CONTROL, name) and NAMES not in heads.columns:
        return NONE
    used = heads.filter(pl.col(column).is_not_null())
    faults: dict[str, bool | pl.Series] = {
        "fits_length": len(name) > MAX_NAME,
        "has_no_control_characters": bool(re.search(characters.CONTROL, name)),
        "is_once_in_order": names_in_cell(used).list.contains(name),
    }
    # A name and its value may break one check, and that is one finding of the cell: the value's.
    of_value = {check.name: check.holds for check in _entry_checks((column,))}
    return pl.concat(
        make_findings(used.filter(here, of_value.get(check, pl.lit(value=True))), column, check)
        for check, here in faults.items()
    )


def _of_count(heads: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    if len(columns) <= MAX_ENTRIES and NAMES not in heads.columns:
        return NONE
    in_columns = pl.sum_horizontal(pl.col(column).is_not_null().cast(pl.UInt32) for column in columns)
    in_cell = names_in_cell(heads).list.len().fill_null(0)
    return too_many_entries(heads.filter(in_columns + in_cell > MAX_ENTRIES))


def too_many_entries(heads: pl.DataFrame) -> pl.DataFrame:
    """A finding on each of these heads, which have more entries than an order may have."""
    hint = pl.lit(f"Keep at most {MAX_ENTRIES} entries.")
    return make_findings(heads.with_columns(hint=hint), "metadata", "fits_entries")


def names_in_cell(heads: pl.DataFrame) -> pl.Series:
    """The names that the JSON cell of each order holds."""
    none = pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, heads.height)
    return heads[NAMES] if NAMES in heads.columns else none
