"""Files that nobody uses are swept after a day; those in use stay for as long as they are."""

from collections.abc import Callable
from typing import Any

from hourbook.resources.files import actions
from tests import uploads
from tests.harness import Answer, Office
from tests.own_surface import own

Upload = Callable[..., Answer]
DAY = 86_400


def sweep(office: Office, limit: int = 500) -> int:
    """All calls the janitor makes; how many files went."""
    total = 0
    after: str | None = ""
    while after is not None:
        gone, after = office.write(lambda tx, after=after: actions.sweep_unused(tx, after_id=after, limit=limit))
        total += gone
    return total


def is_there(office: Office, url: str) -> bool:
    return office.anonymous.raw("GET", "/" + url.split("/", 3)[3]).status == 200


def made(upload: Upload, number: int, **more: Any) -> str:
    return str(upload(uploads.part(uploads.picture(color=(number, 7, 7))), **more).body["url"])


def test_what_nobody_uses_goes_after_a_day(office: Office, upload: Upload) -> None:
    sweep(office)
    urls = [made(upload, number) for number in range(5)]
    office.clock.move(DAY - 1)
    assert sweep(office) == 0
    office.clock.move(2)
    assert sweep(office, limit=2) >= 5
    assert not any(is_there(office, url) for url in urls)
    assert sweep(office) == 0


def test_pictures_and_logos_stay_until_they_are_replaced(office: Office, upload: Upload) -> None:
    face, logo, other = made(upload, 1), made(upload, 2, by=office.owner), made(upload, 3)
    settings = "/api/hourbook/v1/user/settings"
    assert office.member.raw("PATCH", settings, {"profilePicture": face}).body["profilePicture"] == face
    assert own(office.owner, "PATCH", "", {"imageUrl": logo}).status == 200
    office.clock.move(30 * DAY)
    sweep(office)
    assert (is_there(office, face), is_there(office, logo), is_there(office, other)) == (True, True, False)
    assert office.member.raw("PATCH", settings, {"profilePicture": ""}).status == 200
    assert own(office.owner, "PATCH", "", {"imageUrl": ""}).status == 200
    sweep(office)
    assert not is_there(office, face)
    assert not is_there(office, logo)


def test_whoever_begins_to_use_an_old_file_keeps_it(office: Office, upload: Upload) -> None:
    """Also when the sweep saw it unused a moment before: the moment of use is looked at again."""
    url = made(upload, 4)
    office.clock.move(2 * DAY)
    again = made(upload, 4)
    assert again == url
    assert sweep(office) == 0 or is_there(office, url)
    assert is_there(office, url)
