"""Rows that an erasure may rewrite: it leaves the chain right, and nobody else can rewrite them under its name."""

from typing import Any

import msgspec
import pytest

from hourbook.db.tx import Tx
from hourbook.journal import chain
from hourbook.journal.chain import Portion
from hourbook.journal.chain_store import Raw
from hourbook.resources.audit import actions_chain
from hourbook.resources.privacy import actions as privacy
from hourbook.resources.privacy import store as privacy_store
from hourbook.resources.privacy.rules import Confirmed, Erasure
from tests.harness import Office, Person
from tests.resources.audit.tampering import commitments, do, extend, forged, rewrite, rows, verify

ANYBODY = {"actor": "somebody", "user_id": "f" * 24}


def erase(office: Office, person: Person) -> None:
    email = office.read(lambda tx: privacy.tell_here(tx, person.id)).account["email"]
    office.write(lambda tx: privacy.erase(tx, Confirmed(person.id, email)))


def contents(office: Office) -> str:
    return str([row.contents for row in rows(office)])


def row_of(office: Office, kind: str, word: str) -> Raw:
    """The first row of a kind with this word in it."""
    return next(row for row in rows(office) if row.kind == kind and word in str(row.contents[1]))


def of_member(office: Office) -> Raw:
    """A row of which a part is the member's, and may be erased."""
    return row_of(office, "MEMBER", "max member")


# --- erasing -------------------------------------------------------------------------------------


def test_erasing_a_person_leaves_the_chain_right(chained: Office) -> None:
    head = extend(chained)
    assert "max member" in contents(chained)
    erase(chained, chained.member)
    assert "max member" not in contents(chained)
    kept = f"{head.revision}:{head.digest.hex()}"
    assert verify(chained, kept).bad_revision is None
    extend(chained)
    assert verify(chained, kept).bad_revision is None


def test_an_erasure_is_a_row_that_says_which_rows_it_rewrote(chained: Office) -> None:
    extend(chained)
    before = {row.revision: row.contents for row in rows(chained)}
    erase(chained, chained.member)
    rewritten = {row.revision for row in rows(chained) if before.get(row.revision, row.contents) != row.contents}
    (row,) = (row for row in rows(chained) if row.kind == chain.ERASURE)
    fields = chain.decoded(row)["after"]
    assert fields["user_id"] == chained.member.id
    assert {int(number) for number in msgspec.json.decode(fields["covered"])} == rewritten
    (erasure,) = verify(chained).erasures
    assert (erasure.revision, erasure.user_id, erasure.rows) == (row.revision, chained.member.id, len(rewritten))


def test_people_are_erased_one_after_the_other_and_one_of_them_twice(chained: Office) -> None:
    head = extend(chained)
    kept = f"{head.revision}:{head.digest.hex()}"
    for person in (chained.member, chained.manager, chained.member):
        erase(chained, person)
        assert verify(chained, kept).bad_revision is None
        extend(chained)
        assert verify(chained, kept).bad_revision is None
    first, second, again = verify(chained).erasures
    assert (first.rows, second.rows > 0, again.rows > second.rows) == (0, True, True), "the last one counts"


def test_no_salt_of_what_was_erased_is_left(chained: Office) -> None:
    extend(chained)
    before = commitments(chained)
    erase(chained, chained.member)
    after = commitments(chained)
    touched = [key for key in before if before[key] != after[key]]
    assert touched
    for key in touched:
        gone = [place for place in before[key] if before[key][place] != after[key][place]]
        assert all(after[key][place].startswith("d") for place in gone)
        assert not any(before[key][place] in str(after) for place in gone)


def test_rows_of_kinds_that_became_erasable_later_can_be_erased_too(
    chained: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chain, "_ERASABLE", {})
    nora = chained.hire("Nora New")
    extend(chained)
    monkeypatch.undo()
    erase(chained, nora)
    assert any(chain.WHOLE in salts for salts in commitments(chained).values())
    assert verify(chained).bad_revision is None
    bad = row_of(chained, "MEMBER", nora.id)
    rewrite(chained, bad, chain.decoded(bad)["after"] | {"status": "PENDING"}, salts=commitments(chained)[bad.revision])
    assert verify(chained).bad_revision == bad.revision


def test_a_portion_that_was_read_before_an_erasure_is_not_stored(chained: Office) -> None:
    chained.hire("Nora New")
    portion: Portion = chained.read(actions_chain.read_portion)
    erase(chained, chained.member)
    assert chained.write(lambda tx: actions_chain.extend(tx, portion)) is False
    extend(chained)
    assert verify(chained).bad_revision is None


# --- whoever has the database --------------------------------------------------------------------


@pytest.mark.parametrize("how", ["all of it", "the rest", "every value"])
def test_a_row_is_not_rewritten_unseen_by_saying_that_it_was_erased(chained: Office, how: str) -> None:
    extend(chained)
    bad = of_member(chained)
    salts = commitments(chained)[bad.revision]
    fields: dict[str, Any] = chain.decoded(bad)["after"] | {"status": "INACTIVE", "cost_rate_minor": 1}
    if how == "every value":
        fields |= {"email_key": "digest:00", "name_key": "digest:00"}
    told = forged(bad, salts)[how]
    head = next(row for row in rows(chained) if row.revision == bad.revision)
    rewrite(chained, bad, fields if how != "all of it" else ANYBODY, salts=told)
    now = next(row for row in rows(chained) if row.revision == bad.revision)
    assert chain.content_digest(now, told) == chain.content_digest(head, salts), "the chain alone knows no better"
    assert verify(chained).bad_revision == bad.revision


@pytest.mark.parametrize("how", ["all of it", "the rest"])
def test_nor_is_one_that_was_erased(chained: Office, how: str) -> None:
    extend(chained)
    erase(chained, chained.member)
    extend(chained)
    bad = row_of(chained, "MEMBER", "digest:")
    salts = commitments(chained)[bad.revision]
    told = forged(bad, salts)[how]
    rewrite(chained, bad, chain.decoded(bad)["after"] | {"status": "INACTIVE"}, salts=told)
    assert verify(chained).bad_revision == bad.revision


def test_a_value_cannot_go_to_another_place(chained: Office) -> None:
    extend(chained)
    bad = of_member(chained)
    fields, salts = chain.decoded(bad)["after"], commitments(chained)[bad.revision]
    moved = {"after.email_key": salts["after.name_key"], "after.name_key": salts["after.email_key"]}
    swapped = {"email_key": fields["name_key"], "name_key": fields["email_key"]}
    rewrite(chained, bad, fields | swapped, salts=moved)
    assert verify(chained).bad_revision == bad.revision


def test_a_salt_of_another_length_is_none(chained: Office) -> None:
    extend(chained)
    bad = of_member(chained)
    salts = commitments(chained)[bad.revision]
    for told in ("s", "s" + "00" * 40, "x" + "00" * 16):
        rewrite(chained, bad, chain.decoded(bad)["after"], salts=salts | {"after.name_key": told})
        assert verify(chained).bad_revision == bad.revision


def test_what_was_left_of_an_erased_person_cannot_be_altered(chained: Office) -> None:
    extend(chained)
    erase(chained, chained.member)
    bad = row_of(chained, "MEMBER", "digest:")
    fields, salts = chain.decoded(bad)["after"], commitments(chained)[bad.revision]
    for change in ({"name_key": "max"}, {"name_key": "digest:00"}, {"name_key": ""}, {"status": "INACTIVE"}):
        rewrite(chained, bad, fields | change, salts=salts)
        assert verify(chained).bad_revision == bad.revision, change
    rewrite(chained, bad, fields, salts=salts)
    assert verify(chained).bad_revision is None


def test_nobody_can_say_that_something_was_erased_of_which_nothing_can_be(chained: Office) -> None:
    head = extend(chained)
    row = row_of(chained, "TAG", "tag 3")
    rewrite(chained, row, ANYBODY, salts={chain.WHOLE: "d" + chain.content_digest(row, None).hex()})
    assert verify(chained, f"{head.revision}:{head.digest.hex()}").bad_revision == row.revision


# --- records of erasures -------------------------------------------------------------------------


@pytest.mark.parametrize("is_chained", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM journal WHERE workspace_id = {ws} AND kind = 'ERASURE'",
        "UPDATE journal SET kind = 'TAG' WHERE workspace_id = {ws} AND kind = 'ERASURE'",
        "UPDATE journal SET after = '{{}}' WHERE workspace_id = {ws} AND kind = 'ERASURE'",
        "UPDATE journal SET after = NULL WHERE workspace_id = {ws} AND kind = 'ERASURE'",
        "UPDATE journal SET after = replace(after, 'covered', 'spared') WHERE workspace_id = {ws}",
    ],
)
def test_the_record_of_an_erasure_cannot_be_altered(chained: Office, change: str, is_chained: bool) -> None:
    extend(chained)
    erase(chained, chained.member)
    if is_chained:
        extend(chained)
    do(chained, change)
    assert verify(chained).bad_revision is not None


def record(office: Office, row: Raw, person: Person, fields: dict[str, Any]) -> None:
    """Rewrites a row under a false record of an erasure, made as the program would make it."""
    told = forged(row, commitments(office)[row.revision])["the rest"]
    rewrite(office, row, fields, salts=told)
    now = next(one for one in rows(office) if one.revision == row.revision)
    covered = msgspec.json.encode({row.revision: chain.state_digest(now, told)}).decode()

    def work(tx: Tx) -> None:
        tx.insert(privacy_store.ERASURE, Erasure(tx.new_id(), tx.workspace_id, person.id, covered))

    office.write(work)
    extend(office)


def test_an_erasure_of_somebody_who_is_still_there_is_named(chained: Office) -> None:
    extend(chained)
    bad = of_member(chained)
    record(chained, bad, chained.member, chain.decoded(bad)["after"] | {"status": "INACTIVE"})
    verdict = verify(chained)
    (erasure,) = verdict.erasures
    assert (verdict.bad_revision, "not erased" in verdict.reason) == (erasure.revision, True)


def test_an_erasure_of_one_person_does_not_excuse_rows_of_another(chained: Office) -> None:
    erase(chained, chained.manager)
    extend(chained)
    bad = of_member(chained)
    record(chained, bad, chained.manager, chain.decoded(bad)["after"] | {"status": "INACTIVE"})
    verdict = verify(chained)
    assert (verdict.bad_revision, "whom it is not about" in verdict.reason) == (bad.revision, True)


def test_a_false_record_about_an_erased_person_is_told_with_all_others(chained: Office) -> None:
    """The one thing that nothing in the database can tell; whoever checks sees that there is one erasure too many."""
    head = extend(chained)
    erase(chained, chained.member)
    extend(chained)
    bad = row_of(chained, "MEMBER", "digest:")
    record(chained, bad, chained.member, chain.decoded(bad)["after"] | {"status": "INACTIVE"})
    verdict = verify(chained, f"{head.revision}:{head.digest.hex()}")
    assert (verdict.bad_revision, len(verdict.erasures)) == (None, 2)
