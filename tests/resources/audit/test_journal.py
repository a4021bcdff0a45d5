"""Our own look at the whole journal: list, export, head and check."""

import json
from typing import Any

import pytest

from hourbook.resources.audit import actions, actions_chain
from hourbook.resources.time_entries import actions as time_entries
from hourbook.resources.time_entries.rules import Draft
from tests.harness import DENIED, NO_CREDENTIAL, START_S, Office, Person

PATHS = ("", "/export", "/head", "/verify")


def own(person: Person, path: str = "", **query: Any) -> Any:
    return person.raw("GET", f"/api/hourbook/v1/workspaces/{person.workspace_id}/audit-log{path}", query=query)


@pytest.mark.parametrize("path", PATHS)
def test_only_admins_of_the_workspace_read_it(office: Office, path: str) -> None:
    assert own(office.anonymous, path).refusal == NO_CREDENTIAL
    for person in (office.outsider, office.manager, office.member):
        assert own(person, path).refusal == DENIED
    assert own(office.admin, path).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", PATHS)
def test_nobody_can_write_it(office: Office, method: str, path: str) -> None:
    where = f"/api/hourbook/v1/workspaces/{office.workspace_id}/audit-log{path}"
    assert office.owner.raw(method, where, {}).status == 405


def test_everything_is_in_it_newest_first(office: Office) -> None:
    tag = office.owner.post("/tags", {"name": "one"}).body["id"]
    office.admin.put(f"/tags/{tag}", {"name": "two"})
    office.owner.post("/user-groups", {"name": "g"})
    rows = own(office.owner, limit=1000).body
    assert [row["revision"] for row in rows] == list(range(rows[0]["revision"], 0, -1))
    changed = rows[1]
    assert changed["id"] == f"{office.workspace_id}.{changed['revision']}"
    assert changed["actor"] == {"kind": "user", "id": office.admin.id, "auth": "api_key"}
    assert (changed["kind"], changed["verb"], changed["event"]) == ("TAG", "update", "TAG_UPDATED")
    assert (changed["changed"], changed["before"], changed["after"]["name"]) == (["name"], {"name": "one"}, "two")
    assert changed["entityId"] == tag
    assert {"USER_GROUP", "MEMBER", "WORKSPACE"} <= {row["kind"] for row in rows}


def test_it_comes_in_pages_and_by_kind_and_actor(office: Office) -> None:
    for name in "abc":
        office.owner.post("/tags", {"name": name})
    office.admin.post("/tags", {"name": "d"})
    first = own(office.owner, limit=2, kind="TAG")
    assert first.headers["Last-Page"] == "false"
    names = [row["after"]["name"] for row in first.body]
    rest = own(office.owner, limit=2, kind="TAG", before=first.body[-1]["revision"])
    assert rest.headers["Last-Page"] == "true"
    assert names + [row["after"]["name"] for row in rest.body] == ["d", "c", "b", "a"]
    by_admin = own(office.owner, **{"actor-id": office.admin.id}).body
    assert [row["after"]["name"] for row in by_admin] == ["d"]
    for query in ({"limit": 0}, {"limit": 1001}, {"actor-id": "x"}, {"before": "x"}):
        assert own(office.owner, **query).status == 400


def test_a_page_ends_early_where_rows_are_about_very_many(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hourbook.db.tx.ROWS_JOURNALED_ONE_BY_ONE", 2)
    drafts = [Draft(start_s=START_S - 60 * n, end_s=START_S) for n in range(1, 4)]
    office.write(lambda tx: time_entries.import_entries(tx, office.member.id, drafts))
    office.owner.post("/tags", {"name": "one"})
    whole = [row["revision"] for row in own(office.owner, limit=1000).body]
    monkeypatch.setattr(actions, "THINGS_LIMIT", 2)
    pages = [own(office.owner, limit=1000)]
    while pages[-1].headers["Last-Page"] == "false":
        pages.append(own(office.owner, limit=1000, before=pages[-1].body[-1]["revision"]))
    assert {len(page.body) for page in pages} == {1, 2}
    assert [len(page.body) for page in pages if page.body[0]["ids"]] == [1]
    assert [row["revision"] for page in pages for row in page.body] == whole


def test_of_accounts_it_tells_who_they_are_and_nothing_else(office: Office) -> None:
    rows = own(office.owner, limit=1000).body
    account = next(row for row in rows if row["kind"] == "USER" and row["verb"] == "insert")
    assert {"email", "name"} <= set(account["after"]) <= {"id", "email", "name", "status", "profile_picture"}
    key = next(row for row in rows if row["kind"] == "API_KEY")
    assert (key["before"], key["after"]) == (None, None)


def test_an_export_is_a_line_a_row_with_its_digest(office: Office) -> None:
    office.owner.post("/tags", {"name": "one"})
    head = office.write(actions_chain.extend_to_end)
    office.owner.post("/tags", {"name": "two"})
    answer = own(office.owner, "/export")
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert "audit-log.jsonl" in answer.headers["Content-Disposition"]
    lines = [json.loads(line) for line in answer.content.splitlines()]
    assert [line["revision"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[head.revision - 1]["digest"] == head.digest.hex()
    assert (lines[-1]["digest"], lines[-1]["after"]["name"]) == (None, "two")
    some = own(office.owner, "/export", after=head.revision).content.splitlines()
    assert [json.loads(line)["revision"] for line in some] == [head.revision + 1]


def test_the_head_says_how_far_the_chain_reaches(office: Office) -> None:
    head = office.write(actions_chain.extend_to_end)
    office.owner.post("/tags", {"name": "two"})
    told = own(office.owner, "/head").body
    assert told == {
        "head": f"{head.revision}:{head.digest.hex()}",
        "revision": head.revision,
        "digest": head.digest.hex(),
        "journalRevision": head.revision + 1,
    }
    checked = own(office.owner, "/verify", head=told["head"]).body
    assert checked == {
        "isIntact": True,
        "revision": head.revision,
        "digest": head.digest.hex(),
        "unchainedRows": 1,
        "badRevision": None,
        "reason": "",
        "erasures": [],
    }
    checked = own(office.owner, "/verify", head="1:" + "0" * 64).body
    assert (checked["isIntact"], checked["badRevision"]) == (False, 1)
    assert own(office.owner, "/verify", head="5:").status == 400
