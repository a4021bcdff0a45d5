"""The chain over the journal: whatever somebody does to the rows behind the program's back is found."""

from collections.abc import Callable
from typing import Any

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.journal import chain, chain_store
from hourbook.journal.chain import Portion
from hourbook.resources.audit import actions_chain
from hourbook.resources.time_entries import actions as time_entries
from hourbook.resources.time_entries.rules import Draft
from tests.harness import START_S, Office
from tests.resources.audit.tampering import blob, do, extend, verify


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


def test_the_rows_that_share_one_are_in_the_chain(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    drafts = [Draft(start_s=START_S - 60 * number, end_s=START_S + 60) for number in range(1200)]
    office.write(lambda tx: time_entries.import_entries(tx, office.member.id, drafts))
    assert office.read(actions_chain.read_step).is_far is False
    monkeypatch.setattr(actions_chain, "STEP_BYTES", 1000)
    assert office.read(actions_chain.read_step).is_far, "what is packed is much to read"
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
    digest = blob(chained, last.digests[-32:].hex())
    do(
        chained,
        "INSERT INTO audit_heads (workspace_id, revision, digest, erasures, at_us) "
        f"VALUES ({{ws}}, {last.last_revision}, {digest}, 0, 0)",
    )
    assert verify(chained).bad_revision is None
    verdict = verify(chained, f"{head.revision}:{head.digest.hex()}")
    assert verdict.bad_revision == head.revision


def test_a_kept_head_that_is_none_is_refused_and_not_taken_for_right(chained: Office) -> None:
    head = extend(chained)
    digest = head.digest.hex()
    for kept in (
        "",
        ":",
        "5:",
        "5:0",
        f":{digest}",
        f"{'9' * 20}:{digest}",
        f"\u0661:{digest}",
        digest[:-1],
        digest + "0",
    ):
        with pytest.raises(InvalidValue):
            verify(chained, kept)
    for kept in (f"{'9' * 18}:{digest}", "0" * 64, f"{head.revision}:{'0' * 64}", f"{head.revision - 1}:{digest}"):
        assert verify(chained, kept).bad_revision is not None
    assert verify(chained, f" {head.revision}:{digest}\n").bad_revision is None


def test_a_portion_is_stored_once(chained: Office) -> None:
    chained.owner.post("/tags", {"name": "later"})
    portion: Portion = chained.read(actions_chain.read_portion)
    store: Callable[[Any], Any] = lambda tx: actions_chain.extend(tx, portion)  # noqa: E731 (used twice)
    assert chained.write(store) is True
    assert chained.write(store) is False
    assert verify(chained).bad_revision is None
