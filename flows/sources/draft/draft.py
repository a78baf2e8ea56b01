"""Drafts the settings of a source from a sample of its file; every step adds what it finds, or what is to be asked."""

from flows.sources.draft.assign import assign_columns
from flows.sources.draft.billing import ask_about_billing
from flows.sources.draft.codes import find_codes, find_weight_unit
from flows.sources.draft.dates import find_dates
from flows.sources.draft.heads import check_heads
from flows.sources.draft.ids import find_beginnings, find_stored_numbers
from flows.sources.draft.items_in_cells import find_items_in_cells
from flows.sources.draft.known_layout import begin_with_layout
from flows.sources.draft.lines import find_lines_to_skip
from flows.sources.draft.lists_in_cells import ask_about_side_by_side
from flows.sources.draft.masked import leave_masked_out
from flows.sources.draft.missing import ask_what_is_missing
from flows.sources.draft.number_forms import find_number_forms
from flows.sources.draft.orders import find_blank_numbers, find_footers, find_orders_to_skip
from flows.sources.draft.places import find_country_forms, find_state_forms
from flows.sources.draft.price_of_sums import take_price_of_sums
from flows.sources.draft.prices import find_price_basis
from flows.sources.draft.render import render_draft
from flows.sources.draft.sample import Sample
from flows.sources.draft.slots import Draft
from flows.sources.names import our_name


def draft_source(sample: Sample, name: str) -> str:
    """The text of a file of settings for the source that sent this file."""
    draft = Draft(sample=sample)
    if sample.is_ours:
        filled = (each for at, each in enumerate(sample.header) if not sample.is_blank(at))
        draft.given = {member for each in filled if (member := our_name(each))}
    else:
        _look_at_columns(draft)
    ask_what_is_missing(draft)
    return render_draft(draft, name)


def _look_at_columns(draft: Draft) -> None:
    is_known = begin_with_layout(draft)
    if not is_known:
        assign_columns(draft)
        find_items_in_cells(draft)
        ask_about_side_by_side(draft)
        check_heads(draft)
    find_stored_numbers(draft)
    find_beginnings(draft)
    leave_masked_out(draft)
    find_country_forms(draft)
    find_state_forms(draft)
    find_codes(draft)
    find_number_forms(draft)
    if not is_known:
        find_weight_unit(draft)
        take_price_of_sums(draft)
        find_price_basis(draft)
        find_blank_numbers(draft)
        find_footers(draft)
        find_lines_to_skip(draft)
        find_orders_to_skip(draft)
        find_dates(draft)
        ask_about_billing(draft)
