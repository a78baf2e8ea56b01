"""Knows a file of a platform by its header, and drafts only what the shipped layout leaves open."""

from flows.sources.column_mapping import ColumnMapping
from flows.sources.draft.sample import Proven, Sample
from flows.sources.draft.slots import Draft, Slot, setting_names
from flows.sources.load import layout_names, load_layout, make_source
from flows.sources.map_header import read_header_by
from flows.sources.names import canonical
from flows.sources.source import Source
from flows.sources.synonyms import find_meaning
from validators.order_model import REQUIRED

_NEEDED = (("toAddress.stateProvince",), ("toAddress.postalCode",), *REQUIRED)
"""What every order needs one of each, or in some countries: worth a question even where the layout says that a column is of no use."""


def begin_with_layout(draft: Draft) -> bool:
    """Whether a layout's signature is in the header; then the draft has its columns, and what the file has beyond them."""
    name = find_layout(draft.sample.header)
    if name is None:
        return False
    draft.layout = name
    source = make_source("the layout", name, {"layout": name})
    mapping = read_header_by(draft.sample.header, source)
    names = setting_names(draft.sample.header)
    cells = {canonical(key): steps for key, steps in load_layout(name).get("cells", {}).items()}
    for place, members in sorted(mapping.columns.items()):
        base = dict(cells.get(canonical(names[place]), {}))
        draft.slots.append(
            Slot(name=names[place], places=(place,), member=members[0], base=base, is_told=False)
        )
    draft.slots += _groups(mapping, cells)
    draft.given |= {*mapping.joins, *mapping.defaults, *source.if_blank}
    draft.given |= {member for each in mapping.item_cells.values() for member in each.members.values()}
    _add_unknown(draft, mapping, names)
    return True


def find_layout(header: tuple[str, ...]) -> str | None:
    """The layout of which all names of its signature are in the header, that with the most of them."""
    there = set(map(canonical, header))
    found = {
        name: len(signature)
        for name in layout_names()
        if (signature := load_layout(name)["signature"]) and set(map(canonical, signature)) <= there
    }
    return max(found, key=lambda name: found[name]) if found else None


def _groups(mapping: ColumnMapping, cells: dict[str, dict[str, object]]) -> list[Slot]:
    slots = []
    for name, member in mapping.source.repeat.items():
        places = tuple(group.members[member] for group in mapping.groups if member in group.members)
        if places:
            base = dict(cells.get(canonical(name), {}))
            slots.append(Slot(name=name, places=places, member=member, base=base, is_told=False))
    return slots


def _add_unknown(draft: Draft, mapping: ColumnMapping, names: list[str]) -> None:
    """Columns of the file that the layout does not know: a member that is not given yet, or of no use."""
    unknown = set(mapping.unknown)
    for place, name in enumerate(names):
        if place not in mapping.columns and mapping.header[place] not in unknown:
            _take_needed(draft, place, name)
    for place, name in enumerate(names):
        if mapping.header[place] not in unknown or place in mapping.columns:
            continue
        found = find_meaning(name)
        if found and not draft.gives(found.member) and not found.member.startswith("shippingPreferences."):
            draft.slots.append(Slot(name=name, places=(place,), member=found.member))
        else:
            draft.unused.append(name)
    listed = {canonical(name) for name in mapping.source.unused}
    draft.known_unused = [name for name in names if canonical(name) in listed]


def _take_needed(draft: Draft, place: int, name: str) -> None:
    """Ask about a column that the layout has for one of no use, where another that every order needs is not in the file."""
    found = find_meaning(name)
    if found and _is_needed(draft, found.member) and not draft.sample.is_blank(place):
        asked = f"is this {found.member}, which no column of the layout is here?"
        draft.slots.append(Slot(name=name, places=(place,), member=found.member, remark=asked))


def _is_needed(draft: Draft, member: str) -> bool:
    """Whether an order needs it: a recipient with a name needs no company."""
    return any(member in group and not any(map(draft.gives, group)) for group in _NEEDED)


def open_form(sample: Sample, layout: str) -> list[Proven]:
    """How the file is written, where that is not as the layout says."""
    source = make_source("the layout", layout, {"layout": layout})
    left = [each for each in sample.form if not _is_said(each, source)]
    found = {each.key for each in sample.form}
    if (
        sample.is_csv
        and source.encoding != "utf-8"
        and "encoding" not in found
        and _has_more_than_ascii(sample)
    ):
        left.append(Proven(key="encoding", value="utf-8", proof="all of it is UTF-8"))
    if sample.is_csv and source.delimiter != "," and "delimiter" not in found and len(sample.header) > 1:
        left.append(Proven(key="delimiter", value=",", proof=f"it stands between {len(sample.header)} names"))
    if sample.header_row == 1 and source.header_row != 1:
        left.append(Proven(key="header_row", value=1, proof="row 1 has the names"))
    return left


def _is_said(each: Proven, source: Source) -> bool:
    said = getattr(source, each.key)
    if isinstance(each.value, list):
        return all(value in said for value in each.value)
    return bool(said == each.value)


def _has_more_than_ascii(sample: Sample) -> bool:
    places = [str(at) for at in range(len(sample.header))]
    return any(sample.rows[at].str.contains(r"[^\x00-\x7f]").any() for at in places)
