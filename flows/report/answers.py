"""Keeps the answers of chunks in files of the work folder, out of which a report is rendered.

An import keeps there what it has just committed, word for word, and so need not ask the database for it.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

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
        unfinished = self._folder / f"unfinished.{number}"
        results.write_ipc(unfinished)
        unfinished.replace(self._file("results", number))

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
        files = [file for number in sorted(self.chunks()) if (file := self._file(name, number)).exists()]
        if not files:
            return
        rows = pl.scan_ipc(files).sort(list(dict.fromkeys(by)), maintain_order=True, nulls_last=True)
        if sum(file.stat().st_size for file in files) <= AT_ONCE:
            yield from rows.collect().iter_slices(SLICE)
        else:
            yield from (frame for frame in rows.collect_batches(maintain_order=True) if frame.height)

    def _file(self, name: str, number: int) -> Path:
        return self._folder / f"{name}.{number}.arrow"
