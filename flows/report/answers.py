"""Keeps the answers of chunks in files of the work folder, out of which a report is rendered.

An import keeps there what it has just committed, word for word, and so need not ask the database for it.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from pyarrow import ipc

from flows.batch import Result
from flows.frames import FINDINGS, REJECTED, RESULTS, Answers, ReportInput

MOST_SORTED = 96 << 20
"""Bytes of answers that are sorted in memory, which takes several times as much; of a million orders they are fewer,
if few are rejected."""

AT_ONCE, SLICE = 16 << 20, 50_000
"""Bytes that are sorted in one go, for a stream costs a small file more than its rows do; and then rows at a time."""

_NAMES = ("results", "findings", "rejected")


class AnswerFiles:
    """Answers on disk, sorted in memory when they are asked for; the files of a chunk are whole when its number is there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, number: int, answers: Answers, at: str) -> None:
        """Keep a chunk's answers, given at that time."""
        results = answers.results.with_columns(at=pl.lit(at)).select(RESULTS.names())
        for name, rows, schema in (
            ("findings", answers.findings, FINDINGS),
            ("rejected", answers.rejected, REJECTED),
        ):
            if rows.height:
                rows.select(schema.names()).write_ipc(self._file(name, number))
        if answers.further:
            self._put_further(number, answers.further())
        unfinished = self._folder / f"unfinished.{number}"
        results.write_ipc(unfinished)
        unfinished.replace(self._file("results", number))

    def _put_further(self, number: int, further: Iterator[pl.DataFrame]) -> None:
        """Keep rejected rows that memory does not hold, in one file."""
        schema = REJECTED.to_frame().to_arrow().schema
        with ipc.new_file(self._file("further", number), schema) as file:
            for rows in further:
                file.write_table(rows.select(REJECTED.names()).to_arrow().cast(schema))

    def chunks(self) -> set[int]:
        """Numbers of the chunks that are here."""
        return {int(path.name.split(".")[1]) for path in self._folder.glob("results.*.arrow")}

    def is_small(self) -> bool:
        """Whether memory bears them; the database sorts what is larger."""
        files = (path for name in _NAMES for path in self._folder.glob(f"{name}.*.arrow"))
        return sum(file.stat().st_size for file in files) <= MOST_SORTED

    def report_input(
        self, result: Result, header: tuple[str, ...], delimiter: str, general: pl.DataFrame
    ) -> ReportInput:
        """What a report is rendered from, in the order in which the database tells it."""
        return ReportInput(
            result=result,
            header=header,
            delimiter=delimiter,
            general=general,
            results=lambda: self._sorted("results", ["first_row"]),
            findings=lambda by: self._sorted("findings", [by, *FINDINGS.names()]),
            rejected=lambda: self._sorted("rejected", ["row_number", "item"]),
        )

    def _sorted(self, name: str, by: list[str]) -> Iterator[pl.DataFrame]:
        files = self._files(name)
        further = self._files("further") if name == "rejected" else []
        if not files and not further:
            return
        rows = pl.scan_ipc(files) if files else REJECTED.to_frame().lazy()
        rows = rows.sort(list(dict.fromkeys(by)), maintain_order=True, nulls_last=True)
        for file in further:  # which memory does not hold; it is sorted, and has whole rows of its own
            rows = rows.merge_sorted(pl.scan_ipc(file), key=by[0])
        if sum(file.stat().st_size for file in [*files, *further]) <= AT_ONCE:
            yield from rows.collect().iter_slices(SLICE)
        else:
            yield from (frame for frame in rows.collect_batches(maintain_order=True) if frame.height)

    def _files(self, name: str) -> list[Path]:
        return [file for number in sorted(self.chunks()) if (file := self._file(name, number)).exists()]

    def _file(self, name: str, number: int) -> Path:
        return self._folder / f"{name}.{number}.arrow"
