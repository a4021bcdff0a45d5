"""A report as a file: the answer that all report routes give when one is asked for.

The file is made whole before the first byte leaves, so a report that cannot be is refused and never cut.
"""

from typing import Any

from hourbook.http.operation import Call, FileContent
from hourbook.resources.reports.rules_files import FileAsk


def file_answer(call: Call, asked: Any, how: FileAsk) -> FileContent:
    """The report that is asked for, as the file that is asked for."""
    from hourbook.resources.reports.actions_files import Target
    from hourbook.resources.reports.actions_making import make_file

    path = call.new_file(how.kind.suffix)
    made = make_file(call.read, call.columns, asked=asked, target=Target(path, how))
    call.headers.update(made.headers)
    call.headers["Content-Disposition"] = made.disposition
    return FileContent(path, made.content_type)
