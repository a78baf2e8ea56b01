"""From what was measured to docs/performance.md: tables between the markers, and on what machine, with what versions."""

import os
import platform
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
LIBRARIES = {
    "ratio": ("polars", "pandera", "psycopg"),
    "processors": ("polars", "pandera", "psycopg"),
    "compared": ("polars", "pandera", "adbc-driver-postgresql", "dlt", "pandas", "pydantic", "SQLAlchemy"),
    "grown": ("polars", "pandera", "psycopg"),
    "shaped": ("polars", "pandera", "psycopg"),
}
GIB = 2**20  # in the KiB of /proc/meminfo


def write(section: str, lines: Iterable[str], server: str) -> None:
    """Write a table into its place on the page, and under it the day, the machine and the versions."""
    text = "\n".join([*lines, "", _measured_on(section, server)])
    PAGE.write_text(placed(PAGE.read_text(), section, text))


def placed(page: str, section: str, text: str) -> str:
    """The page with this text between the section's markers."""
    marker = re.escape(f"<!-- measured by make bench: {section} -->")
    pattern = re.compile(rf"({marker}\n).*?(<!-- end -->)", re.DOTALL)
    new, times = pattern.subn(lambda found: f"{found[1]}\n{text}\n\n{found[2]}", page)
    if times != 1:
        raise ValueError(f"{PAGE.name} has {times} places for {section}.")
    return new


def _measured_on(section: str, server: str) -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES[section])
    cores, memory = os.cpu_count(), _of_proc("meminfo", "MemTotal").removesuffix(" kB")
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {cores} cores of {_of_proc('cpuinfo', 'model name')}, "
        f"{int(memory) / GIB:.0f} GiB; PostgreSQL {server}, the embedded one, on the same machine; "
        f"Python {platform.python_version()}, {libraries}."
    )


def _of_proc(file: str, name: str) -> str:
    """The first value of this name that Linux tells; elsewhere nobody has said how to ask."""
    found = re.search(rf"^{name}\s*:\s*(.+)$", Path(f"/proc/{file}").read_text(), re.MULTILINE)
    return found[1].strip() if found else "0"
