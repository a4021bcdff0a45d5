"""JSON bodies: what is accepted, and why something is not.

The decoder alone accepts more than the design allows, so depth, UTF-8, integer size and NUL
are checked here (design section 8). Every refusal is an `UnreadableBody` fact with a sentence
that names the place in the body and, for a word, the accepted words.
"""

import re
from functools import lru_cache
from itertools import accumulate
from typing import Any, TypeVar

import msgspec

from hourbook.core.errors import BodyTooLarge, UnreadableBody

Struct = TypeVar("Struct", bound=msgspec.Struct)
DEPTH_LIMIT = 64
BODY_LIMIT_BYTES = 4 * 1024 * 1024
LIST_LIMIT = 100_000
INT_LIMIT = 1 << 63
# Strings, one without an end to the body's end; possessive, so that no body is read twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_MANY_DIGITS = re.compile(rb"[0-9]{19}")
_LONG_NUMBER = re.compile(rb"(?<![0-9.eE+-])-?[0-9]{19}[0-9.eE+-]*")
_STEPS = dict(zip(b"[{]}", (1, 1, -1, -1), strict=True))
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_PATH_STEP = re.compile(r"\.([A-Za-z0-9_]+)|\[(?:\.\.\.|[0-9]+)\]")


def decode_body(body: bytes, kind: Any) -> Any:
    """The body as `kind`; UnreadableBody with the reason when it is not."""
    _check_shape(body)
    try:
        return _decoder(kind).decode(body)
    except msgspec.ValidationError as error:
        raise UnreadableBody(_explain(str(error), kind)) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        reason = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise UnreadableBody(f"The request body is not readable JSON: {reason}") from None


def fit(value: Any, kind: type[Struct], place: str) -> Struct:
    """A part of a body that was taken as it came, as `kind`; UnreadableBody, naming the place, when it is not."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except (msgspec.ValidationError, RecursionError) as error:
        raise UnreadableBody(_explain(str(error).replace("`$", "`$." + place), kind, place)) from None


@lru_cache(maxsize=512)
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, strict=False)


def _check_shape(body: bytes) -> None:
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError:
            raise UnreadableBody("The request body is not valid UTF-8") from None
    if b"\\u0000" in body and _has_nul(body):
        raise UnreadableBody("NUL characters are not accepted")
    is_deep = body.count(b"{") + body.count(b"[") > DEPTH_LIMIT
    has_long_numbers = _MANY_DIGITS.search(body) is not None
    if is_deep or has_long_numbers:
        bare = _STRING.sub(b"", body)
        _check_depth(bare)
        for number in _LONG_NUMBER.finditer(bare) if has_long_numbers else ():
            _check_number(number[0])


def _has_nul(body: bytes) -> bool:
    """An escape for NUL that is not itself behind an escaped backslash."""
    return re.search(rb"(?<!\\)(?:\\\\)*\\u0000", body) is not None


def _check_depth(bare: bytes) -> None:
    """UnreadableBody when brackets stand deeper in one another than the limit; `bare` has no strings."""
    steps = map(_STEPS.__getitem__, bare.translate(None, _NO_BRACKETS))
    if max(accumulate(steps), default=0) > DEPTH_LIMIT:
        raise UnreadableBody(f"The request body is nested deeper than {DEPTH_LIMIT} levels")


def _check_number(token: bytes) -> None:
    digits = token.removeprefix(b"-")
    if digits.isdigit() and (len(digits) > 40 or not -INT_LIMIT <= int(token) < INT_LIMIT):
        raise UnreadableBody("An integer in the request body does not fit into 64 bits")


def check_list_length(value: Any) -> None:
    """BodyTooLarge when a list anywhere at the top two levels has more than the limit of items."""
    lists = [value] if isinstance(value, list) else []
    if isinstance(value, msgspec.Struct):
        lists = [item for name in value.__struct_fields__ if isinstance(item := getattr(value, name), list)]
    if any(len(items) > LIST_LIMIT for items in lists):
        raise BodyTooLarge(f"A list in the request body has more than {LIST_LIMIT} items")


def _explain(text: str, kind: Any, place: str = "") -> str:
    """The decoder's sentence, with the accepted words added where a word was wrong."""
    if "enum value" not in text:
        if place and "`$." not in text:
            text += f" - at `$.{place}`"
        return f"The request body does not fit: {text}"
    path = text.rpartition("`$")[2].rstrip("`").removeprefix("." + place if place else "")
    words = _words_at(path, msgspec.inspect.type_info(kind))
    return f"The request body does not fit: {text}; accepted values: {', '.join(words)}"


def _words_at(path: str, info: Any) -> list[str]:
    for step in _PATH_STEP.finditer(path):
        info = _past_unions(info)
        if step[1] is None:
            info = getattr(info, "item_type", info)
        else:
            fields = {field.encode_name: field.type for field in getattr(info, "fields", ())}
            info = fields.get(step[1], info)
    info = _past_unions(info)
    if isinstance(info, msgspec.inspect.EnumType):
        return [str(member.value) for member in info.cls]
    return [str(value) for value in getattr(info, "values", ())]


def _past_unions(info: Any) -> Any:
    if isinstance(info, msgspec.inspect.Metadata):
        info = info.type
    if isinstance(info, msgspec.inspect.UnionType):
        return next(part for part in info.types if not isinstance(part, msgspec.inspect.NoneType))
    return info
