"""From what was measured to the pictures of docs/performance.md, SVG without a date, so that the same numbers give the same file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench import compare, growth

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
OURS, OTHERS = "#1f6f8b", "#b8bfc6"
TEXT = "#444444"
STYLE = {
    "svg.fonttype": "none",  # text stays text: small, and found by a search
    "svg.hashsalt": "order-import",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    **{f"{part}.color": TEXT for part in ("text", "xtick", "ytick")},
    **{f"axes.{part}": TEXT for part in ("labelcolor", "edgecolor")},
}


def plot_compared(runs: list[compare.Run], rows: int) -> str:
    """A bar for each way of importing, rows a second; the picture's place on the page."""
    done = [(run.name, rows / run.watched.seconds) for run in reversed(runs) if run.watched]
    names = [name.replace("*", "").replace("`", "") for name, _ in done]
    colours = [OURS if name == "order-import" else OTHERS for name in names]
    with _figure("compared.svg", (7.5, 0.4 * len(done) + 0.6), 1) as (axes,):
        bars = axes.barh(names, [rate for _, rate in done], height=0.6, color=colours)
        axes.bar_label(bars, [f"{rate:,.0f}" for _, rate in done], padding=3)
        axes.set_xlabel("rows a second, the whole process")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.margins(x=0.12)
    return "![Rows a second of each](pictures/compared.svg)"


def plot_grown(runs: list[growth.Run]) -> str:
    """Rows a second, and memory, by rows of the batch; the picture's place on the page."""
    done = [(run.rows, run.watched) for run in runs if run.watched]
    rows = [size for size, _ in done]
    values = {
        "rows a second": [size / watched.seconds for size, watched in done],
        "memory, MiB": [watched.peak_mib for _, watched in done],
    }
    with _figure("grown.svg", (7.5, 2.6), 2) as figure:
        for axes, (name, column) in zip(figure, values.items(), strict=True):
            axes.plot(rows, column, marker="o", color=OURS)
            axes.set_xscale("log")
            axes.set_xticks(rows, [_short(size) for size in rows])
            axes.minorticks_off()
            axes.set_ylim(0, max(column, default=1) * 1.15)
            axes.set_title(name, loc="left", fontsize=9)
            axes.set_xlabel("rows of the batch")
            axes.yaxis.set_major_formatter("{x:,.0f}")
    return "![Rows a second and memory, by rows of the batch](pictures/grown.svg)"


def _short(rows: int) -> str:
    """99,854 is 100 k, and 9,998,120 is 10 M."""
    return f"{rows / 1e6:.0f} M" if rows > 5e5 else f"{rows / 1e3:.0f} k"


@contextmanager
def _figure(name: str, size: tuple[float, float], panels: int) -> Iterator[Any]:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=size, layout="constrained")
        yield figure.subplots(1, panels, squeeze=False)[0]
        unsaid = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(FOLDER / name, metadata=unsaid)
