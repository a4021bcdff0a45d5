"""Text as people compare it."""


def fold(text: str) -> str:
    """How names are compared for sorting and searching: without case."""
    return text.casefold()
