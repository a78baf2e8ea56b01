"""Reads the settings of a run from the environment and a `.env`."""

import os
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

from flows.batch import Layout
from flows.errors import BatchError, MachineError

DEFAULT_SOURCE = "default"

# Rows of a chunk: large enough that a transaction's fixed costs vanish in it, small enough that
# a chunk on its way (as text, typed, and as bytes for COPY) stays well under 300 MB.
CHUNK_ROWS = 50_000
MOST_CHUNK_ROWS = 1_000_000  # a chunk takes one block of order keys, see tables.KEY_BLOCK
QUIET_SECONDS = 5.0
MOST_SECONDS = 86_400
# While one chunk is checked, two load; a third was measured to gain nothing where the server has two cores.
CONNECTIONS = 2
MOST_CONNECTIONS = 8


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
    sources: dict[str, Layout] | None = None
    folders: tuple[Path, ...] = ()
    reports_url: str | None = None
    notify_url: str | None = None
    connections: int = CONNECTIONS
    foreign_key: str = "chunk"

    def folder(self, name: str) -> Path:
        """A folder of ours in the data folder, made when it is not there."""
        path = self.data / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def layout(self, source: str) -> Layout:
        """How a source writes its files; raises BatchError when it is not one of those that may send."""
        if self.sources is None:
            return Layout()
        if source not in self.sources:
            raise BatchError("is_known_source", f"{source} is none of the sources that may send.")
        return self.sources[source]

    def delimiter(self, source: str) -> str:
        """What a file for this source is written with."""
        return (self.sources or {}).get(source, Layout()).delimiter

    def marker(self, source: str) -> str | None:
        """What this source puts behind a file's name to say that it is complete; None when it does not."""
        return (self.sources or {}).get(source, Layout()).marker


def load_settings() -> Settings:
    """Read `ORDER_IMPORT_*`; raises MachineError with one sentence where a value cannot be used."""
    env = {**dotenv_values(".env"), **os.environ}
    get = {name: value for name in env if name.startswith("ORDER_IMPORT_") and (value := env[name])}
    sources = get.get("ORDER_IMPORT_SOURCES")
    data = Path(get.get("ORDER_IMPORT_DATA", "data")).expanduser()
    return Settings(
        data=Path(os.path.abspath(data)),  # noqa: PTH100 - as the paths of files are made: a link stays a link
        database_url=get.get("ORDER_IMPORT_DATABASE_URL"),
        id_key=get.get("ORDER_IMPORT_ID_KEY"),
        dask=get.get("ORDER_IMPORT_DASK"),
        chunk_rows=_whole(get, "ORDER_IMPORT_CHUNK_ROWS", CHUNK_ROWS, MOST_CHUNK_ROWS),
        quiet_seconds=_seconds(get, "ORDER_IMPORT_QUIET_SECONDS", QUIET_SECONDS),
        sources=_sources(Path(sources).expanduser()) if sources else None,
        connections=_whole(get, "ORDER_IMPORT_CONNECTIONS", CONNECTIONS, MOST_CONNECTIONS),
        foreign_key=_foreign_key(get.get("ORDER_IMPORT_FOREIGN_KEY", "chunk")),
        folders=tuple(_folders(get.get("ORDER_IMPORT_FOLDERS", ""))),
        reports_url=get.get("ORDER_IMPORT_REPORTS_URL"),
        notify_url=get.get("ORDER_IMPORT_NOTIFY_URL"),
    )


def _folders(written: str) -> Iterator[Path]:
    """The folders of such a list; a name in it that is empty, as behind a last colon, is none."""
    for name in filter(None, written.split(os.pathsep)):
        folder = Path(name).expanduser()
        if not folder.is_absolute():
            raise MachineError("ORDER_IMPORT_FOLDERS must be whole paths, with a colon between two.")
        yield folder


def _whole(env: dict[str, str], name: str, default: int, most: int) -> int:
    value = env.get(name, str(default))
    if not value.isdecimal() or not 1 <= int(value) <= most:
        raise MachineError(f"{name} must be a whole number from 1 to {most}.")
    return int(value)


def _seconds(env: dict[str, str], name: str, default: float) -> float:
    try:
        value = float(env.get(name, default))
    except ValueError:
        value = -1
    if not 0 <= value <= MOST_SECONDS:
        raise MachineError(f"{name} must be a number from 0 to {MOST_SECONDS}.")
    return value


def _foreign_key(value: str) -> str:
    if value not in ("row", "chunk"):
        raise MachineError("ORDER_IMPORT_FOREIGN_KEY must be row or chunk.")
    return value


def _sources(path: Path) -> dict[str, Layout]:
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))["sources"]
        return {name: _layout(name, dict(table)) for name, table in written.items()}
    except OSError:
        raise MachineError(f"The file of ORDER_IMPORT_SOURCES cannot be read: {path}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError):
        raise MachineError(f"{path} is not a TOML file with tables [sources.NAME].") from None


def _layout(name: str, table: dict[str, object]) -> Layout:
    unknown = table.keys() - {"delimiter", "columns", "defaults", "marker"}
    if unknown:
        raise MachineError(f"[sources.{name}] has no setting {sorted(unknown)[0]!r}.")
    delimiter, marker = table.get("delimiter", ","), table.get("marker")
    if not isinstance(delimiter, str) or len(delimiter.encode()) != 1 or delimiter in '"\r\n':
        raise MachineError(f"The delimiter of [sources.{name}] must be one character, such as ';'.")
    return Layout(
        delimiter=delimiter,
        columns=_texts(name, "columns", table),
        defaults=_texts(name, "defaults", table),
        marker=str(marker) if marker else None,
    )


def _texts(name: str, key: str, table: dict[str, object]) -> dict[str, str]:
    written = table.get(key, {})
    if not isinstance(written, dict) or not all(isinstance(value, str) for value in written.values()):
        raise MachineError(f"[sources.{name}] {key} must be pairs of texts.")
    return {str(left): str(right) for left, right in written.items()}
