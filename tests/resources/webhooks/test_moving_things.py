"""A thing that moves from one source to another: what counts is where it is afterwards, or was when it was deleted."""

from hourbook.resources.webhooks.rules import Source
from tests.fanouts import hook, told
from tests.harness import Office

TIMES = {"start": "2026-05-20T08:00:00Z", "end": "2026-05-20T09:00:00Z"}


def test_an_entry_that_moves_is_told_where_it_comes_to_and_not_where_it_goes_from(office: Office) -> None:
    old, new = (office.owner.post("/projects", {"name": name}).body["id"] for name in ("Old", "New"))
    tag = office.owner.post("/tags", {"name": "urgent"}).body["id"]
    made = office.owner.post("/time-entries", {**TIMES, "projectId": old, "tagIds": [tag]}).body["id"]
    left = [
        hook(office, "TIME_ENTRY_UPDATED", Source.PROJECT_ID, old),
        hook(office, "TIME_ENTRY_UPDATED", Source.TAG_ID, tag),
    ]
    entered = hook(office, "TIME_ENTRY_UPDATED", Source.PROJECT_ID, new)
    deleted = hook(office, "TIME_ENTRY_DELETED", Source.PROJECT_ID, new)
    assert office.owner.put(f"/time-entries/{made}", {**TIMES, "projectId": new, "tagIds": []}).status == 200
    assert office.owner.delete(f"/time-entries/{made}").status == 204
    found = told(office, *left, entered, deleted)
    assert [(one.event, one.webhook_id) for one in found] == [
        ("TIME_ENTRY_UPDATED", entered),
        ("TIME_ENTRY_DELETED", deleted),
    ]
    assert {one.body["project"]["name"] for one in found} == {"New"}
