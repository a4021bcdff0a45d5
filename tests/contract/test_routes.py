"""What is a route and what only looks like one (wire contract 0.1 and 0.4)."""

import pytest

from hourbook import resources
from hourbook.http.operation import OPERATIONS
from tests.harness import REFUSED, Office

resources.load()

ID = "0123456789abcdef01234567"
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def methods_of(pattern: str) -> list[str]:
    """The verbs of the contract's operations with this full path."""
    return sorted({record.method for record in OPERATIONS.values() if record.full_path == pattern and record.contract})


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "", "GET"),
        ("PATCH", "", "GET"),
        ("PUT", f"/projects/{ID}/memberships", "PATCH, POST"),
        ("GET", f"/user-groups/{ID}", "DELETE, PUT"),
        ("GET", f"/user-groups/{ID}/users", "POST"),
        ("GET", "/time-entries", "POST"),
    ],
)
def test_a_route_without_the_verb_is_405_and_lists_the_verbs(
    office: Office, method: str, path: str, allow: str
) -> None:
    answer = office.owner.raw(method, f"/api/v1/workspaces/{office.workspace_id}{path}", {"name": "x"})
    assert answer.refusal == (405, 3000)
    assert answer.message == f"Request method '{method}' is not supported"
    assert answer.headers["Allow"] == allow


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", f"/projects/{ID}/archive"),
        ("POST", f"/projects/{ID}/archive"),
        ("PUT", f"/clients/{ID}/archive"),
        ("PUT", f"/projects/{ID}/hourly-rate"),
        ("PUT", f"/projects/{ID}/cost-rate"),
        ("PATCH", f"/user/{ID}/time-entries/stop"),
        ("PATCH", f"/time-entries/{ID}/stop"),
        *((verb, "/time-entries/invoiced/bulk") for verb in VERBS),
        ("GET", "/shared-reports"),
    ],
)
def test_what_looks_like_a_route_and_is_none(office: Office, method: str, path: str) -> None:
    answer = office.owner.raw(method, f"/api/v1/workspaces/{office.workspace_id}{path}")
    assert answer.refusal == (404, 3000)
    assert answer.message == f"No static resource v1/workspaces/{office.workspace_id}{path}."


@pytest.mark.parametrize(
    ("path", "word"), [("/time-entries/invoiced", "Time entry"), ("/projects/from-template", "Project")]
)
def test_a_word_of_another_verb_is_taken_as_an_id(office: Office, path: str, word: str) -> None:
    answer = office.owner.get(path)
    assert answer.refusal == REFUSED
    assert answer.message == f"{word} doesn't belong to Workspace"


def test_a_member_cannot_be_removed_over_this_interface(office: Office) -> None:
    answer = office.owner.delete(f"/users/{office.member.id}")
    assert answer.refusal == (400, 400)
    assert answer.message == "User is migrated to Cake. Use Cake to remove user from workspace"


@pytest.mark.parametrize("spelling", ["/api/v1/workspaces/{}/tags/", "//api/v1//workspaces/{}///tags"])
def test_trailing_and_doubled_slashes_do_not_matter(office: Office, spelling: str) -> None:
    assert office.owner.raw("GET", spelling.format(office.workspace_id)).status == 200


def test_the_gateway_alias_is_the_same_place(office: Office) -> None:
    path = f"/clockify/api/v1/workspaces/{office.workspace_id}/tags"
    assert office.owner.raw("POST", path, {"name": "x"}).status == 201
    assert office.owner.get("/tags").body[0]["name"] == "x"


@pytest.mark.parametrize("path", ["/api/v1", "/api/v2/user", "/api/v1/users", "/api", "/api/v1/workspaces/x/tags/y/z"])
def test_no_route_at_all(office: Office, path: str) -> None:
    answer = office.owner.raw("GET", path)
    assert answer.refusal == (404, 3000)
    assert answer.message.startswith("No static resource ")


def test_head_is_get_without_the_body(office: Office) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    office.owner.post("/tags", {"name": "x"})
    get, head = office.owner.raw("GET", path), office.owner.raw("HEAD", path)
    assert (head.status, head.content) == (200, b"")
    for name in ("Content-Type", "Content-Length", "Last-Page"):
        assert head.headers[name] == get.headers[name]
    assert office.owner.raw("HEAD", path + "/nonsense").status == 400


def test_every_route_answers_the_verbs_it_lists(office: Office) -> None:
    """404, 405 and Allow come from one layer: each path says the verbs that it has, and no other."""
    for pattern in sorted({record.full_path for record in OPERATIONS.values() if record.contract}):
        there = methods_of(pattern)
        path = pattern.replace("{workspace_id}", office.workspace_id)
        for verb in set(VERBS) - set(there):
            full = path.replace("{", "").replace("}", "")
            answer = office.owner.raw(verb, full)
            taken_as_an_id = answer.status in (400, 200, 403)
            assert answer.status == 405 or taken_as_an_id, (verb, pattern, answer)
            if answer.status == 405:
                assert set(there) <= set(answer.headers["Allow"].split(", ")), pattern


def test_a_preflight_is_answered_for_any_origin_without_credentials(office: Office) -> None:
    headers = {"Origin": "https://example.com", "Access-Control-Request-Method": "PUT"}
    answer = office.anonymous.raw("OPTIONS", f"/api/v1/workspaces/{office.workspace_id}/tags", headers=headers)
    assert (answer.status, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "X-Api-Key" in answer.headers["Access-Control-Allow-Headers"]
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]


def test_a_browser_may_read_the_headers_it_needs(office: Office) -> None:
    path = f"/api/v1/workspaces/{office.workspace_id}/tags"
    answer = office.owner.raw("GET", path, headers={"Origin": "https://example.com"})
    for name in ("Last-Page", "Retry-After", "Content-Disposition"):
        assert name in answer.headers["Access-Control-Expose-Headers"]
