"""Taking an upload apart: the one file of a multipart body.

The body is in memory already, under the limit of all bodies, so the parser is fed once. What is in the
file is the business of whoever asked for it. The parser is imported with the first upload, because the
start is measured.
"""

import logging
from dataclasses import dataclass

from hourbook.core.errors import InvalidValue
from hourbook.http.operation import Upload

FIELD = b"file"
PARTS_LIMIT = 20
HEADER_LIMIT = 2000


@dataclass(frozen=True)
class UploadedFile:
    """A file with the name and type that its sender claims."""

    name: str
    content_type: str
    content: bytes


class _Parts:
    """Gathers the parts of a multipart body as the parser names their pieces."""

    def __init__(self) -> None:
        self.found: list[tuple[dict[bytes, bytes], bytearray]] = []
        self.is_complete = False
        self._name = bytearray()
        self._value = bytearray()

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_part_data": lambda data, start, end: self.found[-1][1].extend(data[start:end]),
            "on_header_field": lambda data, start, end: self._add(self._name, data[start:end]),
            "on_header_value": lambda data, start, end: self._add(self._value, data[start:end]),
            "on_header_end": self._header,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.found) >= PARTS_LIMIT:
            raise InvalidValue(f"An upload can't have more than {PARTS_LIMIT} parts")
        self.found.append(({}, bytearray()))

    def _add(self, text: bytearray, data: bytes) -> None:
        text += data
        if len(text) > HEADER_LIMIT:
            raise InvalidValue("A header of the upload is too long")

    def _header(self) -> None:
        self.found[-1][0][bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _end(self) -> None:
        self.is_complete = True


def only_file(upload: Upload) -> UploadedFile:
    """The part called `file`; InvalidValue unless there is exactly one and something is in it."""
    from python_multipart.multipart import parse_options_header

    found = []
    for headers, content in _parts(upload):
        disposition, options = parse_options_header(headers.get(b"content-disposition", b""))
        if disposition == b"form-data" and options.get(b"name") == FIELD:
            media = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip()
            found.append(UploadedFile(options.get(b"filename", b"").decode("utf-8", "replace"), media, bytes(content)))
    if len(found) != 1:
        raise InvalidValue("An upload must have exactly one part called file")
    if not found[0].content:
        raise InvalidValue("The uploaded file is empty")
    return found[0]


def _parts(upload: Upload) -> list[tuple[dict[bytes, bytes], bytearray]]:
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    # It writes a line for every broken body; whoever sent one is told, and nobody else has to be.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    media, options = parse_options_header(upload.content_type)
    boundary = options.get(b"boundary", b"")
    if media != b"multipart/form-data" or not 1 <= len(boundary) <= 256:
        raise InvalidValue("The body must be multipart/form-data with a part called file")
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        parser.write(upload.content)
        parser.finalize()
    except FormParserError:
        raise InvalidValue("The multipart body can't be read") from None
    if not parts.is_complete:
        raise InvalidValue("The multipart body is incomplete")
    return parts.found
