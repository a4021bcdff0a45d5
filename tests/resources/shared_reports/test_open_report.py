"""Opening a shared report over HTTP."""

from tests.harness import Office
from tests.resources.shared_reports import sharing


def test_a_public_report_is_opened_by_anybody(office: Office) -> None:
    sharing.track(office.member)
    report = sharing.share(office.member, isPublic=True)
    answer = sharing.opened(office.anonymous, report["id"])
    assert sharing.hours(answer) == 1
    print(answer.body)
