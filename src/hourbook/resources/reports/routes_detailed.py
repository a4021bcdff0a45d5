"""The operation of the detailed report.

It only looks, and the worker answers it. What a page holds is decided in the actions.
"""

from hourbook.http.operation import Call, Cost, FileContent, Surface, operation
from hourbook.resources.reports.routes_files import file_answer
from hourbook.resources.reports.wire_detailed import DetailedFrame, DetailedReport, DetailedReportBody, detailed_report


@operation(
    "POST",
    "/workspaces/{workspace_id}/reports/detailed",
    contract="generateDetailedReport",
    surface=Surface.REPORTS,
    action="report.read",
    reads_only=True,
    cost=Cost.LONG,
    in_worker=True,
)
def get_detailed_report(call: Call, workspace_id: str, body: DetailedReportBody) -> DetailedReport | FileContent:
    """The entries themselves, in pages of up to 1000, with what they add up to."""
    from hourbook.resources.reports import actions_detailed

    asked = body.to_detailed_ask()
    if (how := body.to_file_ask()) is not None:
        return file_answer(call, asked, how)
    found = actions_detailed.detailed(call.read, call.columns, asked)
    call.headers.update(found.frame.headers)
    frame = DetailedFrame(found.frame.span.zone, found.frame.money, found.lock_before_s, found.values)
    return detailed_report(found.total, found.entries, frame, has_totals=asked.has_totals)
