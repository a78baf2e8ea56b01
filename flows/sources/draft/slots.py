"""What a draft says of a column: the member that it is, the steps of its cells, what proves them and what is asked."""

from dataclasses import dataclass, field

import polars as pl

from flows.sources.draft.sample import Sample
from flows.sources.draft.toml_text import text_of
from flows.sources.names import visible
from validators.order_model import MEMBERS


@dataclass(kw_only=True)
class Slot:
    """A column, or a column of each numbered group. `base` are the steps of a layout, `steps` those that are added.

    `is_told` is false where file or layout say the member already.
    """

    name: str
    places: tuple[int, ...]
    member: str
    base: dict[str, object] = field(default_factory=dict)
    steps: dict[str, object] = field(default_factory=dict)
    proofs: list[str] = field(default_factory=list)
    asked: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    remark: str = ""
    is_told: bool = True

    @property
    def kind(self) -> str:
        """The kind of its member."""
        return MEMBERS[self.member].kind if self.member in MEMBERS else "text"

    @property
    def is_number(self) -> bool:
        """Whether its member is a number."""
        return self.kind in ("decimal", "integer")

    def cells(self, sample: Sample) -> pl.DataFrame:
        """Its filled cells: `row_number` and `cell`."""
        return pl.concat([sample.cells(place) for place in self.places])

    def add(self, proof: str, **steps: object) -> None:
        """Add steps, and what proves them."""
        self.steps.update(steps)
        if proof and proof not in self.proofs:
            self.proofs.append(proof)

    def ask(self, question: str, **steps: object) -> None:
        """Ask whether these steps are to be added."""
        self.asked.append((question, steps))


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A condition on rows or orders that may be left out, and what is asked about it; `blank` is blank on them too."""

    key: str
    column: str
    condition: str
    question: str
    blank: str = ""

    def written(self) -> str:
        """The condition as settings write it."""
        told = f"{{ column = {text_of(self.column)}, {self.condition} }}"
        also = f"{{ column = {text_of(self.blank)}, blank = true }}"
        return f"{{ all = [{told}, {also}] }}" if self.blank else told


@dataclass(kw_only=True)
class Draft:
    """All that is drafted of a source so far."""

    sample: Sample
    layout: str | None = None
    slots: list[Slot] = field(default_factory=list)
    joins: dict[str, tuple[list[str], str]] = field(default_factory=dict)
    repeat: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    known_unused: list[str] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    top: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    fallback: list[str] = field(default_factory=list)
    defaults: list[str] = field(default_factory=list)
    given: set[str] = field(default_factory=set)
    number: dict[str, str] = field(default_factory=dict)

    def slot(self, *members: str) -> Slot | None:
        """The column that is the first of these members that a column is."""
        found = (slot for member in members for slot in self.slots if slot.member == member)
        return next(found, None)

    def number_slots(self) -> list[Slot]:
        """The columns that are numbers."""
        return [slot for slot in self.slots if slot.is_number]

    def gives(self, member: str) -> bool:
        """Whether a column, a join, a layout or a default gives the member."""
        return member in self.given or member in self.joins or self.slot(member) is not None

    def fills(self, member: str) -> bool:
        """The same, by a column in which anything stands; in a file without rows by any."""
        slot = self.slot(member)
        blank = (
            slot is not None and all(map(self.sample.is_blank, slot.places)) and self.sample.rows.height > 0
        )
        return self.gives(member) and not (blank and member not in self.given and member not in self.joins)


def setting_names(header: tuple[str, ...]) -> list[str]:
    """Each name of a header as settings write it: the second column of one name is `Name#2`."""
    from flows.sources.names import canonical

    seen: dict[str, int] = {}
    names = []
    for name in header:
        key = canonical(name)
        seen[key] = seen.get(key, 0) + 1
        shown = visible(name).strip()
        names.append(shown if seen[key] == 1 else f"{shown}#{seen[key]}")
    return names
