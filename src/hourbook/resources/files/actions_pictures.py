"""Reading an upload and writing its picture anew; slow, so it runs before a transaction.

Nothing that was sent is kept as it was: the picture is decoded and encoded again, which leaves behind
whatever else stood in the file. Sides are bounded by the header before anything is decoded. The
libraries are imported with the first upload, because the start is measured.
"""

import io
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

from hourbook.core.errors import InvalidValue
from hourbook.resources.files import rules
from hourbook.resources.files.rules import Picture, UploadedPart

if TYPE_CHECKING:
    from PIL.Image import Image

FIELD = b"file"
PARTS_LIMIT = 20
HEADER_LIMIT = 2000
BROKEN = "The image can't be read: it is damaged or incomplete"


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


def only_file(content_type: str, body: bytes) -> UploadedPart:
    """The part called `file`; InvalidValue unless there is exactly one, and it is not empty or too large."""
    from python_multipart.multipart import parse_options_header

    found = []
    for headers, content in _parts(content_type, body):
        disposition, options = parse_options_header(headers.get(b"content-disposition", b""))
        if disposition == b"form-data" and options.get(b"name") == FIELD:
            media = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip()
            found.append(UploadedPart(options.get(b"filename", b"").decode("utf-8", "replace"), media, bytes(content)))
    if len(found) != 1:
        raise InvalidValue("An upload must have exactly one part called file")
    if not found[0].content:
        raise InvalidValue("The uploaded file is empty")
    if len(found[0].content) > rules.UPLOAD_LIMIT_BYTES:
        raise InvalidValue(f"An image can't be larger than {rules.UPLOAD_LIMIT_BYTES // 1_000_000} MB")
    return found[0]


def _parts(content_type: str, body: bytes) -> list[tuple[dict[bytes, bytes], bytearray]]:
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    media, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if media != b"multipart/form-data" or not 1 <= len(boundary) <= 256:
        raise InvalidValue("The body must be multipart/form-data with a part called file")
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks())  # type: ignore[arg-type]
        parser.write(body)
        parser.finalize()
    except FormParserError:
        raise InvalidValue("The multipart body can't be read") from None
    if not parts.is_complete:
        raise InvalidValue("The multipart body is incomplete")
    return parts.found


def written_anew(part: UploadedPart) -> Picture:
    """The picture alone, upright, at most so large; FileTypeRefused for what is none, InvalidValue for a broken one."""
    wanted = rules.format_of(part)
    images = _library()
    try:
        # Opening reads the header alone.
        with images.open(io.BytesIO(part.content), formats=[wanted]) as image:
            rules.check_sides(*image.size)
            return _encoded(image, wanted)
    except InvalidValue:
        raise
    except images.DecompressionBombError:
        raise InvalidValue(rules.TOO_LARGE) from None
    except Exception:
        # The readers raise whatever a damaged file leads them to: OSError, ValueError, SyntaxError, struct.error, ...
        raise InvalidValue(BROKEN) from None


@cache
def _library() -> Any:
    """Pillow, told what is too large. Up to twice that it only warns; those the rules refuse."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = rules.PIXELS_LIMIT
    warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
    return Image


def _encoded(image: "Image", wanted: str) -> Picture:
    from PIL import Image, ImageOps

    if wanted == "JPEG":
        # Lets the reader skip detail that would be thrown away.
        image.draft("RGB", (rules.SIDE_STORED * 2, rules.SIDE_STORED * 2))
    image.load()
    mode = "RGB" if wanted == "JPEG" else "RGBA"
    # Dots of a palette can't be mixed; all others are made fewer first, because every copy takes memory.
    small = image.convert(mode) if image.mode in ("1", "P", "PA", "I", "F") else image
    small.thumbnail((rules.SIDE_STORED, rules.SIDE_STORED), Image.Resampling.LANCZOS)
    small = ImageOps.exif_transpose(small).convert(mode)
    # A new picture of the same dots: whatever was said beside them stays behind.
    clean = Image.new(mode, small.size)
    clean.paste(small)
    out = io.BytesIO()
    if wanted == "JPEG":
        clean.save(out, "JPEG", quality=88, optimize=True)
        return Picture(out.getvalue(), "image/jpeg", "jpg")
    clean.save(out, "PNG", optimize=True)
    return Picture(out.getvalue(), "image/png", "png")
