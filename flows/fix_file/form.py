"""How a fix file is written: which columns it has, and what stands between its cells."""

from dataclasses import dataclass

from flows.fix_file import BATCH, FINDINGS, JSON_BATCH, KNOWN_COLUMNS, ROW
from flows.fix_file.formulas import SEPARATORS
from validators.findings import shorten


@dataclass(frozen=True, kw_only=True)
class FixFile:
    """How one is written: `header` has the names of the file that came, an earlier fix file's among them.

    `batch` is the id of the batch that keeps the rows, `source_delimiter` what its source writes between cells, `members`
    what each of the sender's own columns is of an order, where that is known. `is_of_json` says that the batch was JSON,
    or mends one that was.
    """

    header: tuple[str, ...]
    batch: str
    source_delimiter: str
    members: tuple[tuple[str, ...], ...] = ()
    is_of_json: bool = False

    @property
    def added(self) -> tuple[str, str, str]:
        """The names of what it adds."""
        return (JSON_BATCH if self.is_of_json else BATCH, ROW, FINDINGS)

    @property
    def delimiter(self) -> str:
        """The source's where spreadsheets know it, and where a cell is inert beside it; else a comma."""
        return self.source_delimiter if self.source_delimiter in SEPARATORS else ","

    @property
    def kept(self) -> list[int]:
        """The places of the sender's own columns."""
        return [at for at, name in enumerate(self.header) if name.strip().lower() not in KNOWN_COLUMNS]

    @property
    def names(self) -> list[set[str]]:
        """How findings may call each of the sender's own columns."""
        own = [self.header[at].strip() for at in self.kept]
        members = self.members[: len(own)] or tuple((name,) for name in own)
        return [{shorten(name), *of} for name, of in zip(own, members, strict=False)]
