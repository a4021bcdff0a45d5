"""The operations of exports: start one, see how far it is, fetch its file, delete it.

Each is one declared record; nothing is decided here. An export is its author's alone.
"""

from hourbook.core.errors import ExportExpired, ExportNotReady
from hourbook.http.operation import Call, Cost, FileContent, operation
from hourbook.resources.exports import actions, rules
from hourbook.resources.exports.rules import ShownExport
from hourbook.resources.exports.wire import ExportIn, ExportOut, ExportsQuery, export_out

_EXPORTS = "/workspaces/{workspace_id}/exports"
_EXPORT = _EXPORTS + "/{export_id}"


@operation("POST", _EXPORTS, contract=None, action="export.manage", status=201, journals=("EXPORT_STARTED",))
def start_export(call: Call, body: ExportIn) -> ExportOut:
    """Begins to make a report as a file, in the background."""
    asked, how = body.to_asked()
    rules.check_file(how)
    return export_out(ShownExport(actions.start(call.write, body.type, asked=asked, how=how), 0))


@operation("GET", _EXPORTS, contract=None, action="export.manage")
def list_exports(call: Call, query: ExportsQuery) -> list[ExportOut]:
    """Lists one's own exports, newest first."""
    page = query.to_page()
    return [export_out(one) for one in call.paged(actions.list_own(call.read, page), page)]


@operation("GET", _EXPORT, contract=None, action="export.manage")
def get_export(call: Call, export_id: str) -> ExportOut:
    """Tells how far an export is."""
    return export_out(actions.get_own(call.read, export_id))


@operation(
    "GET",
    _EXPORT + "/file",
    contract=None,
    action="export.manage",
    cost=Cost.LONG,
    in_worker=True,
    refuses=(ExportNotReady, ExportExpired),
)
def download_export(call: Call, export_id: str) -> FileContent:
    """Answers the file of an export that is done."""
    path = call.new_file(".export")
    file = actions.write_file(call.read, export_id, path=path)
    call.headers["Content-Disposition"] = f"filename={file.name}"
    call.headers["Cache-Control"] = "no-store"
    return FileContent(path, file.content_type)


@operation("DELETE", _EXPORT, contract=None, action="export.manage", status=204, journals=("EXPORT_DELETED",))
def delete_export(call: Call, export_id: str) -> None:
    """Deletes an export and its file; one that is being made is given up."""
    actions.delete(call.write, export_id)
