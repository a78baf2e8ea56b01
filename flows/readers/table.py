"""What every reader answers with: a table of text rows in file order, which can be read as often as anybody likes."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

import polars as pl

from flows.errors import MachineError
from flows.fix_file import JSON_BATCH, ROW
from flows.fix_file.restore import is_fix_file, is_of_json, restore_cells, restore_header
from flows.readers.nameless_rows import NAMELESS, NamelessRows
from flows.readers.order_runs import find_runs, hash_filled_rows, hash_numbers


class Table(ABC):
    """A batch that can be read as rows, and as often as anybody likes."""

    header: tuple[str, ...]
    nested: bool
    is_restored: bool = False
    """Whether its cells are as they were sent, even where its header is a fix file's."""
    size: int
    """Bytes of all cells, or a little more; of some tables it is known when all rows were looked at."""
    preamble: int = 0
    """How many rows stand above the header: they are read, and skipped."""
    notes: tuple[str, ...] = ()
    """What its sender may not see in it, and should know."""
    nameless: pl.DataFrame = NAMELESS.to_frame()
    """Rows without an order number below those of an order (see nameless_rows.NAMELESS); known when the runs were taken."""
    records: int | None = None
    """How many rows it has, as others count them than those who read the cells; None where nobody else counts."""

    @abstractmethod
    def frames(self, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """All rows as delivered, in file order; only these of the numbered columns when told.

        Text columns named "0", "1", … like `header`'s places, `row_number`, `line` (null but for a CSV), `fault` and
        `fault_hint` (null when there is none); in some CELL_FAULTS (see sources.cell_faults). Those of a nested Parquet are its flat form, a row an item.
        """

    def runs(self, order_number: str | None) -> pl.DataFrame:
        """The runs of the rows (see order_runs.RUNS), by the column of this number; None when all have one order number.

        Sees which orders' rows others without a number follow, too.
        """
        if order_number is None:
            if self.nested:  # the rows of an order belong together, also those in which nothing stands
                return find_runs(pl.zeros(frame.height, pl.UInt64, eager=True) for frame in self.frames())
            return find_runs(map(hash_filled_rows, self.frames()))
        if self.nested:  # the rows of an order have one number, of which there is always one
            frames = self._restored_frames([order_number])
            return find_runs(hash_numbers(frame[order_number], frame["row_number"]) for frame in frames)
        name = restore_header(self.header)[int(order_number)].strip().lower()
        nameless = NamelessRows(column=order_number, name=name, record=_record_columns(self.header))
        runs = find_runs(
            nameless.keys(self._restored_frames())
        )  # all columns, for a row may be blank altogether
        self.nameless = nameless.found()
        return runs

    def _restored_frames(self, columns: list[str] | None = None) -> Iterator[pl.DataFrame]:
        """See `frames`; the cells of a fix file as they were before it was written."""
        restore = is_fix_file(self.header) and not self.is_restored
        return map(restore_cells, self.frames(columns)) if restore else self.frames(columns)

    def refuse_fewer(self, rows: int) -> None:
        """Raise MachineError unless so many rows are all that it has."""
        if self.records is not None and self.records + self.preamble != rows:
            raise MachineError(
                f"The file has {self.records + self.preamble:,} rows, of which {rows:,} are accounted for;"
                " this is a fault of ours, please report it."
            )


def _record_columns(header: tuple[str, ...]) -> tuple[str, ...]:
    """The columns in which a fix file says which record of JSON a row is of; none in that of other files."""
    names = [name.strip().lower() for name in header]
    return tuple(str(names.index(name)) for name in (JSON_BATCH, ROW)) if is_of_json(header) else ()


def no_rows(table: Table) -> pl.DataFrame:
    """A frame of such a table without a row."""
    cells = dict.fromkeys(map(str, range(len(table.header))), pl.String)
    service = {"row_number": pl.Int64, "line": pl.Int64, "fault": pl.String, "fault_hint": pl.String}
    return pl.DataFrame(schema={**cells, **service})
