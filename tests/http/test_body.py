"""What a JSON body may be: its depth, its integers, and that none takes long to look at."""

import time
from typing import Any

import pytest

from hourbook.core.errors import UnreadableBody
from hourbook.http.body import BODY_LIMIT_BYTES, DEPTH_LIMIT, decode_body

TOO_DEEP = f"The request body is nested deeper than {DEPTH_LIMIT} levels"
TOO_LONG = "An integer in the request body does not fit into 64 bits"
PAIRS = {"lists": (b"[", b"]"), "objects": (b'{"a":', b"}"), "both in turn": (b'[{"a":', b"}]")}


def refusal(body: bytes) -> str | None:
    try:
        decode_body(body, Any)
    except UnreadableBody as error:
        return str(error)
    return None


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_so_deep_and_no_deeper(pair: tuple[bytes, bytes]) -> None:
    opening, closing = pair
    times = DEPTH_LIMIT // len(closing)
    deepest = opening * times + b"1" + closing * times
    assert refusal(deepest) is None
    assert refusal(b"[" + deepest + b"]") == TOO_DEEP
    assert refusal(b"[" + deepest + b"," + deepest.replace(b"1", b"[]") + b"]") == TOO_DEEP
    assert refusal(b"[1" + b",[]" * 1000 + b"]") is None


@pytest.mark.parametrize("text", [b"[" * 200, b"]" * 200, b"[{" * 100, b"\\" + b'"' * 3, b"a\\\\" * 100])
def test_brackets_in_texts_are_none(text: bytes) -> None:
    quoted = text.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    assert refusal(b"[" + b'"' + quoted + b'",' + b"[]," * DEPTH_LIMIT + b"1]") is None
    assert refusal(b'["' + quoted + b'",' + b"[" * DEPTH_LIMIT + b"]" * DEPTH_LIMIT + b"]") == TOO_DEEP


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        (b"9223372036854775807", True),
        (b"9223372036854775808", False),
        (b"-9223372036854775808", True),
        (b"-9223372036854775809", False),
        (b"1" * 5000, False),
        (b"1" * 30 + b".5", True),
        (b"0." + b"1" * 25, True),
        (b'"' + b"9" * 30 + b'"', True),
    ],
)
def test_integers_have_64_bits(number: bytes, fits: bool) -> None:
    assert refusal(b'{"a": [' + number + b"]}") == (None if fits else TOO_LONG)


@pytest.mark.parametrize("body", [b"[" * 70 + b"]", b"]" * 70, b"[1" * 70])
def test_brackets_that_do_not_fit_are_no_json(body: bytes) -> None:
    assert refusal(body) is not None


@pytest.mark.parametrize(
    "portion",
    [b"1,", b"[],", b'"a",', b'\\"', b'"', b"1234567890123456789,", b"[" * 64 + b"]" * 64 + b",", b"[{", b"]"],
)
def test_no_body_takes_long_to_look_at(portion: bytes) -> None:
    """One that was read again from each of its quotes would take hours."""
    body = b'[[],"' + b"[]" * DEPTH_LIMIT + portion * (BODY_LIMIT_BYTES // len(portion))
    started_s = time.process_time()
    refusal(body)
    refusal(body.replace(b'"', b"", 1))
    assert time.process_time() - started_s < 10
