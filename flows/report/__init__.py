"""Writes a batch's report: results.csv, the fix file, a page and summary.json.

Each file is written elsewhere and appears whole, the summary last. A report can be rendered again from the
same answers, byte for byte.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import polars as pl

from flows.fix_file import FIX_COLUMNS
from flows.fix_file.fitting_orders import find_fitting
from flows.fix_file.form import FixFile
from flows.fix_file.render import fix_header, fix_lines
from flows.fix_file.restore import is_of_json
from flows.formats import HAS_OUR_NAMES, kept_format_of
from flows.frames import ReportInput
from flows.report.appear import appear
from flows.report.causes import Causes
from flows.report.csv_lines import RESULT_HEADER, join_windows, result_lines
from flows.report.html import render_page
from flows.results import NOTHING_IMPORTED
from flows.threads import submit

FILES = ("results.csv", "rejected.csv", "report.html", "summary.json")
WORKBOOK = "rejected.xlsx"
"""Stands beside these where orders are rejected, and not too many."""


def write_report(
    inputs: ReportInput, folder: Path, work: Path, confirm: Callable[[], None] = lambda: None
) -> tuple[str, ...]:
    """Write the files into `folder`, and answer what is to be noted of them; `work` is a folder of ours for what is not finished.

    `confirm` is called now and then, and raises an error where it is not for us any more to let them appear.
    """
    folder.mkdir(parents=True, exist_ok=True)
    causes, notes = _write_rows(inputs, work, confirm)
    inputs = replace(inputs, result=replace(inputs.result, notes=(*inputs.result.notes, *notes)))
    with (work / "report.html").open("w", encoding="utf-8", newline="") as page:
        page.writelines(render_page(inputs, causes, has_workbook=(work / WORKBOOK).exists()))
    summary = json.dumps(_summarize(inputs, causes), indent=1, ensure_ascii=False)
    (work / "summary.json").write_text(summary + "\n", encoding="utf-8")
    confirm()
    if not (work / WORKBOOK).exists():
        (folder / WORKBOOK).unlink(missing_ok=True)
    for name in (WORKBOOK, *FILES):
        if (work / name).exists():
            appear(work / name, folder / name)
    return notes


def _write_rows(
    inputs: ReportInput, work: Path, confirm: Callable[[], None]
) -> tuple[Causes, tuple[str, ...]]:
    """The files of rows, all at once; what the findings come to, and what is to be noted of the files."""
    form = _describe_fix_file(inputs)
    with ThreadPoolExecutor(2, thread_name_prefix="report") as aside:
        lines = submit(aside, _write_lines, inputs, work / "rejected.csv", form, confirm)
        workbook = submit(aside, _write_workbook, inputs, work / WORKBOOK, form, confirm)
        causes = _write_results(inputs, work / "results.csv", confirm)
        lines.result()
        return causes, workbook.result()


def _summarize(inputs: ReportInput, causes: Causes) -> dict[str, object]:
    """What `summary.json` says."""
    skipped = dict(sorted(inputs.skipped.items()))
    summary = inputs.result.as_json() | {"causes": causes.ranked(), "skipped_by_rule": skipped}
    summary |= inputs.story.as_json(inputs.result.batch_id)
    if inputs.result.dry_run:
        summary["notes"] = [NOTHING_IMPORTED, *inputs.result.notes]
    return summary


def _write_results(inputs: ReportInput, path: Path, confirm: Callable[[], None]) -> Causes:
    """A row an order, and what the findings come to."""
    causes = Causes(inputs.general)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(RESULT_HEADER + "\n")
        for results, findings in join_windows(inputs.results(), inputs.findings("first_row"), "first_row"):
            causes.add(results, findings)
            file.write(result_lines(results, findings, dry_run=inputs.result.dry_run))
            confirm()
    return causes


def _describe_fix_file(inputs: ReportInput) -> FixFile:
    """What is to be known of it. In it is every row of every rejected order as it came, for nobody's eyes but the owner's: it holds personal data."""
    return FixFile(
        header=inputs.header,
        batch=str(inputs.result.batch_id),
        source_delimiter=inputs.delimiter,
        members=tuple(line.members for line in inputs.mapping),
        is_of_json=kept_format_of(inputs.result.file) in HAS_OUR_NAMES or is_of_json(inputs.header),
    )


def _write_workbook(
    inputs: ReportInput, path: Path, form: FixFile, confirm: Callable[[], None]
) -> tuple[str, ...]:
    path.unlink(missing_ok=True)
    if not inputs.result.counts.orders_rejected:
        return ()
    from flows.fix_file.workbook import write_workbook

    fitting = find_fitting(inputs.rejected(), len(form.kept) + len(FIX_COLUMNS))
    if fitting.is_written:
        fits = ~pl.col("first_row").is_in(fitting.left_out.implode())
        windows = ((rows.filter(fits), findings) for rows, findings in _windows(inputs))
        write_workbook(path, windows, form, confirm)
    return fitting.notes


def _windows(inputs: ReportInput) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """The rejected rows with the findings on them."""
    return join_windows(inputs.rejected(), inputs.findings("row_number"), "row_number")


def _write_lines(inputs: ReportInput, path: Path, form: FixFile, confirm: Callable[[], None]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        path.chmod(0o600)
        file.write(fix_header(form))
        for rows, findings in _windows(inputs):
            file.write(fix_lines(rows, findings, form))
            confirm()
