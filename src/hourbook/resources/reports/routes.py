"""The operation of the summary report.

Reports only look, though they are asked with POST, and the worker answers them. The other reports have
files of their own beside this one.
"""

from hourbook.http.operation import Call, Cost, FileContent, Surface, operation
from hourbook.resources.reports.routes_files import file_answer
from hourbook.resources.reports.wire_summary import SummaryReport, SummaryReportBody, summary_report

_REPORTS = "/workspaces/{workspace_id}/reports"


@operation(
    "POST",
    f"{_REPORTS}/summary",
    contract="generateSummaryReport",
    surface=Surface.REPORTS,
    action="report.read",
    reads_only=True,
    cost=Cost.LONG,
    in_worker=True,
)
def get_summary_report(call: Call, workspace_id: str, body: SummaryReportBody) -> SummaryReport | FileContent:
    """Sums of time and money by one to three groups."""
    from hourbook.resources.reports import actions_summary

    asked = body.to_summary_ask()
    if (how := body.to_file_ask()) is not None:
        return file_answer(call, asked, how)
    found = actions_summary.summary(call.read, call.columns, asked)
    frame = found.frame
    call.headers.update(frame.headers)
    return summary_report(found.total, found.nodes, found.counts, money=frame.money, currency=frame.currency)
