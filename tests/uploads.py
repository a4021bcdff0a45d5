"""Uploads as clients send them, and pictures to send.

A body is built by hand, because half of the tests send what no library would.
"""

import io
from typing import Any

BOUNDARY = "hourbook-test-boundary"
HEADERS = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}


def part(content: bytes, *, field: str = "file", name: str | None = "me.png", media: str = "image/png") -> bytes:
    """One part of a body."""
    filename = "" if name is None else f'; filename="{name}"'
    head = f'Content-Disposition: form-data; name="{field}"{filename}\r\nContent-Type: {media}\r\n\r\n'
    return f"--{BOUNDARY}\r\n".encode() + head.encode() + content + b"\r\n"


def body(*parts: bytes) -> bytes:
    """The parts as one body."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


def picture(kind: str = "PNG", *, size: tuple[int, int] = (3, 2), color: Any = "#3366cc", **options: Any) -> bytes:
    """A picture of one colour."""
    from PIL import Image

    out = io.BytesIO()
    Image.new(options.pop("mode", "RGB"), size, color).save(out, kind, **options)
    return out.getvalue()
