"""The settings of a source as values: how it writes its files, and what is done with their cells before the checks."""

from dataclasses import dataclass, field
from typing import Any, Literal

from flows.formats import CSV, PACKED, Format, format_of

ADDRESSED = "#"
"""Stands for 1, 2, 3 … in the names of numbered groups of columns."""

MAX_GROUPS = 200


@dataclass(frozen=True, kw_only=True)
class Condition:
    """Of a row: its cell in a column is one of these texts, or blank, or filled; or all of several conditions hold."""

    column: str = ""
    texts: tuple[str, ...] | None = None
    blank: bool = False
    parts: tuple["Condition", ...] = ()

    def columns(self) -> tuple[str, ...]:
        """The names of the columns that it looks at."""
        return tuple(name for part in self.parts for name in part.columns()) or (self.column,)

    def described(self) -> str:
        """The condition as a person reads it."""
        if self.parts:
            return " and ".join(part.described() for part in self.parts)
        if self.texts is not None:
            return f"{self.column} is {' or '.join(self.texts)}"
        return f"{self.column} is {'blank' if self.blank else 'filled'}"


@dataclass(frozen=True, kw_only=True)
class NumberForm:
    """How numbers are written: the decimal sign, what stands between groups of three digits, and a currency's sign."""

    decimal: str = "."
    thousands: str = ""
    currency: str = ""

    @property
    def is_plain(self) -> bool:
        """Whether it is the form that the checks expect anyway."""
        return self == NumberForm()


@dataclass(frozen=True, kw_only=True)
class CellSteps:
    """What is done with the cells of a column, in this order.

    `from_type`, `width` and `decimals` are for a Parquet's numbers, which the sender vouches for.
    """

    from_type: Literal["integer", "float"] | None = None
    width: int = 0
    decimals: int | None = None
    strip: tuple[str, ...] = ()
    values: dict[str, str] | None = None
    number: NumberForm | None = None
    whole: bool = False
    times: str | None = None
    shift: int = 0
    divide_by: str | None = None
    date: str | None = None

    def described(self) -> list[str]:
        """The steps by their keys, as a person reads them."""
        told = {
            f"from {self.from_type}": self.from_type,
            f"strip {' '.join(self.strip)}": self.strip,
            "values": self.values is not None,
            "number form": self.number,
            "whole": self.whole,
            f"times {self.times}": self.times,
            f"shift {self.shift}": self.shift,
            f"divide_by {self.divide_by}": self.divide_by,
            f"date {self.date}": self.date,
        }
        return [words for words, there in told.items() if there]


@dataclass(frozen=True, kw_only=True)
class Join:
    """Several columns that are one member, blank ones left out."""

    columns: tuple[str, ...]
    between: str = " "


@dataclass(frozen=True, kw_only=True)
class Fallback:
    """Columns that are taken, one for one, where all of others are blank."""

    where: tuple[str, ...]
    take: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ItemsPattern:
    """Several items in a cell: what stands between them, the pattern of one, and the member that each of its names means."""

    between: str
    pattern: str
    members: dict[str, str]

    @staticmethod
    def whole(pattern: str) -> str:
        """The pattern of a whole part."""
        return rf"\A(?:{pattern})\z"


@dataclass(frozen=True, kw_only=True)
class Source:
    """All settings of a source; see docs/sources.md. Names of columns are as the settings write them.

    `written` is what the settings are made of, a layout's keys among them: what the ledger keeps. `own` are the names
    that the source's own table, and not its layout, has set.
    """

    name: str = "default"
    written: dict[str, Any] = field(default_factory=dict)
    own: frozenset[str] = frozenset()
    layout: str | None = None
    files: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    sheet: str | None = None
    header_row: int = 1
    number: NumberForm = NumberForm()
    fill_down: str | None = None
    skip_rows: tuple[Condition, ...] = ()
    skip_orders: tuple[Condition, ...] = ()
    head_only: tuple[Condition, ...] = ()
    unused: tuple[str, ...] = ()
    marker: str | None = None
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    join: dict[str, Join] = field(default_factory=dict)
    cells: dict[str, CellSteps] = field(default_factory=dict)
    fallback: tuple[Fallback, ...] = ()
    repeat: dict[str, str] = field(default_factory=dict)
    items: dict[str, ItemsPattern] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    if_blank: dict[str, str] = field(default_factory=dict)

    def named_columns(self) -> tuple[str, ...]:
        """Every name of a column that the settings look at, but for those that are of no use."""
        conditions = (*self.skip_rows, *self.skip_orders, *self.head_only)
        names = [
            *self.columns,
            *(name for join in self.join.values() for name in join.columns),
            *self.cells,
            *(steps.divide_by for steps in self.cells.values() if steps.divide_by),
            *(name for each in self.fallback for name in (*each.where, *each.take)),
            *(name for condition in conditions for name in condition.columns()),
            *self.repeat,
            *self.items,
            *([self.fill_down] if self.fill_down else []),
        ]
        return tuple(dict.fromkeys(names))

    def format_of(self, name: str) -> Format | None:
        """The format of a file of this name, which may have a further ending for CSV; None where no suffix is known."""
        plain = name.lower().removesuffix(PACKED)
        return CSV if self.files and plain.endswith(self.files) else format_of(name)

    def of_our_names(self) -> "Source":
        """What holds of a file whose members are called as ours are: what it lacks is filled in, and no more."""
        return Source(
            name=self.name,
            written=self.written,
            own=self.own,
            defaults=self.defaults,
            if_blank=self.if_blank,
        )

    def to_json(self) -> dict[str, Any]:
        """What is kept with a batch: all that decides how its bytes are read, so no marker."""
        kept = {key: value for key, value in self.written.items() if key != "marker"}
        return {"name": self.name, "settings": kept, "own": sorted(self.own)}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Source":
        """What was kept; raises SettingsError, KeyError or TypeError for what this program does not know."""
        from flows.sources.parse import parse_source  # which needs Polars, for the patterns of items

        return parse_source("What is kept", str(kept["name"]), kept["settings"], frozenset(kept["own"]))
