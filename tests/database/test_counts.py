"""Counts that do not come out: of a chunk, which then is not written, and of a batch, which then is not finished."""

import csv
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from conftest import Command
from flows.errors import MachineError
from flows.frames import ChunkResult, StoredState
from flows.pipeline.assemble import assemble
from flows.pipeline.process_chunk import ProcessedChunk
from flows.sources.map_rows import MappedRows
from flows.spool import Spool
from import_environment import ImportEnvironment
from order_files import csv_text, many, nested, row, typed
from orders import PLAIN, frame, plain
from validators.check_orders import check_orders

# Two orders, of which one is rejected, on two rows each.
ROWS = frame(
    [
        *plain({}, {"items.itemId": "TEA-2"}),
        *plain({"orderNumber": "A-2"}, {"orderNumber": "A-2", "items.quantity": "0"}),
    ]
)
NUMBERS = ROWS["row_number"].to_list()


@pytest.mark.parametrize("lost", [[], *([number] for number in NUMBERS), NUMBERS[:2], NUMBERS[2:]])
def test_a_chunk_of_which_rows_are_lost_is_not_settled(lost: list[int]) -> None:
    checked = check_orders(ROWS.filter(~pl.col("row_number").is_in(lost)))
    cells = {str(at): pl.col(name) for at, name in enumerate(PLAIN)}
    judged = ProcessedChunk(
        number=1,
        share=1,
        key=b"key",
        checked=checked,
        found=Spool(),
        assembled=assemble(checked, "shop", b"key"),
        mapped=MappedRows(rows=ROWS, kept=ROWS.select("row_number", line="row_number", **cells), blank=0),
    )
    with pytest.raises(MachineError, match="do not add up") if lost else nullcontext():
        judged.decide(judged.assembled, StoredState())


WRITE: dict[str, Callable[[pl.DataFrame, Path], object]] = {
    "a.csv": pl.DataFrame.write_csv,
    "short.csv": lambda rows, path: path.write_text(rows.write_csv() + "M-99999,too,short\n"),
    "flat.parquet": lambda rows, path: typed(rows).write_parquet(path),
    "nested.parquet": lambda rows, path: nested(rows).write_parquet(path),
}

# Stands for whatever of ours might lose a row on its way: each chunk of a batch counts one less.
FORGETFUL = """
create function forget() returns trigger language plpgsql as $$ begin
  new.rows_read = new.rows_read - 1; new.rows_created = new.rows_created - 1; return new;
end $$;
create trigger forget before insert on batch_chunks for each row execute function forget()"""


@pytest.mark.parametrize("name", WRITE)
def test_a_batch_of_which_rows_are_lost_is_not_finished(
    imports: ImportEnvironment, command: Command, tmp_path: Path, name: str
) -> None:
    imports.ask(FORGETFUL)
    WRITE[name](many(20), tmp_path / name)
    answer = command("run", "--direct", "--json", tmp_path / name)
    assert (answer.status, answer.batch["status"]) == (4, "failed")
    assert "are accounted for" in answer.batch["reason"]


def test_a_dry_run_of_which_rows_are_lost_says_so(
    imports: ImportEnvironment, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forget(*words: Any, sound: Callable[..., ChunkResult] = ProcessedChunk.decide) -> ChunkResult:
        result = sound(*words)
        of = result.counts
        counts = replace(of, rows_read=of.rows_read - 1, rows_created=of.rows_created - 1)
        return replace(result, counts=counts)

    monkeypatch.setattr(ProcessedChunk, "decide", forget)
    many(20).write_csv(tmp_path / "a.csv")
    answer = command("check", "--json", tmp_path / "a.csv")
    assert (answer.status, answer.batch["status"]) == (4, "failed")
    assert "are accounted for" in answer.batch["reason"]


# Files on which counting is not just counting lines

TEXT = csv_text([row("A-1"), row("A-1", items__itemId="SKU-2"), row("A-2", items__quantity="0"), row("A-2")])
COMMAS = "," * TEXT.partition("\n")[0].count(",") + "\n"
LONG = TEXT.split("\n")[1] + ",,x\n"
CSVS = {
    "blank rows": f"{TEXT}\n\n{COMMAS}{COMMAS}\n",
    "nothing but blank rows": TEXT.partition("\n")[0] + "\n\n" + COMMAS,
    "a mark and CRLF": "\ufeff" + TEXT.replace("\n", "\r\n") + "\r\n",
    "twice": TEXT + TEXT,
    "short": f"{TEXT}A-9,x\n\n{COMMAS}",
    "long": TEXT + LONG,
    "lone CR": f"{TEXT}x\ry\n",
    "lines in cells, short": TEXT.replace("1 Sample Road", '"1\n\nSample"') + "A-9,\n",
    "no line feed at the end": TEXT.rstrip("\n"),
}

ORDERS = nested(many(6))
NO_ORDERS = ORDERS.select(pl.lit(None, dtype=dtype).alias(name) for name, dtype in ORDERS.schema.items())
EVEN = pl.int_range(pl.len()) % 2 == 0
PARQUETS = {
    "no items": ORDERS.with_columns(pl.when(EVEN).then("items").otherwise(pl.col("items").list.head(0))),
    "null for items": ORDERS.with_columns(pl.when(EVEN).then("items")),
    "null rows": pl.concat([ORDERS, NO_ORDERS]),
    "nothing but null rows": NO_ORDERS,
}


@pytest.mark.parametrize("case", [*CSVS, *PARQUETS])
def test_whatever_the_rows_are(
    imports: ImportEnvironment, command: Command, tmp_path: Path, case: str
) -> None:
    """An import counts as its dry run does; a replay and the fix file have the rows of the rejected orders, and no more."""
    path = tmp_path / ("x.csv" if case in CSVS else "x.parquet")
    if case in CSVS:
        path.write_bytes(CSVS[case].encode())
    else:
        PARQUETS[case].write_parquet(path)
    dry, answer = command("check", "--json", path), command("run", "--direct", "--json", path)
    rows = answer.batch["rows"]
    assert (answer.status, rows) == (dry.status, dry.batch["rows"])
    assert imports.seen()["books"] == []
    rejected = rows["rejected"] + rows["held_back"]
    if rejected:
        fix = Path(answer.batch["report"]) / "rejected.csv"
        again = command("run", "--direct", "--json", fix).batch
        replayed = command("replay", "--json", answer.batch["batch_id"]).batch
        assert [again["rows"]["read"], replayed["rows"]["read"]] == [rejected, rejected]
        assert _as_sent(Path(again["report"]) / "rejected.csv") == _as_sent(fix)


def _as_sent(fix_file: Path) -> list[list[str]]:
    """Its rows without what it says of them."""
    with fix_file.open(newline="") as file:
        return [cells[:-3] for cells in csv.reader(file)]
