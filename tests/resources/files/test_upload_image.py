"""POST /file/image: what is taken, what is made of it, and everything hostile."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, PngImagePlugin

from hourbook.resources.files import rules
from tests import uploads
from tests.harness import NO_CREDENTIAL, REFUSED, Answer, Office

Upload = Callable[..., Answer]
Count = Callable[[], int]
TYPE_REFUSED = (400, 4015)
QUOTA = (400, 4033)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
BOUNDARY_X = {"content-type": "multipart/form-data; boundary=x"}
SCRIPT = b"alert(document.cookie)"


def read(office: Office, url: str) -> Answer:
    """The file at an address, asked without a credential."""
    return office.anonymous.raw("GET", "/" + url.split("/", 3)[3])


def opened(answer: Answer) -> Image.Image:
    return Image.open(io.BytesIO(answer.content))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that claims these sides, whatever its dots are."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")


def with_scans(count: int) -> bytes:
    """A progressive JPEG that goes over its dots so many times more."""
    whole = uploads.picture("JPEG", size=(64, 64), progressive=True)
    first = whole.index(b"\xff\xda")
    second = whole.index(b"\xff\xda", first + 2)
    head = whole.rindex(b"\xff\xc4", first, second) if b"\xff\xc4" in whole[first:second] else second
    end = min(found for mark in (b"\xff\xc4", b"\xff\xda", b"\xff\xd9") if (found := whole.find(mark, second + 2)) > 0)
    return whole[:head] + whole[head:second] + whole[second:end] * count + whole[end:]


def test_a_jpeg_of_very_many_layers_is_refused_before_it_is_read(office: Office, upload: Upload, kept: Count) -> None:
    """Each takes forty bytes to say and a millisecond or two to read."""
    assert upload(uploads.part(with_scans(5))).status == 200
    answer = upload(uploads.part(with_scans(rules.SCANS_LIMIT + 1)))
    assert answer.refusal == REFUSED
    assert "layers" in answer.message
    assert kept() == 1


def test_without_a_credential_nothing_is_taken(office: Office, upload: Upload, kept: Count) -> None:
    assert upload(uploads.part(uploads.picture()), by=office.anonymous).refusal == NO_CREDENTIAL
    assert kept() == 0


def test_it_answers_name_and_address_like_the_service(office: Office, upload: Upload) -> None:
    answer = upload(uploads.part(uploads.picture(), name="image.png"))
    assert answer.status == 200
    assert answer.body == {"name": "image.png", "url": answer.body["url"]}
    assert answer.body["url"].startswith("http://127.0.0.1:8080/api/hourbook/v1/files/")


@pytest.mark.parametrize(
    ("kind", "options", "stored"),
    [
        ("PNG", {}, "PNG"),
        ("PNG", {"mode": "RGBA", "color": (1, 2, 3, 100)}, "PNG"),
        ("PNG", {"mode": "L", "color": 7}, "PNG"),
        ("PNG", {"mode": "1", "color": 1}, "PNG"),
        ("PNG", {"mode": "P", "color": 3}, "PNG"),
        ("PNG", {"mode": "I;16", "color": 300}, "PNG"),
        ("JPEG", {}, "JPEG"),
        ("JPEG", {"mode": "L", "color": 9}, "JPEG"),
        ("JPEG", {"mode": "CMYK", "color": (1, 2, 3, 4)}, "JPEG"),
        ("GIF", {}, "PNG"),
        ("WEBP", {}, "PNG"),
    ],
)
def test_the_four_kinds_are_taken_in_every_mode(
    office: Office, upload: Upload, kind: str, options: dict[str, object], stored: str
) -> None:
    sent = uploads.picture(kind, size=(40, 20), **options)
    answer = upload(uploads.part(sent, media="application/octet-stream", name="x"))
    assert answer.status == 200, answer
    found = opened(read(office, answer.body["url"]))
    assert (found.format, found.size) == (stored, (40, 20))


def test_a_large_picture_is_made_smaller_and_keeps_its_shape(office: Office, upload: Upload) -> None:
    url = upload(uploads.part(uploads.picture("JPEG", size=(4000, 1000)))).body["url"]
    assert opened(read(office, url)).size == (512, 128)


def test_a_turned_photograph_stands_upright_and_says_nothing_about_its_maker(office: Office, upload: Upload) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SECRET-CAMERA"
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 0.0)}
    sent = uploads.picture("JPEG", size=(60, 20), exif=exif.tobytes(), comment=b"SECRET-COMMENT")
    answer = read(office, upload(uploads.part(sent)).body["url"])
    found = opened(answer)
    assert found.size == (20, 60)
    assert not found.getexif()
    assert b"SECRET" in sent
    assert b"SECRET" not in answer.content


def test_texts_and_profiles_of_a_png_are_left_behind(office: Office, upload: Upload) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", "SECRET-AUTHOR")
    info.add_itxt("Comment", "SECRET-COMMENT")
    answer = read(
        office, upload(uploads.part(uploads.picture(pnginfo=info, icc_profile=b"SECRET-PROFILE"))).body["url"]
    )
    assert b"SECRET" not in answer.content
    assert not opened(answer).info


def test_the_dots_are_those_that_were_sent(office: Office, upload: Upload) -> None:
    answer = read(office, upload(uploads.part(uploads.picture(color=(200, 100, 50)))).body["url"])
    assert opened(answer).convert("RGB").getpixel((1, 1)) == (200, 100, 50)


# --- what is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (SVG, "image/svg+xml"),
        (SVG, "image/png"),
        (b"<?xml version='1.0'?>" + SVG, "image/svg+xml"),
        (HTML, "text/html"),
        (HTML, "image/png"),
        (b"text", "text/plain"),
        (b"%PDF-1.7", "application/pdf"),
        (b"BM" + b"\0" * 60, "image/bmp"),
        (b"II*\0" + b"\0" * 60, "image/tiff"),
        (b"\0\0\1\0" + b"\0" * 60, "image/x-icon"),
        (b"8BPS" + b"\0" * 60, "image/vnd.adobe.photoshop"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", "image/png"),
        (b"PK\x03\x04", "image/png"),
        (b"RIFF\0\0\0\0WAVE", "image/webp"),
        (b"\0", ""),
    ],
)
def test_other_kinds_are_refused_whatever_they_claim_to_be(
    upload: Upload, kept: Count, content: bytes, media: str
) -> None:
    answer = upload(uploads.part(content, media=media, name="me.png"))
    assert answer.refusal == TYPE_REFUSED, answer
    assert answer.message == f"Uploading files of type {media or 'application/octet-stream'} is not allowed"
    assert kept() == 0


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
@pytest.mark.parametrize("kept_part", [0.2, 0.5, 0.95])
def test_a_picture_that_is_cut_off_is_refused(upload: Upload, kept: Count, kind: str, kept_part: float) -> None:
    noise = Image.effect_noise((64, 64), 80).convert("RGB")
    out = io.BytesIO()
    noise.save(out, kind)
    whole = out.getvalue()
    answer = upload(uploads.part(whole[: int(len(whole) * kept_part)]))
    assert answer.refusal == REFUSED, answer
    assert "damaged" in answer.message
    assert kept() == 0


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n",
        b"\x89PNG\r\n\x1a\n" + b"\xff" * 500,
        b"\xff\xd8\xff" + b"\0" * 100,
        b"GIF89a",
        b"GIF89a" + SCRIPT,
        b"RIFF\x10\0\0\0WEBPVP8 ",
        b"RIFF\xff\xff\xff\xffWEBPVP8X" + b"\xff" * 40,
        png_header(0, 5),
        png_header(10, 10, b"short"),
        uploads.picture()[:30] + b"\xff\xff" + uploads.picture()[32:],
    ],
)
def test_what_only_begins_like_a_picture_is_refused(upload: Upload, kept: Count, content: bytes) -> None:
    assert upload(uploads.part(content)).refusal == REFUSED
    assert kept() == 0


@pytest.mark.parametrize(
    ("width", "height"), [(8001, 1), (1, 8001), (5000, 5000), (65_000, 65_000), (2_000_000_000, 2_000_000_000)]
)
def test_huge_sides_are_refused_by_the_header_alone(
    upload: Upload, kept: Count, monkeypatch: pytest.MonkeyPatch, width: int, height: int
) -> None:
    def never(*given: object) -> None:
        raise AssertionError("it was decoded")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load_prepare", never)
    answer = upload(uploads.part(png_header(width, height, b"\0" * 1000)))
    assert answer.refusal == REFUSED
    assert "too large" in answer.message or "damaged" in answer.message
    assert kept() == 0


def test_a_small_file_that_would_unpack_to_gigabytes_is_refused(upload: Upload, kept: Count) -> None:
    """Forty megapixels of nothing are some forty kilobytes."""
    out = io.BytesIO()
    Image.new("1", (7900, 5000)).save(out, "PNG", optimize=True)
    assert len(out.getvalue()) < 50_000
    assert "too large" in upload(uploads.part(out.getvalue())).message
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 10, 10, 8, 2, 0, 0, 0))
    bomb += chunk(b"zTXt", b"k\0\0" + zlib.compress(b"\0" * 200_000_000)) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    assert upload(uploads.part(bomb)).refusal == REFUSED
    assert kept() == 0


def test_a_gif_whose_frames_are_larger_than_it_says_is_bounded(upload: Upload, kept: Count) -> None:
    frame = b"," + struct.pack("<HHHH", 0, 0, 60_000, 60_000) + b"\0\2\2\x4c\x01\0;"
    content = b"GIF89a" + struct.pack("<HH", 5, 5) + b"\x80\0\0" + b"\0" * 6 + frame
    assert upload(uploads.part(content)).refusal == REFUSED
    assert kept() == 0


def test_too_many_bytes_are_refused(upload: Upload, kept: Count) -> None:
    content = uploads.picture() + b"\0" * rules.UPLOAD_LIMIT_BYTES
    assert "larger than 4 MB" in upload(uploads.part(content)).message
    assert upload(uploads.part(content * 2)).status == 413
    assert kept() == 0


# --- what is neutralised -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        uploads.picture() + HTML,
        uploads.picture("JPEG") + SCRIPT,
        uploads.picture("GIF") + HTML,
        uploads.picture("GIF", comment=SCRIPT),
        uploads.picture("JPEG", comment=HTML),
        uploads.picture("WEBP", exif=b"Exif\0\0" + SCRIPT),
        uploads.picture() + b"PK\x03\x04 evil.html",
    ],
)
def test_of_a_file_that_is_two_things_only_the_picture_is_kept(office: Office, upload: Upload, content: bytes) -> None:
    answer = upload(uploads.part(content, name="x.html", media="text/html"))
    assert answer.status == 200, answer
    stored = read(office, answer.body["url"])
    assert opened(stored).size == (3, 2)
    assert not any(part in stored.content for part in (SCRIPT, HTML, b"<script", b"PK\x03\x04"))
    assert stored.headers["content-type"].startswith("image/")


def test_a_gif_that_is_a_script_as_well_is_refused_or_made_harmless(office: Office, upload: Upload) -> None:
    """`GIF89a=1;` is a statement of a script and the beginning of a header that says 61 by 59 dots."""
    answer = upload(uploads.part(b"GIF89a/*" + b"\0" * 6 + b"*/=1;" + SCRIPT))
    assert answer.refusal == REFUSED


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\me\\face.gif", "face.png"),
        ("me.svg", "me.png"),
        ("<script>.png", "script.png"),
        ("a\u202egnp.exe", "agnp.png"),
        ("x" * 300 + ".png", "x" * 100 + ".png"),
        ("Ärger & Co (2).jpeg", "Ärger  Co (2).png"),
        ("...", "image.png"),
        ("", "image.png"),
        (None, "image.png"),
    ],
)
def test_the_name_is_only_a_name(upload: Upload, name: str | None, shown: str) -> None:
    assert upload(uploads.part(uploads.picture(), name=name)).body["name"] == shown


# --- the body ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (uploads.part(uploads.picture(), field="image"),),
        (uploads.part(uploads.picture()), uploads.part(uploads.picture())),
        (uploads.part(b""),),
        tuple(uploads.part(b"x", field=f"f{number}") for number in range(30)),
    ],
    ids=["none", "another name", "two", "empty", "very many"],
)
def test_there_must_be_exactly_one_file_with_something_in_it(
    upload: Upload, kept: Count, parts: tuple[bytes, ...]
) -> None:
    assert upload(*parts).refusal == REFUSED
    assert kept() == 0


def test_other_fields_beside_it_do_no_harm(upload: Upload) -> None:
    assert upload(uploads.part(b"x", field="note", name=None), uploads.part(uploads.picture())).status == 200


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", BOUNDARY_X),
        (b"nonsense", BOUNDARY_X),
        (b"--x\r\n", BOUNDARY_X),
        (
            b"--x\r\nContent-Disposition: form-data; name=file\r\n\r\nhalf",
            {"content-type": "multipart/form-data; boundary=x"},
        ),
        (b"--x\r\n\xff\xfe: \0\r\n\r\n--x--", BOUNDARY_X),
        (b"--x\r\n" + b"A" * 5000 + b": b\r\n\r\nx\r\n--x--\r\n", BOUNDARY_X),
        (b"x", {"content-type": "multipart/form-data"}),
        (b"x", {"content-type": "multipart/form-data; boundary="}),
        (b"x", {"content-type": "multipart/form-data; boundary=" + "x" * 500}),
        (b"x", {"content-type": "multipart/form-data; boundary=\xff"}),
        (b"x", {"content-type": "text/multipart/form-data"}),
    ],
)
def test_a_body_that_is_no_upload_is_refused(upload: Upload, kept: Count, body: bytes, headers: dict[str, str]) -> None:
    answer = upload(body=body, headers=headers)
    assert 400 <= answer.status < 500, answer
    assert answer.refusal
    assert kept() == 0


def test_json_is_no_upload(office: Office) -> None:
    assert office.member.raw("POST", "/api/v1/file/image", {"file": "x"}).refusal == (415, 3000)


# --- keeping -----------------------------------------------------------------------------------


def test_the_same_picture_again_is_the_file_that_is_there(office: Office, upload: Upload, kept: Count) -> None:
    first = upload(uploads.part(uploads.picture(), name="one.png")).body
    again = upload(uploads.part(uploads.picture(), name="two.png")).body
    assert (again["url"], again["name"]) == (first["url"], "two.png")
    assert kept() == 1
    assert upload(uploads.part(uploads.picture()), by=office.admin).body["url"] != first["url"]


def test_an_account_has_a_quota_and_others_are_not_concerned(
    office: Office, upload: Upload, kept: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    import msgspec

    pipeline = office.server.runtime.pipeline
    one = len(uploads.picture())
    smaller = msgspec.structs.replace(pipeline.deployment, upload_quota_bytes=4 * one)
    monkeypatch.setattr(pipeline, "deployment", smaller)
    answers = [upload(uploads.part(uploads.picture(color=(number, 0, 0)))) for number in range(8)]
    statuses = [answer.status for answer in answers]
    assert statuses[0] == 200
    assert answers[-1].refusal == QUOTA
    assert kept() == statuses.count(200) < 8
    assert upload(uploads.part(uploads.picture()), by=office.admin).status == 200


def test_neither_picture_nor_address_stands_in_the_journal(office: Office, upload: Upload) -> None:
    from hourbook.journal.journal import iterate_since

    url = upload(uploads.part(uploads.picture())).body["url"]
    rows = office.read(lambda tx: list(iterate_since(tx, 0)))
    (row,) = (one for one in rows if one.kind == "FILE")
    assert row.actor_id == office.member.id
    assert set(row.after) == {"id", "user_id", "name", "content_type", "size_bytes", "used_at_us"}
    assert url.rpartition("/")[2] not in repr(rows)
