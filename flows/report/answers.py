"""Keeps the answers of chunks in files of the work folder, out of which a report is rendered.

An import keeps there what it has just committed, word for word, and so need not ask the database for it.
"""

from collections.abc import Iterator
from itertools import chain, pairwise
from pathlib import Path

import polars as pl

from flows.frames import FINDINGS, REJECTED, RESULTS, Answers, ReportInput
from flows.results import Result

MOST_SORTED = 96 << 20
"""Bytes of answers that are sorted in memory, which takes several times as much; of a million orders they are fewer,
if few are rejected."""

AT_ONCE, SLICE = 16 << 20, 50_000
"""Bytes that are sorted in one go; and rows that are handed on at a time."""

_NAMES = ("results", "findings", "rejected")


class AnswerFiles:
    """Answers on disk, sorted in memory when they are asked for; the files of a chunk are whole when its number is there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, number: int, answers: Answers, at: str) -> None:
        """Keep a chunk's answers, given at that time."""
        results = answers.results.with_columns(at=pl.lit(at)).select(RESULTS.names())
        for part, findings in enumerate(answers.findings):
            if findings.height:
                findings.select(FINDINGS.names()).write_ipc(self._file("findings", number, part))
        further = answers.further() if answers.further else ()
        for part, rejected in enumerate(chain([answers.rejected], further)):
            if rejected.height:
                rejected.select(REJECTED.names()).write_ipc(self._file("rejected", number, part))
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
        files = [file for number in self.chunks() for file in self._folder.glob(f"{name}.{number}.*.arrow")]
        by = list(dict.fromkeys(by))
        for some, keys in _ranges(sorted(files), by[0]):
            rows = pl.scan_ipc(some).filter(keys).sort(by, maintain_order=True, nulls_last=True)
            yield from rows.collect().iter_slices(SLICE)

    def _file(self, name: str, number: int, part: int = 0) -> Path:
        return self._folder / f"{name}.{number}.{part}.arrow"


def _ranges(files: list[Path], key: str) -> Iterator[tuple[list[Path], pl.Expr]]:
    """Ranges of the key so small that their rows can be sorted in one go, and the files in which they are."""
    size = sum(file.stat().st_size for file in files)
    if files and size <= AT_ONCE:  # as findings mostly are; then nobody needs to look at the keys first
        yield files, pl.col(key).is_not_null()
        return
    of_files = [(file, pl.scan_ipc(file).select(key).collect().to_series()) for file in files]
    files, keys = [file for file, of in of_files if of.len()], [of for _, of in of_files if of.len()]
    if not files:  # a chunk of nothing but blank rows has no results
        return
    every = pl.concat(keys).sort()
    rows = 1 + every.len() * AT_ONCE // size
    bounds = [*every.gather_every(rows).unique(maintain_order=True), None]
    for low, high in pairwise(bounds):
        there = [(of_file.max() >= low) & (high is None or of_file.min() < high) for of_file in keys]
        in_range = pl.col(key) >= low if high is None else pl.col(key).is_between(low, high, closed="left")
        yield [file for file, is_there in zip(files, there, strict=True) if is_there], in_range
