"""The operation that explains a row of a summary; Hourbook's own.

It reads in the worker, as reports do, and writes nothing. Whoever may read the report may have it explained.
"""

from hourbook.http.operation import Call, Cost, operation
from hourbook.resources.reports.wire_explain import ExplainBody, ExplanationReport, explanation_report


@operation(
    "POST",
    "/workspaces/{workspace_id}/reports/explain",
    contract=None,
    action="report.read",
    reads_only=True,
    cost=Cost.LONG,
    in_worker=True,
)
def explain_report_row(call: Call, workspace_id: str, body: ExplainBody) -> ExplanationReport:
    """Explains a row of a summary report: its entries, their rates and rounding, and the sum."""
    from hourbook.resources.reports import actions_explain

    asked = body.to_explain_ask()
    frame, found = actions_explain.explain(call.read, call.columns, asked)
    call.headers.update(frame.headers)
    return explanation_report(asked.summary.groups, found)
