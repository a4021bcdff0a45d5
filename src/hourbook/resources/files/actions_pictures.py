"""Reading a picture and writing it anew; slow, so it runs before a transaction.

Nothing that was sent is kept as it was: the picture is decoded and encoded again, which leaves behind
whatever else stood in the file. Sides are bounded by the header before anything is decoded. The
library is imported with the first upload, because the start is measured.
"""

import contextlib
import io
import warnings
from functools import cache
from typing import TYPE_CHECKING, Any

from hourbook.core.errors import InvalidValue
from hourbook.resources.files import rules
from hourbook.resources.files.rules import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

BROKEN = "The image can't be read: it is damaged or incomplete"


def written_anew(content: bytes, content_type: str) -> Picture:
    """The picture alone, upright, at most so large; FileTypeRefused for what is none, InvalidValue for a broken one."""
    wanted = rules.format_of(content, content_type)
    images = _library()
    try:
        # Opening reads the header alone.
        with images.open(io.BytesIO(content), formats=[wanted]) as image:
            rules.check_sides(*image.size)
            return _encoded(image, wanted)
    except InvalidValue:
        raise
    except (images.DecompressionBombError, images.DecompressionBombWarning):
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
    # What stands beside the dots may be damaged without harm to them.
    with contextlib.suppress(Exception):
        small = ImageOps.exif_transpose(small)
    small = small.convert(mode)
    # A new picture of the same dots: whatever was said beside them stays behind.
    clean = Image.new(mode, small.size)
    clean.paste(small)
    out = io.BytesIO()
    if wanted == "JPEG":
        clean.save(out, "JPEG", quality=88, optimize=True)
        return Picture(out.getvalue(), "image/jpeg", "jpg")
    clean.save(out, "PNG", optimize=True)
    return Picture(out.getvalue(), "image/png", "png")
