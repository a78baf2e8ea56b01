"""Shortens the ids of batches to what is unique among all, and finds the batch that such a beginning means."""

import re
from itertools import takewhile

import psycopg

from flows.database.connection import connect, has_database, prepare_database
from flows.errors import MachineError, WrongUseError
from flows.settings import Settings

SHORTEST = 8
"""Characters of a shortened id: even among a hundred thousand batches hardly one needs more."""

_BEGINNING = re.compile(f"[0-9a-f]{{{SHORTEST},20}}")


def is_batch_id(word: str) -> bool:
    """Whether it may be the id of a batch, or the beginning of one."""
    return _BEGINNING.fullmatch(word) is not None


def complete_batch_id(word: str, settings: Settings) -> str:
    """The whole id of the batch that is meant; raises WrongUseError when that is none, or several."""
    if not is_batch_id(word):
        raise WrongUseError(
            f"There is no batch {word}. An id has 20 of 0-9a-f; its first {SHORTEST} will do where they are unique."
        )
    found = []
    if has_database(settings):  # none is made to find nothing in it
        prepare_database(settings)
        with connect(settings) as db:
            found = _find_beginning(db, word)
    if not found:
        raise WrongUseError(f"There is no batch {word}.")
    if len(found) > 1:
        raise WrongUseError(f"{word} is the beginning of several batches: {', '.join(found)}.")
    return found[0]


def shorten_batch_ids(batch_ids: list[str], settings: Settings) -> dict[str, str]:
    """The shortest beginning of each that no other batch has; the ids themselves when the database is away."""
    try:
        with connect(settings) as db:
            return {batch_id: _shorten(batch_id, near) for batch_id, *near in _find_neighbours(db, batch_ids)}
    except (MachineError, psycopg.Error):
        return {batch_id: batch_id for batch_id in batch_ids}


def _find_beginning(db: psycopg.Connection, word: str) -> list[str]:
    # By a range, which the primary key's index answers; a g sorts behind each of the digits.
    query = "select batch_id from batches where batch_id between %s and %s order by batch_id limit 3"
    return [row[0] for row in db.execute(query, (word, f"{word}g"))]


def _find_neighbours(
    db: psycopg.Connection, batch_ids: list[str]
) -> list[tuple[str, str | None, str | None]]:
    query = (
        "select given, (select max(batch_id) from batches where batch_id < given),"
        " (select min(batch_id) from batches where batch_id > given) from unnest(%s::text[]) as given"
    )
    return db.execute(query, (batch_ids,)).fetchall()


def _shorten(batch_id: str, near: list[str | None]) -> str:
    """Only the ids next to it in order can have as much of it in common."""
    shared = max((_count_shared(batch_id, other) for other in near if other), default=0)
    return batch_id[: max(SHORTEST, shared + 1)]


def _count_shared(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
