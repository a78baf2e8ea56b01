"""Takes another column for the price where the lines come to their orders' sums by it, and by the one with the better name do not."""

from flows.sources.draft.prices import come_to_others, come_to_sums, lines_of
from flows.sources.draft.slots import Draft, Slot, setting_names
from flows.sources.draft.words import is_line_total, says_amount, says_fee


def take_price_of_sums(draft: Draft) -> None:
    """A list price stands beside what was paid: of two prices that is the order's by which its sum comes out."""
    price, quantity = draft.slot("items.unitPrice"), draft.slot("items.quantity")
    if price is None or quantity is None or len(price.places) > 1 or price.base or draft.layout:
        return
    lines = lines_of(draft, price, quantity)
    if come_to_others(lines) or come_to_sums(lines, draft):
        return
    for at, name in enumerate(setting_names(draft.sample.header)):
        if name not in draft.unused or not says_amount(name) or says_fee(name) or is_line_total(name):
            continue
        other = Slot(name=name, places=(at,), member="items.unitPrice")
        told = come_to_sums(lines_of(draft, other, quantity), draft)
        if told and not told[0]:
            draft.slots[draft.slots.index(price)] = other
            draft.unused[draft.unused.index(name)] = price.name
            return
