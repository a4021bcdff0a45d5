"""How queries and bodies are read (wire contract 0.6)."""

import pytest

from tests.harness import Office


@pytest.fixture
def archived_id(office: Office) -> str:
    office.owner.post("/tags", {"name": "new"})
    tag_id = str(office.owner.post("/tags", {"name": "old"}).body["id"])
    office.owner.put(f"/tags/{tag_id}", {"name": "old", "archived": True})
    return tag_id


@pytest.mark.parametrize("word", ["true", "1", "yes", "on", "TRUE", "True"])
def test_words_for_true(office: Office, archived_id: str, word: str) -> None:
    assert [tag["name"] for tag in office.owner.get("/tags", archived=word).body] == ["old"]


@pytest.mark.parametrize("word", ["false", "0", "no", "off", "FALSE"])
def test_words_for_false(office: Office, archived_id: str, word: str) -> None:
    assert [tag["name"] for tag in office.owner.get("/tags", archived=word).body] == ["new"]


def test_an_empty_value_is_an_absent_one(office: Office, archived_id: str) -> None:
    query = b"archived=&name=&page=&page-size=&sort-column=&sort-order=&excluded-ids="
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    assert len(office.owner.raw("GET", path, query=query).body) == 2


def test_unknown_parameters_are_ignored(office: Office, archived_id: str) -> None:
    assert len(office.owner.get("/tags", colour="red", nonsense="").body) == 2


def test_a_parameter_given_twice_counts_once(office: Office, archived_id: str) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    assert len(office.owner.raw("GET", path, query=b"page-size=1&page-size=2").body) == 1


@pytest.mark.parametrize("query", [b"name=%ff", b"name=%00", b"%ff=1", b"name=%ed%a0%80"])
def test_text_that_is_no_text_is_refused(office: Office, query: bytes) -> None:
    answer = office.owner.raw("GET", f"/api/v1/workspaces/{office.workspace_id}/tags", query=query)
    assert answer.refusal == (400, 3000)


@pytest.mark.parametrize("query", [b"&&&", b"=", b"name", b"%", b"name=%", b"?name=x", b"\xff\xfe", b"a" * 60_000])
def test_odd_queries_get_an_answer(office: Office, query: bytes) -> None:
    answer = office.owner.raw("GET", f"/api/v1/workspaces/{office.workspace_id}/tags", query=query)
    assert answer.status in (200, 400)


@pytest.mark.parametrize("media", ["application/json", "application/json;charset=UTF-8", "application/vnd.api+json"])
def test_json_under_any_of_its_names(office: Office, media: str) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    assert office.owner.raw("POST", path, {"name": "x"}, headers={"Content-Type": media}).status == 201


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_another_content_type_is_415(office: Office, media: str) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    answer = office.owner.raw("POST", path, b"name=x", headers={"Content-Type": media})
    assert answer.status == 415
    assert answer.refusal[1] == 3000


def test_unknown_keys_and_null_in_a_body_are_as_good_as_absent(office: Office) -> None:
    assert office.owner.post("/tags", {"name": "x", "archived": None, "colour": {"a": [1]}}).status == 201


def test_of_two_equal_keys_the_last_counts(office: Office) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    assert office.owner.raw("POST", path, b'{"name": "first", "name": "last"}').body["name"] == "last"
