"""GET of a file by its address: for everybody, and harmless."""

from collections.abc import Callable

import pytest

from tests import uploads
from tests.harness import REFUSED, Answer, Office

Upload = Callable[..., Answer]


def path_of(answer: Answer) -> str:
    return "/" + str(answer.body["url"]).split("/", 3)[3]


def test_whoever_has_the_address_reads_it(office: Office, upload: Upload) -> None:
    path = path_of(upload(uploads.part(uploads.picture())))
    for person in (office.anonymous, office.outsider, office.member):
        answer = person.raw("GET", path)
        assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
        assert answer.content.startswith(b"\x89PNG")
    head = office.anonymous.raw("HEAD", path)
    assert (head.status, head.content) == (200, b"")


def test_it_is_answered_so_that_nothing_in_it_can_run(office: Office, upload: Upload) -> None:
    answer = office.anonymous.raw("GET", path_of(upload(uploads.part(uploads.picture(), name='"; x=".html'))))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    disposition = answer.headers["content-disposition"]
    assert disposition.startswith('inline; filename="')
    assert disposition.count('"') == 2
    assert disposition.endswith('.png"')
    assert "set-cookie" not in answer.headers


def test_the_address_cannot_be_guessed(upload: Upload) -> None:
    tokens = {path_of(upload(uploads.part(uploads.picture(color=(n, n, n))))).rpartition("/")[2] for n in range(5)}
    assert len(tokens) == 5
    assert all(len(token.partition(".")[0]) == 43 for token in tokens)


@pytest.mark.parametrize("token", ["f" * 24, "x", "..%2f..%2fetc%2fpasswd", "a" * 43 + ".png", "%00", "a" * 5000])
def test_an_unknown_address_has_nothing(office: Office, token: str) -> None:
    answer = office.anonymous.raw("GET", f"/api/hourbook/v1/files/{token}")
    assert answer.refusal in (REFUSED, (404, 3000))


def test_a_part_of_an_address_or_another_ending_has_nothing(office: Office, upload: Upload) -> None:
    path = path_of(upload(uploads.part(uploads.picture())))
    for other in (path[:-4], path[:-5] + path[-4:], path[:-3] + "jpg", path.swapcase()):
        assert office.anonymous.raw("GET", other).status in (400, 404)


def test_the_address_is_below_the_public_one(office: Office, upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    import msgspec

    pipeline = office.server.runtime.pipeline
    public = msgspec.structs.replace(pipeline.deployment, base_url="https://time.example.org/hourbook")
    monkeypatch.setattr(pipeline, "deployment", public)
    url = upload(uploads.part(uploads.picture())).body["url"]
    assert url.startswith("https://time.example.org/hourbook/api/hourbook/v1/files/")
