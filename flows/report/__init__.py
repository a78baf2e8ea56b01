"""Writes a batch's report: results.csv, the fix file, a page and summary.json.

Each file is written elsewhere and appears whole, the summary last. A report can be rendered again from the
same answers, byte for byte.
"""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flows.batch import NOTHING_IMPORTED
from flows.fix_file.render import FixFile, fix_header, fix_lines
from flows.frames import ReportInput
from flows.report.causes import Causes
from flows.report.csv_lines import RESULT_HEADER, join_windows, result_lines
from flows.report.html import render_page

FILES = ("results.csv", "rejected.csv", "report.html", "summary.json")


def write_report(
    inputs: ReportInput, folder: Path, work: Path, confirm: Callable[[], None] = lambda: None
) -> None:
    """Write the four files into `folder`; `work` is a folder of ours on the same disk, for what is not finished.

    `confirm` is called now and then, and raises an error where it is not for us any more to let them appear.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(1, thread_name_prefix="report") as aside:
        fix_file = aside.submit(_write_fix_file, inputs, work / "rejected.csv", confirm)
        causes = _write_results(inputs, work / "results.csv", confirm)
        fix_file.result()
    with (work / "report.html").open("w", encoding="utf-8", newline="") as page:
        page.writelines(render_page(inputs, causes))
    skipped = dict(sorted(inputs.skipped.items()))
    summary = inputs.result.as_json() | {"causes": causes.ranked(), "skipped_by_rule": skipped}
    summary |= inputs.story.as_json()
    if inputs.result.dry_run:
        summary["notes"] = [NOTHING_IMPORTED, *inputs.result.notes]
    (work / "summary.json").write_text(
        json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    confirm()
    for name in FILES:
        _appear(work / name, folder / name)


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


def _write_fix_file(inputs: ReportInput, path: Path, confirm: Callable[[], None]) -> None:
    """Every row of every rejected order as it came, for nobody's eyes but the owner's: it holds personal data."""
    form = FixFile(header=inputs.header, batch=str(inputs.result.batch_id), source_delimiter=inputs.delimiter)
    with path.open("w", encoding="utf-8", newline="") as file:
        path.chmod(0o600)
        file.write(fix_header(form))
        for rows, findings in join_windows(inputs.rejected(), inputs.findings("row_number"), "row_number"):
            file.write(fix_lines(rows, findings, form))
            confirm()


def _appear(unfinished: Path, path: Path) -> None:
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(path)
