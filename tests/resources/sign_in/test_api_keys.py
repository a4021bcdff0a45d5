"""API keys on the own surface: make, list, rename, rotate, revoke; keys with an end, and keys that only look."""

import pytest

from hourbook.resources.users import rules
from tests import sign_ins
from tests.harness import NO_CREDENTIAL, REFUSED, UNREADABLE, Answer, Office, Person
from tests.sign_ins import Browser

KEYS = sign_ins.OWN + "/api-keys"
UNKNOWN = (401, 4003)
READ_ONLY = (403, 1007)
NOT_OURS = "API key doesn't belong to Account"
DAY = 86_400


def make(person: Person, **body: object) -> dict[str, str]:
    """A new key: its answer."""
    answer = person.raw("POST", KEYS, {"name": "laptop", **body})
    assert answer.status == 201, answer
    person.server.secrets.append(answer.body["apiKey"])
    found: dict[str, str] = answer.body
    return found


def with_key(person: Person, key: str) -> Person:
    return Person(person.server, person.workspace_id, person.id, key, person.name, person.email)


def rotate(person: Person, key_id: str, **body: object) -> Answer:
    answer = person.raw("POST", f"{KEYS}/{key_id}/rotate", body)
    if answer.status == 201:
        person.server.secrets.append(answer.body["apiKey"])
    return answer


# --- making ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("POST", ""), ("PATCH", "/x"), ("POST", "/x/rotate"), ("DELETE", "/x")],
)
def test_nobody_has_keys(office: Office, method: str, path: str) -> None:
    assert office.anonymous.raw(method, KEYS + path, {"name": "x"}).refusal == NO_CREDENTIAL


def test_a_new_key_is_shown_once_and_works(office: Office) -> None:
    made = make(office.member)
    assert made == {
        "id": made["id"],
        "name": "laptop",
        "createdAt": "2026-05-20T14:00:00Z",
        "lastUsedAt": None,
        "expiresAt": None,
        "readOnly": False,
        "apiKey": made["apiKey"],
    }
    assert with_key(office.member, made["apiKey"]).get("/tags").status == 200
    listed = office.member.raw("GET", KEYS)
    assert [row["name"] for row in listed.body] == ["test", "laptop"]
    assert made["apiKey"].encode() not in listed.content
    assert b"apiKey" not in listed.content


def test_a_session_makes_keys_too(browser: Browser) -> None:
    answer = browser.ask("POST", "/api-keys", {"name": "from a browser"})
    browser.server.secrets.append(answer.body["apiKey"])
    assert answer.status == 201


@pytest.mark.parametrize("name", ["", "  ", "x" * 251])
def test_a_key_needs_a_name(office: Office, name: str) -> None:
    assert office.member.raw("POST", KEYS, {"name": name}).refusal == REFUSED


def test_a_key_ends_when_it_should_exactly_like_an_unknown_one(office: Office) -> None:
    key = with_key(office.member, make(office.member, expiresAt="2026-05-21T14:00:00Z")["apiKey"])
    office.clock.move(DAY - 1)
    assert key.get("/tags").status == 200
    office.server.runtime.pipeline.askers._actors._found.clear()
    office.clock.move(1)
    over, unknown = key.get("/tags"), with_key(office.member, "Kq7" * 16).get("/tags")
    assert over.refusal == unknown.refusal == UNKNOWN
    assert over.content == unknown.content
    assert len(office.member.raw("GET", KEYS).body) == 1


@pytest.mark.parametrize(
    ("expires_at", "refusal"),
    [("2026-05-20T14:00:00Z", REFUSED), ("1999-01-01T00:00:00Z", REFUSED), ("soon", UNREADABLE)],
)
def test_a_key_ends_in_the_future(office: Office, expires_at: str, refusal: tuple[int, int]) -> None:
    assert office.member.raw("POST", KEYS, {"name": "x", "expiresAt": expires_at}).refusal == refusal


def test_a_key_that_only_looks_changes_nothing(office: Office) -> None:
    key = with_key(office.owner, make(office.owner, readOnly=True)["apiKey"])
    assert key.get("/tags").status == 200
    assert key.post("/tags", {"name": "x"}).refusal == READ_ONLY
    assert key.raw("POST", KEYS, {"name": "x"}).refusal == READ_ONLY
    assert key.post("/users/info", {}).status == 200
    assert office.owner.get("/tags").body == []


def test_a_key_that_ends_makes_none_that_ends_later(office: Office) -> None:
    """A key that was lent to somebody cannot be kept by them."""
    lent = with_key(office.member, make(office.member, expiresAt="2026-05-21T14:00:00Z")["apiKey"])
    assert lent.raw("POST", KEYS, {"name": "x"}).refusal == REFUSED
    assert lent.raw("POST", KEYS, {"name": "x", "expiresAt": "2026-05-21T14:00:01Z"}).refusal == REFUSED
    assert lent.raw("POST", KEYS, {"name": "x", "expiresAt": "2026-05-21T14:00:00Z"}).status == 201
    lasting = office.member.raw("GET", KEYS).body[0]["id"]
    assert rotate(lent, lasting).refusal == REFUSED
    assert office.member.get("/tags").status == 200


def test_there_are_only_so_many_keys(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "KEYS_LIMIT", 3)
    made = [make(office.member) for _ in range(2)]
    assert office.member.raw("POST", KEYS, {"name": "x"}).refusal == REFUSED
    assert office.member.raw("DELETE", f"{KEYS}/{made[0]['id']}").status == 204
    make(office.member)


# --- renaming, rotating, revoking --------------------------------------------------------------


def test_a_key_gets_another_name(office: Office) -> None:
    made = make(office.member)
    answer = office.member.raw("PATCH", f"{KEYS}/{made['id']}", {"name": " desktop "})
    assert (answer.status, answer.body["name"]) == (200, "desktop")
    assert office.member.raw("PATCH", f"{KEYS}/{made['id']}", {"name": ""}).refusal == REFUSED
    assert with_key(office.member, made["apiKey"]).get("/tags").status == 200


def test_a_rotated_key_dies_at_once(office: Office) -> None:
    made = make(office.member, readOnly=True, expiresAt="2027-01-01T00:00:00Z")
    old = with_key(office.member, made["apiKey"])
    assert old.get("/tags").status == 200
    answer = rotate(office.member, made["id"])
    assert answer.status == 201
    assert {**answer.body, "id": "", "apiKey": ""} == {**made, "id": "", "apiKey": ""}
    assert old.get("/tags").refusal == UNKNOWN
    assert with_key(office.member, answer.body["apiKey"]).get("/tags").status == 200


def test_both_work_during_an_overlap(office: Office) -> None:
    made = make(office.member)
    old = with_key(office.member, made["apiKey"])
    answer = rotate(office.member, made["id"], overlapSeconds=60)
    new = with_key(office.member, answer.body["apiKey"])
    assert old.get("/tags").status == new.get("/tags").status == 200
    office.server.runtime.pipeline.askers._actors._found.clear()
    office.clock.move(60)
    assert old.get("/tags").refusal == UNKNOWN
    assert new.get("/tags").status == 200


def test_a_replacement_beside_the_old_key_counts_as_one_more(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "KEYS_LIMIT", 2)
    made = make(office.member)
    assert rotate(office.member, made["id"], overlapSeconds=60).refusal == REFUSED
    assert rotate(office.member, made["id"]).status == 201


@pytest.mark.parametrize("seconds", [-1, 7 * DAY + 1, 2**62])
def test_an_overlap_lasts_a_week_at_most(office: Office, seconds: int) -> None:
    made = make(office.member)
    assert rotate(office.member, made["id"], overlapSeconds=seconds).refusal == REFUSED
    assert with_key(office.member, made["apiKey"]).get("/tags").status == 200


def test_a_key_may_rotate_itself(office: Office) -> None:
    made = make(office.member)
    old = with_key(office.member, made["apiKey"])
    answer = rotate(old, made["id"])
    assert answer.status == 201
    assert old.get("/tags").refusal == UNKNOWN


def test_a_revoked_key_dies_at_once(office: Office) -> None:
    made = make(office.member)
    key = with_key(office.member, made["apiKey"])
    assert key.get("/tags").status == 200
    assert office.member.raw("DELETE", f"{KEYS}/{made['id']}").status == 204
    assert key.get("/tags").refusal == UNKNOWN
    assert office.member.raw("DELETE", f"{KEYS}/{made['id']}").message == NOT_OURS


@pytest.mark.parametrize("key_id", ["f" * 24, "nonsense", "0" * 24])
def test_an_unknown_key_is_not_ones_own(office: Office, key_id: str) -> None:
    path = f"{KEYS}/{key_id}"
    assert office.member.raw("PATCH", path, {"name": "x"}).message == NOT_OURS
    assert office.member.raw("DELETE", path).message == NOT_OURS
    assert rotate(office.member, key_id).message == NOT_OURS


def test_nobody_reaches_keys_of_somebody_else_not_even_the_owner(office: Office) -> None:
    made = make(office.member)
    path = f"{KEYS}/{made['id']}"
    for person in (office.owner, office.admin, office.outsider):
        assert person.raw("PATCH", path, {"name": "x"}).message == NOT_OURS
        assert person.raw("DELETE", path).message == NOT_OURS
        assert rotate(person, made["id"]).message == NOT_OURS
        assert made["id"] not in repr(person.raw("GET", KEYS).body)
    assert with_key(office.member, made["apiKey"]).get("/tags").status == 200
