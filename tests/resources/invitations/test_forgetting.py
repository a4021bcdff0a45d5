"""What the janitor does to invitations: answered ones go after their time, open ones stay."""

from hourbook.core.types import Page
from hourbook.resources.invitations import actions
from tests.harness import Office

DAY_S = 86_400


def ids(office: Office) -> list[str]:
    found = office.read(lambda tx: actions.list_invitations(tx, Page(1, 100)))
    return [one.id for one in found]


def forget(office: Office, *, limit: int = 100) -> int:
    """What is older than ten days, of every workspace."""
    before_us = office.clock.now_us() - 10 * DAY_S * 1_000_000
    gone: int = office.write(lambda tx: actions.forget_over(tx, before_us, limit))
    return gone


def test_answered_invitations_go_after_their_time_and_open_ones_stay(office: Office) -> None:
    # Those of other tests, whatever their clock said.
    while office.write(lambda tx: actions.forget_over(tx, 2 * office.clock.now_us(), 100)):
        continue
    for name in ("one", "two", "three"):
        email = f"{name}.{office.server.ids.new_id()}@example.org"
        assert office.admin.post("/users", {"email": email}).status < 300
    revoked = ids(office)[:2]
    for one in revoked:
        office.write(lambda tx, one=one: actions.revoke_invitation(tx, one))
    office.clock.move(9 * DAY_S)
    assert forget(office) == 0
    office.clock.move(2 * DAY_S)
    before = office.read(lambda tx: tx.workspace_id)
    assert forget(office, limit=1) == 1
    assert forget(office) == 1
    assert forget(office) == 0
    assert before == office.workspace_id
    assert len(ids(office)) == 1
