"""The chain over the journal: whatever somebody does to the rows behind the program's back is found."""

from collections.abc import Callable
from typing import Any

import pytest

from hourbook.db.tx import Tx
from hourbook.journal import chain, chain_store
from hourbook.journal.chain import Portion, Verdict
from hourbook.resources.audit import actions_chain
from hourbook.resources.privacy import actions as privacy
from hourbook.resources.privacy.rules import Confirmed
from hourbook.resources.time_entries import actions as time_entries
from hourbook.resources.time_entries.rules import Draft
from tests.harness import START_S, Office


def do(office: Office, text: str) -> None:
    """Runs SQL as somebody would who has the database, `{ws}` for the workspace."""
    blob = f"x'{office.workspace_id}'" if office.server.is_sqlite else f"decode('{office.workspace_id}', 'hex')"

    def work(tx: Tx) -> None:
        for one in text.split(";"):
            tx.connection.text(one.format(ws=blob))

    office.write(work)


def extend(office: Office) -> chain_store.Head:
    head: chain_store.Head = office.write(actions_chain.extend_to_end)
    return head


def verify(office: Office, kept: str | None = None) -> Verdict:
    verdict: Verdict = office.read(lambda tx: actions_chain.verify(tx, kept))
    return verdict


@pytest.fixture
def chained(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A workspace with some rows of its journal in the chain, in several links."""
    monkeypatch.setattr(actions_chain, "PORTION_ROWS", 4)
    for number in range(6):
        assert office.owner.post("/tags", {"name": f"tag {number}"}).status == 201
    extend(office)
    return office


def test_a_workspace_has_a_chain_from_its_first_moment(office: Office) -> None:
    head = office.read(chain_store.find_head)
    assert (head.revision, head.digest) == (0, chain.first_digest(office.workspace_id))


def test_what_nobody_touched_is_well(chained: Office) -> None:
    head = extend(chained)
    verdict = verify(chained)
    assert (verdict.bad_revision, verdict.unchained_count) == (None, 0)
    assert (verdict.revision, verdict.digest) == (head.revision, head.digest.hex())
    chained.owner.post("/tags", {"name": "later"})
    verdict = verify(chained)
    assert (verdict.bad_revision, verdict.unchained_count) == (None, 1)
    assert extend(chained).revision == head.revision + 1


def test_the_rows_that_share_one_are_in_the_chain(office: Office) -> None:
    drafts = [Draft(start_s=START_S - 60 * number, end_s=START_S + 60) for number in range(1200)]
    office.write(lambda tx: time_entries.import_entries(tx, office.member.id, drafts))
    end = extend(office).revision
    assert verify(office).bad_revision is None
    do(office, f"UPDATE journal SET packed_rows = NULL WHERE workspace_id = {{ws}} AND revision = {end}")
    assert verify(office).bad_revision == end


@pytest.mark.parametrize(
    "change",
    [
        "after = '{{}}'",
        "after = replace(after, 'tag', 'gat')",
        "before = '{{}}'",
        "at_us = at_us + 1",
        "actor_id = NULL",
        "actor_kind = 'system'",
        "auth = 'session'",
        "origin = 'import'",
        "request_id = 'another'",
        "verb = 'update'",
        "event = NULL",
        "kind = 'CLIENT'",
        "entity_id = actor_id",
        "subject_user_id = actor_id",
        "format = 2",
        "changed = '[]'",
    ],
)
def test_a_row_that_was_altered_is_named(chained: Office, change: str) -> None:
    bad = extend(chained).revision - 2
    do(chained, f"UPDATE journal SET {change} WHERE workspace_id = {{ws}} AND revision = {bad}")
    assert verify(chained).bad_revision == bad


def test_the_name_of_a_person_cannot_be_altered(office: Office) -> None:
    rows = office.read(lambda tx: chain_store.read_rows(tx, 0, 100))
    end = extend(office).revision
    bad = next(row.revision for row in rows if row.kind == "MEMBER" and "olivia" in str(row.contents[1]))
    assert end > bad
    do(
        office,
        f"UPDATE journal SET after = replace(after, 'olivia', 'otto') WHERE workspace_id = {{ws}} AND revision = {bad}",
    )
    assert verify(office).bad_revision == bad


def test_a_row_that_was_removed_is_named(chained: Office) -> None:
    bad = extend(chained).revision - 2
    do(chained, f"DELETE FROM journal WHERE workspace_id = {{ws}} AND revision = {bad}")
    verdict = verify(chained)
    assert (verdict.bad_revision, verdict.reason) == (bad, "it is missing")


def test_rows_that_changed_places_are_named(chained: Office) -> None:
    end = extend(chained).revision
    move = "UPDATE journal SET revision = {} WHERE workspace_id = {{ws}} AND revision = {}"
    do(chained, ";".join(move.format(*pair) for pair in ((-1, end), (end, end - 2), (end - 2, -1))))
    assert verify(chained).bad_revision == end - 2


def test_rows_cut_off_the_end_are_named(chained: Office) -> None:
    end = extend(chained).revision
    do(chained, f"DELETE FROM journal WHERE workspace_id = {{ws}} AND revision > {end - 2}")
    assert verify(chained).bad_revision == end - 1


def test_rows_cut_off_with_their_part_of_the_chain_are_named(chained: Office) -> None:
    end = extend(chained).revision
    first = chained.read(lambda tx: list(chain_store.iterate_links(tx)))[-1].first_revision
    do(
        chained,
        f"DELETE FROM journal WHERE workspace_id = {{ws}} AND revision >= {first};"
        f"DELETE FROM audit_links WHERE workspace_id = {{ws}} AND last_revision >= {first}",
    )
    assert (verify(chained).bad_revision, end >= first) == (first, True)


def test_rows_behind_the_chain_cannot_be_cut_off_unseen(chained: Office) -> None:
    end = extend(chained).revision
    chained.owner.post("/tags", {"name": "later"})
    do(chained, f"DELETE FROM journal WHERE workspace_id = {{ws}} AND revision > {end}")
    assert verify(chained).bad_revision == end + 1


def test_a_chain_never_goes_on_over_a_missing_row(chained: Office) -> None:
    end = extend(chained).revision
    chained.owner.post("/tags", {"name": "later"})
    chained.owner.post("/tags", {"name": "last"})
    do(chained, f"DELETE FROM journal WHERE workspace_id = {{ws}} AND revision = {end + 1}")
    with pytest.raises(chain.Broken):
        extend(chained)
    assert verify(chained).bad_revision == end + 1


def test_a_row_that_was_put_in_is_named(chained: Office) -> None:
    end = extend(chained).revision
    names = "workspace_id, at_us, actor_kind, auth, origin, request_id, kind, verb, format"
    do(
        chained,
        f"INSERT INTO journal ({names}, revision) SELECT {names}, {end + 1} FROM journal "
        f"WHERE workspace_id = {{ws}} AND revision = {end}",
    )
    assert verify(chained).bad_revision == end + 1


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM audit_links WHERE workspace_id = {ws} AND first_revision = 5",
        "UPDATE audit_heads SET revision = revision - 1 WHERE workspace_id = {ws}",
        "UPDATE audit_links SET digests = digest FROM audit_heads WHERE audit_links.workspace_id = {ws} "
        "AND audit_heads.workspace_id = audit_links.workspace_id",
        "DELETE FROM audit_commitments WHERE workspace_id = {ws}",
    ],
)
def test_the_chain_itself_cannot_be_altered_unseen(chained: Office, change: str) -> None:
    do(chained, change)
    assert verify(chained).bad_revision is not None


def test_whoever_makes_the_chain_anew_is_found_by_a_digest_that_was_kept(chained: Office) -> None:
    head = extend(chained)
    kept = f"{head.revision}:{head.digest.hex()}"
    chained.owner.post("/tags", {"name": "later"})
    extend(chained)
    for text in (kept, kept.upper(), head.digest.hex()):
        assert verify(chained, text).bad_revision is None
    gone = head.revision - 1
    do(
        chained,
        f"UPDATE journal SET actor_id = NULL WHERE workspace_id = {{ws}} AND revision = {gone};"
        "DELETE FROM audit_links WHERE workspace_id = {ws};"
        "DELETE FROM audit_commitments WHERE workspace_id = {ws};"
        "DELETE FROM audit_heads WHERE workspace_id = {ws}",
    )
    extend(chained)
    assert verify(chained).bad_revision is None
    assert verify(chained, kept).bad_revision == head.revision
    assert verify(chained, head.digest.hex()).bad_revision is not None


def test_everything_cut_off_is_found_by_a_digest_that_was_kept(chained: Office) -> None:
    head = extend(chained)
    last = chained.read(lambda tx: list(chain_store.iterate_links(tx)))[-2]
    do(
        chained,
        f"DELETE FROM journal WHERE workspace_id = {{ws}} AND revision > {last.last_revision};"
        f"DELETE FROM audit_links WHERE workspace_id = {{ws}} AND last_revision > {last.last_revision};"
        f"DELETE FROM audit_commitments WHERE workspace_id = {{ws}} AND revision > {last.last_revision};"
        f"UPDATE workspace_revisions SET revision = {last.last_revision} WHERE workspace_id = {{ws}};"
        "DELETE FROM audit_heads WHERE workspace_id = {ws}",
    )
    digest = "\\\\x" if not chained.server.is_sqlite else ""
    blob = f"x'{last.digests[-32:].hex()}'" if not digest else f"decode('{last.digests[-32:].hex()}', 'hex')"
    do(
        chained,
        "INSERT INTO audit_heads (workspace_id, revision, digest, erasures, at_us) "
        f"VALUES ({{ws}}, {last.last_revision}, {blob}, 0, 0)",
    )
    assert verify(chained).bad_revision is None
    verdict = verify(chained, f"{head.revision}:{head.digest.hex()}")
    assert verdict.bad_revision == head.revision


# --- erasing -----------------------------------------------------------------------------------


def erase_member(office: Office) -> None:
    email = office.read(lambda tx: privacy.tell_here(tx, office.member.id)).account["email"]
    office.write(lambda tx: privacy.erase(tx, Confirmed(office.member.id, email)))


def contents(office: Office) -> str:
    rows = office.read(lambda tx: chain_store.read_rows(tx, 0, 1000))
    return str([row.contents for row in rows])


def test_erasing_a_person_leaves_the_chain_right(chained: Office) -> None:
    head = extend(chained)
    assert "max member" in contents(chained)
    erase_member(chained)
    assert "max member" not in contents(chained)
    kept = f"{head.revision}:{head.digest.hex()}"
    assert verify(chained, kept).bad_revision is None
    extend(chained)
    assert verify(chained, kept).bad_revision is None


def test_no_salt_of_what_was_erased_is_left(chained: Office) -> None:
    extend(chained)
    before = chained.read(lambda tx: chain_store.commitments_of(tx, [chained.workspace_id]))
    erase_member(chained)
    after = chained.read(lambda tx: chain_store.commitments_of(tx, [chained.workspace_id]))
    touched = [key for key in before if before[key] != after[key]]
    assert touched
    for key in touched:
        gone = [place for place in before[key] if before[key][place] != after[key][place]]
        assert all(after[key][place].startswith("d") for place in gone)
        assert not any(before[key][place] in str(after) for place in gone)


def test_what_was_left_of_an_erased_person_cannot_be_altered(chained: Office) -> None:
    extend(chained)
    erase_member(chained)
    rows = chained.read(lambda tx: chain_store.read_rows(tx, 0, 1000))
    bad = next(row.revision for row in rows if row.kind == "MEMBER" and "digest:" in str(row.contents[1]))
    for change in ("after = replace(after, 'digest:', 'max ')", "after = replace(after, 'ACTIVE', 'INACTIVE')"):
        stored = next(row for row in rows if row.revision == bad).contents[1]
        do(chained, f"UPDATE journal SET {change} WHERE workspace_id = {{ws}} AND revision = {bad}")
        assert verify(chained).bad_revision == bad, change
        text = str(stored).replace("{", "{{").replace("}", "}}")
        do(chained, f"UPDATE journal SET after = '{text}' WHERE workspace_id = {{ws}} AND revision = {bad}")
        assert verify(chained).bad_revision is None


def test_nobody_can_say_that_something_was_erased_of_which_nothing_can_be(chained: Office) -> None:
    head = extend(chained)
    row = next(
        one for one in reversed(chained.read(lambda tx: chain_store.read_rows(tx, 0, 1000))) if one.kind == "TAG"
    )
    digest = chain.content_digest(row, None).hex()
    do(
        chained,
        f"UPDATE journal SET after = '[]' WHERE workspace_id = {{ws}} AND revision = {row.revision};"
        "INSERT INTO audit_commitments (workspace_id, revision, salts) "
        f'VALUES ({{ws}}, {row.revision}, \'{{{{"*": "d{digest}"}}}}\')',
    )
    assert verify(chained, f"{head.revision}:{head.digest.hex()}").bad_revision == row.revision


def test_a_kept_head_that_is_none_is_not_found(chained: Office) -> None:
    extend(chained)
    assert verify(chained, "9" * 5000 + ":" + "0" * 64).bad_revision is not None


def test_rows_of_kinds_that_became_erasable_later_can_be_erased_too(
    chained: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "_ERASABLE", {})
    chained.hire("Nora New")
    extend(chained)
    monkeypatch.undo()
    erase_member(chained)
    assert verify(chained).bad_revision is None


def test_a_portion_that_was_read_before_an_erasure_is_not_stored(chained: Office) -> None:
    chained.hire("Nora New")
    portion: Portion = chained.read(actions_chain.read_portion)
    erase_member(chained)
    assert chained.write(lambda tx: actions_chain.extend(tx, portion)) is False
    extend(chained)
    assert verify(chained).bad_revision is None


def test_a_portion_is_stored_once(chained: Office) -> None:
    chained.owner.post("/tags", {"name": "later"})
    portion: Portion = chained.read(actions_chain.read_portion)
    store: Callable[[Any], Any] = lambda tx: actions_chain.extend(tx, portion)  # noqa: E731 (used twice)
    assert chained.write(store) is True
    assert chained.write(store) is False
    assert verify(chained).bad_revision is None
