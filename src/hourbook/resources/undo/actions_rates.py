"""What entries get back when a change of rates is undone: what the timelines say, or what they had.

An entry may have had a rate that no timeline knows: that of a project which was deleted since. It gets that one back,
unless it was moved to where other rates count, or was given another one since.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from hourbook.db.tx import Change, Tx
from hourbook.journal.past import Past
from hourbook.resources.undo import rules, store
from hourbook.resources.undo.rules import Effect, Fields

# Behind every revision there is.
_NOW = (1 << 63) - 1


def give_back(tx: Tx, effects: Collection[Effect], followed: Sequence[Change], *, revisions: tuple[int, int]) -> None:
    """After the timelines, whose changes `followed`; `effects`: what the operation itself did to rates of entries.

    `revisions`: the first and the last of the operation.
    """
    had = _had_before(followed)
    done = {effect.key[-1]: effect.before or {} for effect in effects}
    now = store.rates_of(tx, done.keys() | had.keys())
    # Nearly all of them have by now what they had.
    ids = {one for one, rates in now.items() if one not in done or not done[one].items() <= rates.items()}
    past = Past(tx, revisions[0] - 1)
    past.know("TIME_ENTRY", ids)
    for one in ids & had.keys():
        past.begin_with("TIME_ENTRY", one, had[one])
    groups: dict[tuple[tuple[str, int], ...], list[str]] = defaultdict(list)
    for one in sorted(ids):
        before, after, until = (past.at("TIME_ENTRY", one, at) for at in (revisions[0] - 1, revisions[1], _NOW))
        is_as_left = rules.has_same_rates(before, until) and rules.rates_in(after) == rules.rates_in(until)
        if is_as_left and rules.rates_in(before) != now[one]:
            groups[tuple(rules.rates_in(before).items())].append(one)
    for values, same in groups.items():
        store.set_fields(tx, "TIME_ENTRY", dict(values), ids=same, event=None)


def _had_before(changes: Sequence[Change]) -> Mapping[str, Fields]:
    """By entry: the rates that it lost in these changes."""
    found: dict[str, Fields] = defaultdict(dict)
    for change in changes:
        if change.kind == "TIME_ENTRY" and change.verb == "update_many" and change.ids is not None:
            for one, old in zip(change.ids, change.rows, strict=True):
                found[one] = {**dict(zip(change.changed or (), old, strict=True)), **found[one]}
    return found
