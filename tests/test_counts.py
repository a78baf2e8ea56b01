"""Counts that do not come out: of a chunk, which then is not written, and of a batch, which then is not finished."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import polars as pl
import pytest

from conftest import Command
from flows.assemble import assemble
from flows.judge import Judged
from flows.model import MachineError
from flows.rows import Said
from made import many, nested, typed
from orders import PLAIN, frame, plain
from validators.order import check
from world import World

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
    checked = check(ROWS.filter(~pl.col("row_number").is_in(lost)))
    cells = {str(at): pl.col(name) for at, name in enumerate(PLAIN)}
    judged = Judged(
        number=1,
        share=1,
        key=b"key",
        checked=checked,
        assembled=assemble(checked, "shop", b"key"),
        delivered=ROWS.select("row_number", line="row_number", **cells),
        blank=0,
    )
    with pytest.raises(MachineError, match="do not add up") if lost else nullcontext():
        judged.settled(judged.assembled, Said())


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
    world: World, command: Command, tmp_path: Path, name: str
) -> None:
    world.ask(FORGETFUL)
    WRITE[name](many(20), tmp_path / name)
    answer = command("run", "--direct", "--json", tmp_path / name)
    assert (answer.status, answer.batch["status"]) == (4, "failed")
    assert "are accounted for" in answer.batch["reason"]
