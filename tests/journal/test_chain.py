"""The digests of the audit chain: what may be rewritten of a row, and what may not."""

import zlib
from typing import Any

import msgspec
import pytest

from hourbook.journal import chain
from hourbook.journal.chain_store import Raw, Salts

HERE, PERSON = "a" * 24, "b" * 24
FIELDS = {"id": PERSON, "email": "max@example.org", "name": "Max", "status": "ACTIVE", "profile_picture": ""}
S1, S2, S3 = ("s" + digit * 32 for digit in "123")


def row(after: Any, *, before: Any = None, revision: int = 7, rows: Any = None) -> Raw:
    texts = [None if one is None else msgspec.json.encode(one).decode() for one in (before, after)]
    packed = None if rows is None else zlib.compress(msgspec.json.encode(rows), 1)
    return Raw(HERE, revision, "USER", (HERE, revision, "USER"), (texts[0], texts[1], packed))


SALTS: Salts = {"after.email": S1, "after.name": S2, "after.profile_picture": S3}


def test_the_digest_stays_when_values_are_erased() -> None:
    before, after = row(FIELDS), row(FIELDS | {"email": "digest:1", "name": "digest:2"})
    kept = chain.keep_digests(before, after, SALTS)
    assert kept["after.profile_picture"] == S3
    assert not {S1, S2} & set(kept.values())
    assert chain.content_digest(after, kept) == chain.content_digest(before, SALTS)
    assert chain.keep_digests(after, after, kept) == kept
    twice = row(FIELDS | {"email": "digest:3", "name": "digest:4"})
    assert chain.content_digest(twice, chain.keep_digests(after, twice, kept)) == chain.content_digest(before, SALTS)


def test_what_nobody_foresaw_keeps_the_digest_of_the_rest_or_of_the_whole() -> None:
    before, after = row(FIELDS), row(FIELDS | {"name": "digest:2", "status": "digest:3"})
    kept = chain.keep_digests(before, after, SALTS)
    assert chain.content_digest(after, kept) == chain.content_digest(before, SALTS)
    again = row(FIELDS | {"name": "digest:5", "status": "digest:6"})
    assert chain.keep_digests(after, again, kept) == kept
    whole = chain.keep_digests(before, after, None)
    assert chain.content_digest(after, whole) == chain.content_digest(before, None)
    assert chain.keep_digests(after, again, whole) == whole


def test_a_row_about_many_keeps_the_digests_of_one_of_them() -> None:
    other = FIELDS | {"id": "c" * 24, "email": "ada@example.org", "name": "Ada"}
    salts = {"rows.0.name": S1, "rows.1.name": S2}
    before, after = row(None, rows=[FIELDS, other]), row(None, rows=[FIELDS | {"name": "digest:1"}, other])
    kept = chain.keep_digests(before, after, salts)
    assert kept["rows.1.name"] == S2
    assert chain.content_digest(after, kept) == chain.content_digest(before, salts)


@pytest.mark.parametrize(
    ("fields", "salts"),
    [
        (FIELDS | {"name": "Moritz"}, SALTS),
        (FIELDS | {"status": "DELETED"}, SALTS),
        ({**FIELDS, "name": FIELDS["email"], "email": FIELDS["name"]}, SALTS | {"after.name": S1, "after.email": S2}),
        (FIELDS, {"after.name": S2, "after.profile_picture": S3}),
        (FIELDS, {**SALTS, "after.status": "s" + "4" * 32}),
        (FIELDS, {}),
        (FIELDS, None),
    ],
)
def test_any_other_row_or_commitment_has_another_digest(fields: Any, salts: Salts | None) -> None:
    assert chain.content_digest(row(fields), salts) != chain.content_digest(row(FIELDS), SALTS)


@pytest.mark.parametrize(
    ("fields", "salts"),
    [
        (FIELDS, SALTS | {"after.name": "d" + "0" * 64}),
        (FIELDS, SALTS | {"after.name": "s" + "0" * 64}),
        (FIELDS, SALTS | {"after.name": "t" + "0" * 32}),
        (FIELDS, SALTS | {"before.name": S1}),
        (FIELDS, SALTS | {"after.nickname": S1}),
        ([1], SALTS),
        (None, SALTS),
    ],
)
def test_what_no_program_wrote_cannot_be_read(fields: Any, salts: Salts) -> None:
    with pytest.raises((KeyError, ValueError, AttributeError)):
        chain.content_digest(row(fields), salts)


def test_a_commitment_says_whether_anything_was_erased() -> None:
    assert not chain.is_rewritten(None)
    assert not chain.is_rewritten(SALTS)
    assert not chain.is_rewritten({})
    for left in ("d" + "0" * 64, "", "x"):
        assert chain.is_rewritten(SALTS | {"after.name": left}), "what is no salt"


def test_what_is_left_of_a_row_is_known_by_number_contents_and_commitment() -> None:
    states = {
        chain.state_digest(one, salts)
        for one in (row(FIELDS), row(FIELDS, revision=8), row(None, before=FIELDS))
        for salts in (SALTS, SALTS | {"after.name": S1}, {})
    }
    assert len(states) == 9
