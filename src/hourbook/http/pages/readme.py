"""The README as this installation carries it.

Owns the look-up of the README in the installed distribution, so that the first page can link
to it without an outside address. Reads package metadata only, never a path from a request.
"""

from functools import cache
from importlib.metadata import PackageNotFoundError, metadata


@cache
def readme_text() -> bytes | None:
    """The README in UTF-8, or None where the package is run without being installed."""
    try:
        fields = metadata("hourbook")
    except PackageNotFoundError:
        return None
    if "Description" not in fields:
        return None
    return fields["Description"].encode() or None
