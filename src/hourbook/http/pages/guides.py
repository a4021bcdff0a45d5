"""The guides as this installation carries them: pages of docs/, for whoever reads the explorer.

They stand in the folder `guides` as links to docs/, which become files in a wheel. Names are compared with the table
here and never joined to a path of a request.
"""

from functools import cache
from importlib.resources import files
from types import MappingProxyType

# Name of the page, and how a link to it reads.
GUIDES = MappingProxyType(
    {
        "authentication.md": "Authentication",
        "webhooks.md": "Webhooks",
        "change-feed.md": "The change feed",
        "addons.md": "Add-ons",
        "errors.md": "Errors",
        "api-changelog.md": "Changes of the API",
        "deploying.md": "Deploying",
    }
)
_FOLDER = files(__name__.rpartition(".")[0]) / "guides"


@cache
def guide_text(name: str) -> bytes | None:
    """A guide in UTF-8; None for a name not in the table, or one that this installation lacks."""
    page = _FOLDER / name
    return page.read_bytes() if name in GUIDES and page.is_file() else None
