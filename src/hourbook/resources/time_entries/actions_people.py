"""What happens to somebody's time when their place in the workspace changes.

Whoever is no longer active cannot stop a timer any more, so a running one ends at that moment. Its
time stays as it was tracked: required fields and locks are not asked of somebody who is out.
"""

from typing import Any

import msgspec

from hourbook.core.clock import seconds_of
from hourbook.db.tx import Tx, reacts_to
from hourbook.resources.time_entries import rules, store
from hourbook.resources.workspaces.rules import MemberStatus


@reacts_to("MEMBER", "update")
def _member_is_out(tx: Tx, before: Any, member: Any) -> None:
    if before.status is not MemberStatus.ACTIVE or member.status is MemberStatus.ACTIVE:
        return
    running = store.find_running(tx, member.user_id)
    if running is None:
        return
    stopped = msgspec.structs.replace(running, end_s=max(seconds_of(tx.now_us), running.start_s))
    tx.update(store.TIME_ENTRY, running, stopped, event="TIMER_STOPPED", subject=member.user_id)
    store.add_totals(tx, rules.totals_delta(running, stopped))
