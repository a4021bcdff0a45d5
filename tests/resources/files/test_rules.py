"""The rules of files, by themselves."""

import pytest

from hourbook.core.errors import FileTypeRefused, InvalidValue, QuotaUsedUp
from hourbook.resources.files import routes, rules


def test_a_picture_is_told_by_its_first_bytes() -> None:
    assert rules.format_of(b"\x89PNG\r\n\x1a\nrest", "text/html") == "PNG"
    assert rules.format_of(b"\xff\xd8\xff\xe0", "") == "JPEG"
    assert rules.format_of(b"GIF87a", "") == rules.format_of(b"GIF89a", "") == "GIF"
    assert rules.format_of(b"RIFF\n\n\n\nWEBP", "") == "WEBP"
    with pytest.raises(FileTypeRefused) as refused:
        rules.format_of(b" \x89PNG\r\n\x1a\n", "")
    assert refused.value.media == "application/octet-stream"
    with pytest.raises(InvalidValue):
        rules.format_of(b"\x89PNG\r\n\x1a\n" + b"\0" * rules.UPLOAD_LIMIT_BYTES, "")


def test_a_jpeg_has_not_too_many_layers() -> None:
    scans = b"\xff\xd8\xff" + b"\xff\xda" * rules.SCANS_LIMIT
    assert rules.format_of(scans, "") == "JPEG"
    with pytest.raises(InvalidValue):
        rules.format_of(scans + b"\xff\xda", "")
    assert rules.format_of(b"GIF89a" + scans + scans, "") == "GIF", "these bytes mean nothing elsewhere"


@pytest.mark.parametrize(
    ("width", "height", "is_good"),
    [
        (1, 1, True),
        (8000, 3000, True),
        (8000, 3001, False),
        (8001, 1, False),
        (1, 8001, False),
        (0, 1, False),
        (1, -1, False),
    ],
)
def test_sides_are_bounded(width: int, height: int, is_good: bool) -> None:
    if is_good:
        rules.check_sides(width, height)
        return
    with pytest.raises(InvalidValue):
        rules.check_sides(width, height)


def test_the_quota_is_met_exactly() -> None:
    rules.check_quota(60, 40, quota_bytes=100)
    with pytest.raises(QuotaUsedUp):
        rules.check_quota(60, 41, quota_bytes=100)


def test_an_address_is_that_of_the_operation_that_reads_it() -> None:
    assert rules.FILES_PATH == "/api/hourbook/v1/files/"
    assert routes.read_file.__name__ == "read_file"
    token = "a-_0" * 10 + "abc" + ".png"
    address = rules.address_of("https://example.org/x", token)
    assert address == f"https://example.org/x/api/hourbook/v1/files/{token}"
    assert rules.token_in(address) == token
    for other in (address + "x", address[:-4], address + "\n", "https://example.org/files/" + token, ""):
        assert rules.token_in(other) is None


@pytest.mark.parametrize(
    ("name", "shown"), [("a/b\\c.gif", "c.png"), ("x", "x.png"), ("..", "image.png"), ("a" * 200, "a" * 100 + ".png")]
)
def test_a_name_is_only_a_name(name: str, shown: str) -> None:
    assert rules.shown_name(name, "png") == shown
