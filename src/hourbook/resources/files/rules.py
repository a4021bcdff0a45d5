"""What an uploaded file is, which pictures are taken, and what their addresses look like. Pure.

A picture is told by its first bytes, never by its name or the type that a client claims. An address
ends in a token of 256 random bits, so it is the key to the file.
"""

import re

import msgspec

from hourbook.core.errors import FileTypeRefused, InvalidValue, QuotaUsedUp

UPLOAD_LIMIT_BYTES = 4_000_000
# Refused above; bounded by the header alone, before anything is decoded.
SIDE_LIMIT = 8000
PIXELS_LIMIT = 24_000_000
# A JPEG may go over all its dots again and again: forty bytes each time, and a millisecond or two.
SCAN = b"\xff\xda"
SCANS_LIMIT = 200
# Made smaller above: a profile picture or a logo needs no more.
SIDE_STORED = 512
NAME_LIMIT = 100
TOO_LARGE = (
    f"The image is too large: a side can have {SIDE_LIMIT} pixels, the whole {PIXELS_LIMIT // 1_000_000} million"
)
FILES_PATH = "/api/hourbook/v1/files/"
DAY_MICROSECONDS = 86_400_000_000
# How long what nobody uses may stay.
UNUSED_MICROSECONDS = DAY_MICROSECONDS
_IN_ADDRESS = re.compile(re.escape(FILES_PATH) + r"([A-Za-z0-9_-]{43}\.(?:png|jpg))\Z")
_SIGNATURES = (
    ("PNG", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("JPEG", re.compile(rb"\xff\xd8\xff")),
    ("GIF", re.compile(rb"GIF8[79]a")),
    ("WEBP", re.compile(rb"RIFF....WEBP", re.DOTALL)),
)


class StoredFile(msgspec.Struct):
    """A file as it is kept. `token` is the last part of its address, with the ending of its type."""

    id: str
    user_id: str
    token: str
    name: str
    content_type: str
    size_bytes: int
    sha256: bytes
    content: bytes
    used_at_us: int


class Picture(msgspec.Struct, frozen=True):
    """A picture that was read and written anew."""

    content: bytes
    content_type: str
    ending: str


def format_of(content: bytes, content_type: str) -> str:
    """PNG, JPEG, GIF or WEBP, by the first bytes; FileTypeRefused, with the claimed type, for anything else."""
    if len(content) > UPLOAD_LIMIT_BYTES:
        raise InvalidValue(f"An image can't be larger than {UPLOAD_LIMIT_BYTES // 1_000_000} MB")
    for name, signature in _SIGNATURES:
        if signature.match(content):
            if name == "JPEG" and content.count(SCAN) > SCANS_LIMIT:
                raise InvalidValue("The image can't be read: it has too many layers")
            return name
    raise FileTypeRefused(content_type or "application/octet-stream")


def check_sides(width: int, height: int) -> None:
    """InvalidValue for a picture that would take too much memory."""
    if width < 1 or height < 1 or max(width, height) > SIDE_LIMIT or width * height > PIXELS_LIMIT:
        raise InvalidValue(TOO_LARGE)


def check_quota(used_bytes: int, more_bytes: int, *, quota_bytes: int) -> None:
    """QuotaUsedUp when the account would have more uploaded than it may."""
    if used_bytes + more_bytes > quota_bytes:
        raise QuotaUsedUp(quota_bytes // 1_000_000)


def shown_name(name: str, ending: str) -> str:
    """The name to show: the last part of what was sent without anything a path or a header could be made of."""
    last = re.split(r"[\\/]", name)[-1]
    kept = re.sub(r"[^\w .()-]", "", last).strip(" .")
    stem = kept.rpartition(".")[0] or kept
    return f"{stem[:NAME_LIMIT] or 'image'}.{ending}"


def address_of(base_url: str, token: str) -> str:
    """Where the file is read."""
    return base_url + FILES_PATH + token


def token_in(address: str) -> str | None:
    """The token of an address of ours, whatever the server was called then; None for any other address."""
    found = _IN_ADDRESS.search(address)
    return None if found is None else found[1]
