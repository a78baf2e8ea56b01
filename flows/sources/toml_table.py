"""Takes values out of a table of TOML, each of its type, and tells what cannot be by file, table and key."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flows.errors import MachineError


class SettingsError(MachineError):
    """Settings of a source that cannot be used: the sentence names file, source and key."""


@dataclass(kw_only=True)
class TomlTable:
    """A table; `where` is what it is called in a sentence, `taken` the keys that somebody has asked for."""

    where: str
    values: dict[str, Any]
    taken: set[str] = field(default_factory=set)

    def refuse(self, key: str, why: str) -> SettingsError:
        """What is told of a key."""
        return SettingsError(f"{self.where}, {key}: {why}")

    def text(self, key: str, default: str | None = None) -> str | None:
        """A text."""
        value: str | None = self._of_type(key, str, "a text", default)
        return value

    def flag(self, key: str) -> bool:
        """true or false; false when it is absent."""
        return bool(self._of_type(key, bool, "true or false", False))

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds."""
        value = self._of_type(key, int, f"a whole number from {low} to {high}", default)
        if isinstance(value, bool) or not low <= value <= high:
            raise self.refuse(key, f"it must be a whole number from {low} to {high}.")
        return int(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        return self._texts(key, self._of_type(key, list, "a list of texts", []))

    def text_or_texts(self, key: str) -> tuple[str, ...]:
        """A text, or a list of them."""
        value = self._of_type(key, (str, list), "a text or a list of texts", [])
        return (value,) if isinstance(value, str) else self._texts(key, value)

    def pairs(self, key: str) -> dict[str, str]:
        """A table of texts."""
        table = self._of_type(key, dict, "a table of texts", {})
        if not all(isinstance(value, str) for value in table.values()):
            raise self.refuse(key, "it must be pairs of texts.")
        return dict(table)

    def table(self, key: str) -> dict[str, Any]:
        """A table of anything."""
        return dict(self._of_type(key, dict, "a table", {}))

    def tables(self, key: str) -> Iterator["TomlTable"]:
        """A list of tables."""
        rows = self._of_type(key, list, "a list of tables", [])
        for number, row in enumerate(rows, start=1):
            if not isinstance(row, dict):
                raise self.refuse(key, "it must be a list of tables.")
            yield TomlTable(where=f"{self.where}, {key} {number}", values=row)

    def inner(self, key: str) -> Iterator[tuple[str, "TomlTable"]]:
        """The tables in a table, by their names."""
        for name, row in self.table(key).items():
            if not isinstance(row, dict):
                raise self.refuse(f'{key} "{name}"', "it must be a table.")
            yield name, TomlTable(where=f'{self.where}, {key} "{name}"', values=row)

    @contextmanager
    def whole_table(self) -> Iterator["TomlTable"]:
        """Inside it all keys have to be asked for; raises SettingsError for one that nobody knows."""
        yield self
        unknown = sorted(self.values.keys() - self.taken)
        if unknown:
            raise self.refuse(unknown[0], "there is no such setting.")

    def _texts(self, key: str, values: list[Any]) -> tuple[str, ...]:
        if not all(isinstance(value, str) for value in values):
            raise self.refuse(key, "it must be a list of texts.")
        return tuple(values)

    def _of_type(self, key: str, kind: type | tuple[type, ...], named: str, default: Any) -> Any:
        self.taken.add(key)
        value = self.values.get(key, default)
        if value is not None and not isinstance(value, kind):
            raise self.refuse(key, f"it must be {named}.")
        return value
