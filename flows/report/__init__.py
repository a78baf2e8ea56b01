"""From the answers to a batch's orders to its report: results.csv, the fix file, a page and summary.json.

Each file is written elsewhere and appears whole, the summary last. A report can be rendered again from the
same answers, byte for byte.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flows.model import FIX_COLUMNS
from flows.report.causes import Causes
from flows.report.page import page
from flows.report.render import RESULT_HEADER, fix_header, fix_lines, result_lines, windows
from flows.rows import Told

FILES = ("results.csv", "rejected.csv", "report.html", "summary.json")


def write_report(told: Told, folder: Path, work: Path) -> None:
    """Write the four files into `folder`; `work` is a folder of ours on the same disk, for what is not finished."""
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(1, thread_name_prefix="report") as aside:
        fix_file = aside.submit(_write_fix_file, told, work / "rejected.csv")
        causes = _write_results(told, work / "results.csv")
        fix_file.result()
    ranked = causes.ranked()
    (work / "report.html").write_text(page(told.result, ranked, causes.first), encoding="utf-8")
    summary = told.result.as_json() | {"causes": ranked}
    (work / "summary.json").write_text(
        json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    for name in FILES:
        _appear(work / name, folder / name)


def _write_results(told: Told, path: Path) -> Causes:
    """A row an order, and what the findings come to."""
    causes = Causes(told.general)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(RESULT_HEADER + "\n")
        for results, findings in windows(told.results(), told.findings("first_row"), "first_row"):
            causes.add(findings)
            file.write(result_lines(results, findings))
    return causes


def _write_fix_file(told: Told, path: Path) -> None:
    """Every row of every rejected order as it came, for nobody's eyes but the owner's: it holds personal data."""
    kept = [at for at, name in enumerate(told.header) if name.strip().lower() not in FIX_COLUMNS]
    with path.open("w", encoding="utf-8", newline="") as file:
        path.chmod(0o600)
        file.write(fix_header(kept, told))
        for rows, findings in windows(told.rejected(), told.findings("row_number"), "row_number"):
            file.write(fix_lines(rows, findings, kept, told))


def _appear(unfinished: Path, path: Path) -> None:
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(path)
