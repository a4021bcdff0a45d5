"""A rate of the workspace counts for the entries of people who are no members any more, too."""

from tests.harness import Office

OWN = "/api/hourbook/v1"


def test_entries_of_somebody_who_was_taken_out_follow_the_workspace_s_rate(office: Office) -> None:
    body = {"start": "2026-05-11T08:00:00Z", "end": "2026-05-11T10:00:00Z", "billable": True}
    entry = office.member.post("/time-entries", body).body
    path = f"{OWN}/workspaces/{office.workspace_id}/members/{office.member.id}"
    assert office.owner.raw("DELETE", path).status in (200, 204)
    answer = office.owner.put("/hourly-rate", {"amount": 7700, "since": "2026-05-01T00:00:00Z"})
    assert answer.headers["X-Hourbook-Entries-Changed"] == "1"
    found = office.owner.get(f"/time-entries/{entry['id']}").body
    assert found["hourlyRate"] == {"amount": 7700, "currency": "USD"}
