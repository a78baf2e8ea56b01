"""Renders a draft as TOML that parses as it is: what is proven with its proof behind it, every question a comment."""

import re
from collections.abc import Iterator

from flows.sources.draft.known_layout import open_form
from flows.sources.draft.slots import Draft, Slot
from flows.sources.draft.toml_text import comment, key_text, text_of, without_controls, wrapped, written

LONGEST_NAME = 100


def source_name(file: str) -> str:
    """A name for the source of a file of this name, as a key and a folder may be called."""
    plain = re.sub(r"(?i)(\.(csv|tsv|txt|tab|dat|xlsx|xlsm|parquet|pq|jsonl|ndjson|json))?(\.gz)?$", "", file)
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", plain).strip("_-")[:LONGEST_NAME]
    return name or "source"


def render_draft(draft: Draft, name: str) -> str:
    """The draft as the text of a file of settings."""
    at = f"sources.{key_text(name)}"
    lines = [*_head(draft), f"[{at}]", *_top(draft)]
    for section, content in (
        ("columns", _columns(draft)),
        ("join", _joins(draft)),
        ("repeat", [f"{text_of(key)} = {text_of(member)}" for key, member in draft.repeat.items()]),
        ("items", draft.items),
        ("cells", _cells(draft)),
        ("defaults", draft.defaults),
    ):
        if content:
            lines += ["", f"[{at}.{section}]", *content]
    if draft.fallback:
        lines += ["", *(line.replace("[[FALLBACK]]", f"[[{at}.fallback]]") for line in draft.fallback)]
    return "\n".join(map(without_controls, lines)) + "\n"


def _head(draft: Draft) -> list[str]:
    rows = draft.sample.rows.height
    return [
        comment(
            f"Drafted from {draft.sample.file}, of which {rows:,} rows were looked at. Nothing was imported."
        ),
        "# A remark behind a line is what proves it. Answer each question by taking the # off the line below it.",
        "# Then: order-import sources check FILE says what becomes of each column, order-import check FILE of each order.",
        "",
    ]


def _top(draft: Draft) -> Iterator[str]:
    sample = draft.sample
    if draft.layout:
        yield f"layout = {text_of(draft.layout)} # row {sample.header_row} has all the names that it is known by"
    form = open_form(sample, draft.layout) if draft.layout else list(sample.form)
    yield from (f"{each.key} = {written(each.value)} {comment(each.proof)}" for each in form)
    if form or not draft.layout:
        yield from (comment(f"Question: {question}") for question in sample.questions)
    yield from draft.top
    yield from _rules(draft)
    if draft.unused:
        yield from wrapped("unused", list(dict.fromkeys([*draft.unused, *draft.known_unused])))


def _rules(draft: Draft) -> Iterator[str]:
    """The conditions of a key in one line, for a key stands once in a table."""
    for key in ("skip_rows", "skip_orders"):
        rules = [rule for rule in draft.rules if rule.key == key]
        yield from (comment(f"Question: {rule.question}") for rule in rules)
        conditions = ", ".join(rule.written() for rule in rules)
        if rules:
            yield comment(f"{key} = [{conditions}]")


def _columns(draft: Draft) -> list[str]:
    told = (slot for slot in draft.slots if slot.is_told and slot.name not in draft.repeat)
    lines = [f"{text_of(slot.name)} = {text_of(slot.member)}{_remark(slot)}" for slot in told]
    return [*lines, *draft.columns]


def _remark(slot: Slot) -> str:
    asked = "Question: " if slot.remark.endswith("?") else ""
    return f" {comment(asked + slot.remark)}" if slot.remark else ""


def _joins(draft: Draft) -> list[str]:
    return [
        f"{text_of(member)} = {written({'of': names, 'with': between})}"
        for member, (names, between) in draft.joins.items()
    ]


def _cells(draft: Draft) -> list[str]:
    return [line for slot in draft.slots for line in _steps(slot)]


def _steps(slot: Slot) -> Iterator[str]:
    steps = {**slot.base, **slot.steps}
    for question, further in slot.asked:
        instead = " Then, in place of the line without a #:" if slot.steps and further else ""
        yield comment(f"Question: {question}{instead}")
        if further:
            yield comment(f"{text_of(slot.name)} = {written({**steps, **further})}")
    if slot.steps:
        proofs = f" {comment('; '.join(slot.proofs))}" if slot.proofs else ""
        yield f"{text_of(slot.name)} = {written(steps)}{proofs}"
