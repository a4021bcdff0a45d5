"""The one error shape and the codes every operation shares (wire contract 0.3)."""

import re

import pytest

from tests.harness import REFUSED, UNREADABLE, Office


def test_every_refusal_has_a_message_a_numeric_code_and_a_request_id(office: Office) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    for method, where in [("GET", path + "/x/y"), ("PATCH", path), ("POST", path), ("GET", "/api/v1/nothing")]:
        answer = office.owner.raw(method, where)
        assert answer.refusal
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Request-Id"]


def test_the_request_id_of_the_sender_comes_back_when_it_is_a_harmless_one(office: Office) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    assert office.owner.raw("GET", path, headers={"X-Request-Id": "abc-1"}).headers["X-Request-Id"] == "abc-1"
    for odd in ("a b", "x" * 65, "ü", "a\tb"):
        assert office.owner.raw("GET", path, headers={"X-Request-Id": odd}).headers["X-Request-Id"] != odd


def test_a_query_value_that_cannot_be_converted(office: Office) -> None:
    number = office.owner.get("/tags", page_size="abc")
    assert number.refusal == (400, 3000)
    assert number.message == (
        "Method parameter 'page-size': Failed to convert value of type 'java.lang.String' to required type 'int'; "
        'For input string: "abc"'
    )
    flag = office.owner.get("/tags", archived="maybe")
    assert flag.refusal == (400, 3000)
    assert "required type 'java.lang.Boolean'; Invalid boolean value [maybe]" in flag.message


@pytest.mark.parametrize("number", ["9" * 30, "1e3", "1.0", "0x10", "١", "--1", "1 2"])
def test_numbers_in_a_query_are_plain_ones(office: Office, number: str) -> None:
    assert office.owner.get("/tags", page=number).refusal == (400, 3000)


def test_an_unknown_word_in_a_query_is_answered_with_the_set(office: Office) -> None:
    answer = office.owner.get("/tags", sort_order="UPWARDS")
    assert answer.refusal == REFUSED
    assert answer.message == (
        "You entered invalid value for field: [sort-order]. This field can be empty and can be null. Make sure that "
        "every value representing: [sort-order] must be from the following set: ASCENDING, DESCENDING."
    )


def test_a_missing_body(office: Office) -> None:
    answer = office.owner.post("/tags")
    assert answer.refusal == UNREADABLE
    assert answer.message == "Required request body is missing"
    assert office.owner.raw("POST", f"/api/v1/workspaces/{office.workspace_id}/tags", b"  \n").refusal == UNREADABLE
    assert office.owner.raw("POST", f"/api/v1/workspaces/{office.workspace_id}/tags", b"null").refusal == UNREADABLE


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b"1", b"{'name': 'x'}", b'{"name": 1e999}', b"\xff", b"nul"])
def test_a_body_that_is_no_such_json(office: Office, body: bytes) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    answer = office.owner.raw("POST", path, body)
    assert answer.refusal == UNREADABLE
    assert not re.search(r"msgspec|Traceback|hourbook\.", answer.message)


def test_a_wrong_word_in_a_body_is_answered_with_the_words(office: Office) -> None:
    answer = office.owner.put(f"/users/{office.member.id}", {"status": "ASLEEP"})
    assert answer.status == 400
    assert answer.code in (501, 3002)
    assert "ACTIVE" in answer.message
    assert "INACTIVE" in answer.message


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/tags/{}", "Tag"),
        ("/clients/{}", "Client"),
        ("/projects/{}", "Project"),
        ("/time-entries/{}", "Time entry"),
    ],
)
@pytest.mark.parametrize("odd_id", ["0123456789abcdef01234567", "nonsense", "0" * 24, "%"])
def test_a_missing_thing_is_400_501_and_never_404(office: Office, path: str, word: str, odd_id: str) -> None:
    answer = office.owner.get(path.format(odd_id))
    assert answer.refusal == REFUSED
    assert answer.message == f"{word} doesn't belong to Workspace"


def test_messages_repeat_what_the_caller_sent_but_not_without_end(office: Office) -> None:
    answer = office.owner.get("/tags", page="x" * 5000)
    assert len(answer.message) < 1000


def nested(depth: int) -> bytes:
    """A good body with something ignored in it, so deep in all."""
    return b'{"name": "x", "ignored": ' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


def with_ignored(value: bytes) -> bytes:
    return b'{"name": "x", "ignored": ' + value + b"}"


@pytest.mark.parametrize(
    "body",
    [
        nested(65),
        nested(50_000),
        with_ignored(b"9223372036854775808"),
        with_ignored(b"-9223372036854775809"),
        with_ignored(b"9" * 30),
        b'{"name": "a\\u0000b"}',
        b'{"name": "\xc3\x28"}',
    ],
    ids=["65 deep", "50,000 deep", "beyond 64 bits", "below 64 bits", "30 digits", "NUL", "no utf-8"],
)
def test_limits_hold_even_where_nobody_looks(office: Office, body: bytes) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    assert office.owner.raw("POST", path, body).refusal == UNREADABLE


@pytest.mark.parametrize(
    "body",
    [
        nested(64),
        with_ignored(b"9223372036854775807"),
        with_ignored(b"-9223372036854775808"),
        with_ignored(b'"' + b"9" * 30 + b'"'),
        with_ignored(b'"[[[[ \\" ' + b"[" * 100 + b'"'),
        b'{"name": "a\\\\u0000b"}',
        b'{"name": "\xf0\x9f\x98\x80"}',
    ],
    ids=["64 deep", "the largest", "the smallest", "digits in a text", "brackets in a text", "no NUL", "utf-8"],
)
def test_what_is_within_the_limits_is_accepted(office: Office, body: bytes) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    assert office.owner.raw("POST", path, body).status == 201


def test_a_list_has_at_most_100000_items(office: Office) -> None:
    path = "/time-entries/batch"
    assert office.owner.post(path, {"timeEntryIds": [""] * 100_001}).refusal == (413, 3002)
    assert office.owner.post(path, {"timeEntryIds": ["f" * 24] * 100_000}).refusal == REFUSED
