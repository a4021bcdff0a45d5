"""Requests and answers as the server and its web server pass them to each other."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, urlencode

HERE = "127.0.0.1"


def goes_on(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    return (b"content-type", b"text/event-stream") in headers


def cookies_of(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    sent = [value.decode("latin-1").partition(";")[0] for name, value in headers if name == b"set-cookie"]
    return {name: value for name, _, value in (cookie.partition("=") for cookie in sent)}


def scope_of(method: str, path: str, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": quote(path).encode(),
        "query_string": query,
        "headers": list(headers),
        "client": (HERE, 50_000),
        "server": ("127.0.0.1", 8080),
        "scheme": "http",
    }


def query_bytes(query: dict[str, Any] | bytes | None) -> bytes:
    """The query of a request: `page_size=2` becomes `page-size=2`, lists are repeated, None is left out."""
    if isinstance(query, bytes):
        return query
    pairs: list[tuple[str, str]] = []
    for name, value in (query or {}).items():
        for item in value if isinstance(value, list | tuple | set) else (value,):
            if item is not None:
                text = ("false", "true")[item] if isinstance(item, bool) else str(item)
                pairs.append((name.replace("_", "-"), text))
    return urlencode(pairs).encode()
