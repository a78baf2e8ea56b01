"""Decides what becomes of each checked order, given what the database knows of it: created, unchanged or rejected."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

import polars as pl

from flows.frames import ODD_ROWS, REJECTED, Answers, Assembled, ChunkResult, StoredState
from flows.results import Counts
from flows.spool import Spool
from validators.checked import Checked
from validators.findings import FINDINGS, NONE, make_findings
from validators.group_rows import IS_SKIPPED
from validators.hints import with_hints

SHOWN_NUL = "\N{SYMBOL FOR NULL}"


@dataclass(frozen=True, kw_only=True)
class CheckedRows:
    """A chunk's rows after their checks: `delivered` as they came, blank ones left out; `found` what `checked` has found."""

    checked: Checked
    found: Spool
    delivered: pl.DataFrame


def decide_outcomes(
    chunk: CheckedRows, assembled: Assembled, stored: StoredState, told: Spool
) -> ChunkResult:
    """Answer every order of a chunk; its findings are put into `told`."""
    checked, rows = chunk.checked, chunk.delivered
    of_database = pl.concat([NONE, *_database_findings(checked.heads, stored)]).select(FINDINGS.names())
    found = chain(chunk.found, [of_database] if of_database.height else [])
    results = _results(checked.heads, assembled, stored)
    created = results.filter(outcome="created")["order"]
    create = assembled if created.len() == assembled.orders.height else assembled.only(created)
    held = results.filter(outcome="rejected").select("order", "first_row")
    kept = checked.rows.join(held, on="order", maintain_order="left")
    wrong = pl.concat([checked.wrong_rows, of_database["row_number"]])
    counts = _count(rows, results, kept, wrong) + _tell(found, results, rows, told)
    return ChunkResult(
        create=create,
        answers=Answers(
            results=without_nul(results.drop("order")), findings=told, rejected=as_they_came(rows, kept)
        ),
        counts=replace(counts, items=create.items.height),
    )


def _tell(found: Iterator[pl.DataFrame], results: pl.DataFrame, rows: pl.DataFrame, told: Spool) -> Counts:
    """Put the findings into `told` as they are told; how many they are. An order's warnings are in one frame."""
    counts = Counts()
    for part in found:
        warnings = part.filter(severity="warning")
        counts += Counts(
            orders_warned=warnings["order"].drop_nulls().n_unique(),
            errors=part.height - warnings.height,
            warnings=warnings.height,
        )
        told.put(without_nul(_locate(with_hints(part), results, rows)))
    return counts


def find_odd_rows(result: ChunkResult) -> pl.DataFrame:
    """The created orders that have other than a row an item, which the tables of orders do not tell (see ODD_ROWS)."""
    items = result.create.items.group_by("order").agg(items=pl.len())
    counted = result.create.orders.select("order", "first_row").join(items, on="order", how="left")
    rows = result.answers.results.filter(outcome="created").join(counted, on="first_row", how="left")
    return (
        rows.filter(pl.col("rows") != pl.col("items").fill_null(0)).select("first_row", "rows").cast(ODD_ROWS)
    )


def _database_findings(heads: pl.DataFrame, stored: StoredState) -> list[pl.DataFrame]:
    if stored.known.is_empty() and stored.refused.is_empty():
        return []
    return [_not_new(heads, stored.conflicts()), _not_storable(heads, stored.refused)]


def _not_new(heads: pl.DataFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    hint = pl.format(
        "Batch {} has imported this order with other values of {}; the stored order stays as it is.",
        "batch_id",
        pl.col("differs").list.join(", "),
    )
    return make_findings(_on_first_rows(heads, conflicts.select("order", hint=hint)), "orderNumber", "is_new")


def _not_storable(heads: pl.DataFrame, refused: pl.DataFrame) -> pl.DataFrame:
    why = pl.concat_str("sqlstate", "constraint", separator=" at ", ignore_nulls=True)
    hint = pl.format("The database refused this order ({}) though every check held; please report it.", why)
    return make_findings(
        _on_first_rows(heads, refused.select("order", hint=hint)), "orderNumber", "is_storable"
    )


def _on_first_rows(heads: pl.DataFrame, hints: pl.DataFrame) -> pl.DataFrame:
    told = heads.select("order", "row_number", value="orderNumber")
    return told.join(hints, on="order", maintain_order="left")


def _results(heads: pl.DataFrame, assembled: Assembled, stored: StoredState) -> pl.DataFrame:
    """A row an order: `order, first_row, order_number, outcome, code, rows, order_id`."""
    refused = pl.col("order").is_in(stored.refused["order"].implode())
    rejected = pl.col("rejected") | pl.col("order").is_in(stored.conflicts()["order"].implode()) | refused
    known = pl.col("order").is_in(stored.known["order"].implode())
    results = heads.select(
        "order",
        first_row="row_number",
        order_number="orderNumber",
        rows=pl.col("rows").cast(pl.Int32),
        outcome=pl.when(rejected)
        .then(pl.lit("rejected"))
        .when(known)
        .then(pl.lit("unchanged"))
        .otherwise(pl.lit("created")),
        # as the API would answer: 400 for an invalid order, 500 for what is no fault of the order's
        code=pl.when(refused).then(500).when(rejected).then(400).otherwise(200).cast(pl.Int32),
    )
    ids = assembled.orders.select("order", made="order_id")
    results = results.join(ids, on="order", how="left", maintain_order="left").join(
        stored.known.select("order", kept="order_id"), on="order", how="left", maintain_order="left"
    )
    shown = pl.when(pl.col("outcome") != "rejected").then(pl.coalesce("kept", "made"))
    return results.with_columns(order_id=shown).drop("made", "kept")


def _locate(found: pl.DataFrame, results: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Findings with their order's first row and their physical line."""
    concerned = pl.col("row_number").is_in(found["row_number"].unique().implode())
    lines = rows.select("row_number", "line").filter(concerned).unique("row_number")
    return (
        found.join(results.select("order", "first_row"), on="order", how="left", maintain_order="left")
        .join(lines, on="row_number", how="left", maintain_order="left")
        .select("first_row", "line", *(name for name in FINDINGS.names() if name != "order"))
    )


def without_nul(answers: pl.DataFrame) -> pl.DataFrame:
    """With a sign in place of a NUL, which no text of PostgreSQL can hold."""
    return answers.with_columns(pl.col(pl.String).str.replace_all("\0", SHOWN_NUL, literal=True))


def as_they_came(rows: pl.DataFrame, kept: pl.DataFrame) -> pl.DataFrame:
    """Every row that is kept, those of rejected orders: `row_number, item, first_row, line` and its `cells` as a JSON list."""
    cells = [name for name in rows.columns if name.isdigit()]
    firsts = kept.select("row_number", "first_row").unique("row_number", maintain_order=True)
    came = rows.filter(pl.col("row_number").is_in(firsts["row_number"].implode()))
    if came.is_empty():
        return REJECTED.to_frame()
    came = came.join(firsts, on="row_number", how="left", maintain_order="left")
    # {"x":[…]}; as an array, for all rows have as many cells, and a list takes Polars ten times as long.
    listed = pl.struct(x=pl.concat_arr(cells)).struct.json_encode()
    return came.select(
        "row_number",
        item=pl.int_range(pl.len(), dtype=pl.Int32).over("row_number"),
        first_row="first_row",
        line="line",
        cells=listed.str.slice(5).str.strip_suffix("}"),
    )


def _count(rows: pl.DataFrame, results: pl.DataFrame, kept: pl.DataFrame, wrong: pl.Series) -> Counts:
    counted = kept.filter(~pl.col(IS_SKIPPED)) if IS_SKIPPED in kept.columns else kept
    rejected = int(counted["row_number"].unique().is_in(wrong.implode()).sum())
    of_orders = dict(results["outcome"].value_counts().iter_rows())
    of_rows = dict(results.group_by("outcome").agg(pl.col("rows").sum()).iter_rows())
    return Counts(
        # Of what was delivered, and not the sum of what follows, for the two have to come out. Of a nested file an
        # order's items have one row.
        rows_read=rows["row_number"].n_unique(),
        rows_created=of_rows.get("created", 0),
        rows_unchanged=of_rows.get("unchanged", 0),
        rows_rejected=rejected,
        rows_held_back=of_rows.get("rejected", 0) - rejected,
        orders_created=of_orders.get("created", 0),
        orders_unchanged=of_orders.get("unchanged", 0),
        orders_rejected=of_orders.get("rejected", 0),
    )
