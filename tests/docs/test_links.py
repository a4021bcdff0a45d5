"""Links lead somewhere, and nothing on our pages is fetched from elsewhere."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.markdown import NAMES, ROOT, anchors, links, read


def target_of(name: str, target: str) -> tuple[Path, str]:
    path, _, anchor = target.partition("#")
    page = ROOT / name
    return (page.parent / unquote(path)).resolve() if path else page, anchor


@pytest.mark.parametrize("name", NAMES)
def test_inner_links_lead_to_files_and_headings_that_exist(name):
    broken = []
    for link in links(read(ROOT / name)):
        if not link.is_outside:
            path, anchor = target_of(name, link.target)
            is_there = path.exists() and path.is_relative_to(ROOT)
            if not is_there or (anchor and anchor not in anchors(read(path))):
                broken.append(link.target)
    assert broken == []


@pytest.mark.parametrize("name", NAMES)
def test_no_picture_comes_from_outside(name):
    text = read(ROOT / name)
    assert [link.target for link in links(text) if link.is_image and link.is_outside] == []
    assert not re.search(r"<(img|script|iframe|link)\b", text, re.IGNORECASE)


@pytest.mark.parametrize("name", NAMES)
def test_outside_links_are_https_or_this_machine(name):
    outside = [link.target for link in links(read(ROOT / name)) if link.is_outside]
    assert [target for target in outside if not re.match(r"https://|http://127\.0\.0\.1\b", target)] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_page_names_a_folder_of_somebody_s_machine(name):
    # The units in deploy/ install to these, and their page says so.
    text = read(ROOT / name).replace("/opt/hourbook", "").replace("/var/lib/hourbook", "")
    assert not re.search(r"(?<![\w.])/(home|root|Users|tmp|work|mnt|var|opt|srv)/", text)


def test_every_page_can_be_reached_from_the_readme():
    seen, waiting = set(), ["README.md"]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in NAMES:
            continue
        seen.add(name)
        found = [target_of(name, link.target)[0] for link in links(read(ROOT / name)) if not link.is_outside]
        waiting += [path.relative_to(ROOT).as_posix() for path in found]
        waiting += [f"{path.relative_to(ROOT).as_posix()}/README.md" for path in found if path.is_dir()]
    assert set(NAMES) - seen == set()
