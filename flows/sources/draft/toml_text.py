"""Writes values, and remarks about them, as TOML."""

import json
import re
from collections.abc import Mapping


def written(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, Mapping):
        return (
            "{ " + ", ".join(f"{key_text(str(key))} = {written(each)}" for key, each in value.items()) + " }"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return text_of(value) if isinstance(value, str) else str(value)


def text_of(text: str) -> str:
    """A text in quotes."""
    # As JSON writes it, but for a character that TOML does not take as it is.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def key_text(key: str) -> str:
    """A key, in quotes where it needs them."""
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else text_of(key)


def comment(text: str) -> str:
    """A remark on one line, without what no comment may hold."""
    return "# " + "".join(c if c.isprintable() else " " for c in text).strip()


def without_controls(line: str) -> str:
    """A line without the characters that TOML takes nowhere; in a text they are written as escapes, so here a remark has them."""
    return re.sub(r"[\x00-\x08\x0A-\x1F\x7F]", " ", line)


def wrapped(key: str, values: list[str]) -> list[str]:
    """A list of texts over as many lines as it takes."""
    whole = f"{key} = {written(values)}"
    if len(whole) <= LINE:
        return [whole]
    lines, line = [f"{key} = ["], "   "
    for value in values:
        if len(line) + len(text_of(value)) > LINE:
            lines.append(line)
            line = "   "
        line += f" {text_of(value)},"
    return [*lines, line, "]"]


LINE = 110
"""Characters of a line."""
