"""Writes the lines of results.csv: a row an order, as the API would have answered it, with every finding on it."""

from collections.abc import Iterator

import polars as pl

from flows.fix_file.formulas import escape_formulas, escape_in_json
from flows.frames import FINDINGS

WOULD = {"created": "would create", "unchanged": "would leave unchanged", "rejected": "would reject"}
"""What a dry run says for an outcome, for nothing has come of an order yet."""

RESULT_HEADER = "orderNumber,orderId,status,code,outcome,transactionCreateDate,first_row,rows,findings"


def join_windows(
    rows: Iterator[pl.DataFrame], findings: Iterator[pl.DataFrame], key: str
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Rows, some at a time, with the findings on them; both streams are sorted by `key`.

    So few that their findings are two frames at most, for each key has a thousand at most.
    """
    held, more = next(findings, FINDINGS.to_frame()), next(findings, None)
    for frame in rows:
        while more is not None and held[key][-1] <= frame[key][-1]:
            # All findings are held but for those on the last key, of which more may come.
            whole = frame.filter(pl.col(key) < held[key][-1])
            frame = frame.filter(pl.col(key) >= held[key][-1])  # noqa: PLW2901
            if whole.height:
                yield whole, _between(held, whole[key])
            held = pl.concat([held.filter(pl.col(key) >= frame[key][0]), more])
            more = next(findings, None)
        yield frame, _between(held, frame[key])


def _between(findings: pl.DataFrame, keys: pl.Series) -> pl.DataFrame:
    """Those from the first of these keys to the last."""
    return findings.filter(pl.col(keys.name).is_between(keys[0], keys[-1]))


def result_lines(results: pl.DataFrame, findings: pl.DataFrame, *, dry_run: bool = False) -> str:
    """Lines of results.csv: what the API would have answered for each order, and every finding on it."""
    told = (
        _as_json(findings) if findings.height else results.select("first_row", findings=pl.lit(None)).clear()
    )
    results = results.with_columns(order_number=escape_formulas(results["order_number"]))
    lines = results.join(told, on="first_row", how="left", maintain_order="left").select(
        orderNumber="order_number",
        orderId="order_id",
        status=pl.when(pl.col("outcome") == "rejected").then(pl.lit("Failed")).otherwise(pl.lit("Success")),
        code="code",
        outcome=pl.col("outcome").replace(WOULD) if dry_run else "outcome",
        transactionCreateDate="at",
        first_row="first_row",
        rows="rows",
        findings=pl.col("findings").cast(pl.String).fill_null("[]"),
    )
    return lines.write_csv(include_header=False)


def _as_json(findings: pl.DataFrame) -> pl.DataFrame:
    """`first_row` and all findings of that order as a JSON list; a value that is left out is not in it."""
    listed = findings.group_by("first_row", maintain_order=True).agg(
        pl.struct(
            row="row_number",
            line="line",
            item="item",
            column="column_name",
            check="check_name",
            severity="severity",
            value="value",
            hint="hint",
            count="count",
        ).alias("x")
    )
    text = pl.struct("x").struct.json_encode().str.slice(5).str.strip_suffix("}")
    told = listed.select("first_row", findings=text.str.replace_all('"value":null,', "", literal=True))
    return told.with_columns(escape_in_json(told["findings"]))
