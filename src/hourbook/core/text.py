"""Text as people compare it.

The folded companions of names (`name_key` and their like) are made with this and nothing else, so
that both databases sort and search alike.
"""


def fold(text: str) -> str:
    """How names are compared for sorting and searching: without case."""
    return text.casefold()
