"""What becomes of tracked time when somebody goes.

Entries stay as they are, with the name of their person. A running timer ends, because nobody could
stop it any more; what the workspace asks of finished entries is not asked of it.
"""

from typing import Any

import msgspec

from hourbook.core.clock import seconds_of
from hourbook.db.tx import Tx, reacts_to
from hourbook.resources.time_entries import rules, store


@reacts_to("MEMBER", "delete")
def _stop_timer(tx: Tx, member: Any, _: None) -> None:
    running = store.find_running(tx, member.user_id)
    if running is None:
        return
    stopped = msgspec.structs.replace(running, end_s=max(running.start_s, seconds_of(tx.now_us)))
    tx.update(store.TIME_ENTRY, running, stopped, event="TIMER_STOPPED", subject=member.user_id)
    store.add_totals(tx, rules.totals_delta(running, stopped))
