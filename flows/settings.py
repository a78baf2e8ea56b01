"""Reads the settings of a run from the environment and a `.env`."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from flows.environment import read_environment, read_path
from flows.errors import BatchError, MachineError
from flows.formats import Format
from flows.machine import affordable_processors
from flows.sources.source import Source

DEFAULT_SOURCE = "default"

# Rows of a chunk: large enough that a transaction's fixed costs vanish in it, small enough that
# a chunk on its way (as text, typed, and as bytes for COPY) stays well under 300 MB.
CHUNK_ROWS = 50_000
MOST_CHUNK_ROWS = 1_000_000  # a chunk takes one block of order keys, see column_names.KEY_BLOCK
QUIET_SECONDS = 5.0
MOST_SECONDS = 86_400
MOST_PROCESSORS = 64
MOST_CONNECTIONS = 8
# Three at a time are checked faster than one thread reads them, so a fourth would wait, and take memory.
MOST_CHUNKS_AT_ONCE = 3


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`sources` is None when any source may send; `database_url` is None for the embedded PostgreSQL.

    `folders` are those, besides the data folder, that may be read on behalf of somebody at another machine;
    `reports_url` is where a browser finds the reports, `notify_url` where a bad batch is told of.
    """

    data: Path
    database_url: str | None = None
    id_key: str | None = None
    dask: str | None = None  # the scheduler of the cluster that does backfills; None when threads do
    chunk_rows: int = CHUNK_ROWS
    quiet_seconds: float = QUIET_SECONDS
    sources: dict[str, Source] | None = None
    folders: tuple[Path, ...] = ()
    reports_url: str | None = None
    notify_url: str | None = None
    processors: int = 1
    connections: int | None = None  # as many as the processors can feed
    foreign_key: str = "chunk"

    def shared_by(self, batches: int) -> "Settings":
        """The settings of each, where so many are imported at once."""
        return replace(self, processors=max(self.processors // max(batches, 1), 1))

    def within(self, chunks: int) -> "Settings":
        """With fewer at a time where memory bears no more than so many chunks, of which one is read and one waits."""
        checked = min(self.chunks_at_once, max(chunks // 2 - 1, 1))
        loads = min(self.loads_at_once, max(chunks - 2 - checked, 1))
        return replace(self, processors=min(self.processors, 2 * checked), connections=loads)

    @property
    def chunks_at_once(self) -> int:
        """How many chunks of a batch are checked at a time: beside them one is read, and the server works too."""
        return min(max(self.processors // 2, 1), MOST_CHUNKS_AT_ONCE)

    @property
    def loads_at_once(self) -> int:
        """How many load at a time; with two cores a third was measured to gain nothing."""
        return self.connections or self.chunks_at_once + 1

    def folder(self, name: str) -> Path:
        """A folder of ours in the data folder, made when it is not there."""
        path = self.data / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def source(self, name: str) -> Source:
        """How a source writes its files; raises BatchError when it is not one of those that may send."""
        if self.sources is None:
            return Source(name=name)
        if name not in self.sources:
            raise BatchError("is_known_source", f"{name} is none of the sources that may send.")
        return self.sources[name]

    def format_of(self, source: str, name: str) -> Format | None:
        """The format of a file of this name from this source, which may have further endings for CSV."""
        return self.source_or_default(source).format_of(name)

    def source_or_default(self, name: str) -> Source:
        """The same, and the default where it is not listed: for where its files lie and how a report is written."""
        return (self.sources or {}).get(name) or Source(name=name)


def load_settings() -> Settings:
    """Read `ORDER_IMPORT_*`; raises MachineError with one sentence where a value cannot be used."""
    env = read_environment()
    sources = env.get("ORDER_IMPORT_SOURCES")
    data = read_path("ORDER_IMPORT_DATA", env.get("ORDER_IMPORT_DATA", "data"))
    return Settings(
        data=Path(os.path.abspath(data)),  # noqa: PTH100 - as the paths of files are made: a link stays a link
        database_url=env.get("ORDER_IMPORT_DATABASE_URL"),
        id_key=env.get("ORDER_IMPORT_ID_KEY"),
        dask=env.get("ORDER_IMPORT_DASK"),
        chunk_rows=_whole(env, "ORDER_IMPORT_CHUNK_ROWS", MOST_CHUNK_ROWS) or CHUNK_ROWS,
        quiet_seconds=_seconds(env, "ORDER_IMPORT_QUIET_SECONDS", QUIET_SECONDS),
        sources=_load_sources(read_path("ORDER_IMPORT_SOURCES", sources)) if sources else None,
        processors=_whole(env, "ORDER_IMPORT_PROCESSORS", MOST_PROCESSORS) or affordable_processors(),
        connections=_whole(env, "ORDER_IMPORT_CONNECTIONS", MOST_CONNECTIONS),
        foreign_key=_foreign_key(env.get("ORDER_IMPORT_FOREIGN_KEY", "chunk")),
        folders=tuple(_folders(env.get("ORDER_IMPORT_FOLDERS", ""))),
        reports_url=_web_address(env, "ORDER_IMPORT_REPORTS_URL"),
        notify_url=_web_address(env, "ORDER_IMPORT_NOTIFY_URL"),
    )


def _folders(written: str) -> Iterator[Path]:
    """The folders of such a list; a name in it that is empty, as behind a last colon, is none."""
    for name in filter(None, written.split(os.pathsep)):
        folder = read_path("ORDER_IMPORT_FOLDERS", name.strip())
        if not folder.is_absolute():
            raise MachineError("ORDER_IMPORT_FOLDERS must be whole paths, with a colon between two.")
        yield folder


def _whole(env: dict[str, str], name: str, most: int) -> int | None:
    """None when it is not set."""
    value = env.get(name)
    if value and not (value.isascii() and value.isdecimal() and 1 <= int(value) <= most):
        raise MachineError(f"{name} must be a whole number from 1 to {most}.")
    return int(value) if value else None


def _seconds(env: dict[str, str], name: str, default: float) -> float:
    try:
        value = float(env.get(name, default))
    except ValueError:
        value = -1
    if not 0 <= value <= MOST_SECONDS:
        raise MachineError(f"{name} must be a number from 0 to {MOST_SECONDS}.")
    return value


def _web_address(env: dict[str, str], name: str) -> str | None:
    value = env.get(name)
    if value and not value.lower().startswith(("http://", "https://")):
        raise MachineError(f"{name} must be a web address, with http:// or https:// in front.")
    return value


def _foreign_key(value: str) -> str:
    if value not in ("row", "chunk"):
        raise MachineError("ORDER_IMPORT_FOREIGN_KEY must be row or chunk.")
    return value


def _load_sources(path: Path) -> dict[str, Source]:
    from flows.sources.load import load_sources  # which needs Polars, for the patterns of items

    return load_sources(path)
