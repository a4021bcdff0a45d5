"""The JSON of files (wire-core section 1).

Only this file knows how the contract spells these things.
"""

from hourbook.http.wire import Out


class FileOut(Out):
    """`url` is where anybody who has it reads the picture."""

    name: str
    url: str
