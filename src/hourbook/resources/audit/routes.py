"""The operations of the audit log: the contract's search, and our own look at the whole journal and its chain.

Each is one declared record; nothing is decided here. They read much, so the worker answers them. None of them
writes, and there is none that could.
"""

from hourbook.http.operation import Call, Cost, FileContent, Surface, operation
from hourbook.resources.audit import actions, actions_chain, actions_search
from hourbook.resources.audit.wire import (
    AuditLogEntryOut,
    AuditLogIn,
    ExportQuery,
    HeadOut,
    JournalQuery,
    JournalRowOut,
    VerdictOut,
    VerifyQuery,
    entry_out,
    head_out,
    line_of,
    row_out,
    verdict_out,
)

_AUDIT_LOG = "/workspaces/{workspace_id}/audit-log"


@operation(
    "POST",
    _AUDIT_LOG,
    contract="searchAuditLogs",
    action="audit_log.read",
    surface=Surface.AUDIT,
    reads_only=True,
    cost=Cost.LONG,
    in_worker=True,
)
def search_audit_log(call: Call, body: AuditLogIn) -> list[AuditLogEntryOut]:
    """Searches what was done to time entries, projects, tasks, clients and tags, newest first."""
    return [entry_out(shown) for shown in actions_search.search(call.read, body.to_asked())]


@operation("GET", _AUDIT_LOG, contract=None, action="audit_log.read", cost=Cost.LONG, in_worker=True)
def list_journal(call: Call, query: JournalQuery) -> list[JournalRowOut]:
    """Lists everything that was changed, newest first."""
    found, is_last = actions.list_rows(call.read, query.before, query.to_filters(), limit=query.limit)
    call.headers["Last-Page"] = "true" if is_last else "false"
    return [row_out(row) for row in found]


@operation("GET", _AUDIT_LOG + "/export", contract=None, action="audit_log.read", cost=Cost.LONG, in_worker=True)
def export_journal(call: Call, query: ExportQuery) -> FileContent:
    """Answers everything that was changed as lines of JSON, oldest first, with the digests of the chain."""
    path = call.new_file(".jsonl")
    found = actions.iterate_told(call.read, query.after)
    actions.write_lines(path, (line_of(row, digest) for row, digest in found))
    call.headers["Content-Disposition"] = 'attachment; filename="audit-log.jsonl"'
    call.headers["Cache-Control"] = "no-store"
    return FileContent(path, "application/x-ndjson")


@operation("GET", _AUDIT_LOG + "/head", contract=None, action="audit_log.read", cost=Cost.LONG)
def get_audit_head(call: Call) -> HeadOut:
    """Tells how far the chain over the journal reaches, and its digest there."""
    head, revision = actions_chain.get_head(call.read), actions_chain.journal_revision(call.read)
    return head_out(head.revision, head.digest.hex(), revision)


@operation("GET", _AUDIT_LOG + "/verify", contract=None, action="audit_log.read", cost=Cost.LONG, in_worker=True)
def verify_audit_log(call: Call, query: VerifyQuery) -> VerdictOut:
    """Checks whether all rows of the journal are as they were when they were written."""
    return verdict_out(actions_chain.verify(call.read, query.head))
