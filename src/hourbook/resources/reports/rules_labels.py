"""The filters of a report as lines that people read. Pure.

Things are counted and not named: who asks may filter by ids of things whose names are not theirs to see.
"""

from hourbook.resources.reports.rules import Archived, Contains, Filters, IdFilter, PeopleFilter, PersonStatus

_WAYS = {Contains.CONTAINS: "any of", Contains.DOES_NOT_CONTAIN: "none of", Contains.CONTAINS_ONLY: "exactly"}


def filter_lines(filters: Filters) -> tuple[tuple[str, str], ...]:
    """Name and words of each filter that is set."""
    things = (
        ("Clients", filters.clients),
        ("Projects", filters.projects),
        ("Tasks", filters.tasks),
        ("Tags", filters.tags),
        ("Currencies", filters.currency),
        ("Users", filters.users),
        ("Groups", filters.user_groups),
    )
    found = [(name, _words(one)) for name, one in things if one is not None]
    found += [
        ("Billable", _yes_or_no(filters.billable)),
        ("Invoiced", _yes_or_no(filters.is_invoiced)),
        ("Approved", _yes_or_no(filters.is_approved)),
        ("Description", f"contains “{filters.description}”" if filters.description else ""),
        ("Description", "empty" if filters.without_description else ""),
    ]
    fields = len(filters.custom_fields) + len(filters.user_custom_fields)
    found.append(("Custom fields", f"{fields} conditions" if fields else ""))
    return tuple((name, text) for name, text in found if text)


def _words(filter_: IdFilter | PeopleFilter) -> str:
    found = [f"{_WAYS[filter_.contains]} {len(filter_.ids)}"] if filter_.ids else []
    if filter_.status not in (Archived.ALL, PersonStatus.ALL):
        found.append(filter_.status.value.lower().replace("_", " "))
    return ", ".join(found)


def _yes_or_no(wanted: bool | None) -> str:
    return "" if wanted is None else ("yes" if wanted else "no")
