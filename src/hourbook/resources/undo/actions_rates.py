"""What entries get back when a change of rates is undone: what the timelines say, or what they had.

An entry may have had a rate that no timeline knows: that of a project which was deleted since. It gets that one back,
unless it was moved to where other rates count.
"""

from collections import defaultdict
from collections.abc import Mapping

import msgspec

from hourbook.db.tx import Tx
from hourbook.journal.past import Past
from hourbook.resources.undo import rules, store
from hourbook.resources.undo.rules import Effect, Key

# Behind every revision there is.
_NOW = (1 << 63) - 1


def as_left(tx: Tx, effects: Mapping[tuple[str, Key], Effect]) -> dict[str, Effect]:
    """By entry: what the operation did to its rates, for those that still have the rates it gave them."""
    by_id = {key[-1]: effect for (_, key), effect in effects.items()}
    now = store.rates_of(tx, by_id)
    return {one: effect for one, effect in by_id.items() if one in now and rules.is_unchanged(effect, now[one])}


def give_back(tx: Tx, left: Mapping[str, Effect], revision: int) -> None:
    """After the timelines: entries that are where they were get the rates that they had before."""
    now = store.rates_of(tx, left)
    other = {one: effect for one, effect in left.items() if one in now and not _has(now[one], effect)}
    past = Past(tx, revision)
    past.know("TIME_ENTRY", other)
    groups: dict[tuple[tuple[str, int], ...], list[str]] = defaultdict(list)
    for one, effect in other.items():
        was, fields = past.at("TIME_ENTRY", one, revision), past.at("TIME_ENTRY", one, _NOW)
        if rules.has_same_rates(was, fields):
            groups[tuple(sorted((effect.before or {}).items()))].append(one)
    for values, ids in groups.items():
        store.set_fields(tx, "TIME_ENTRY", dict(values), ids=ids, event=None)


def _has(now: rules.Fields, effect: Effect) -> bool:
    """Whether an entry has the rates again that it had before."""
    return rules.is_unchanged(msgspec.structs.replace(effect, after=effect.before), now)
