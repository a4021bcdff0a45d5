"""Material for made-up companies: names, words, and how a working day looks. For `seed` and `demo`.

Everything is drawn from a `random.Random` that the caller seeds, so that the same seed makes the
same company. Nothing here writes; the commands hand what they get to actions.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hourbook.resources.time_entries.rules import Draft

FIRST_NAMES = (
    "Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Farah", "Goran", "Hana", "Ivo", "Jana", "Kofi", "Lena",
    "Mateo", "Noor", "Olga", "Pavel", "Quinn", "Rosa", "Sven", "Tara", "Umar", "Vera", "Wen", "Yara",
)  # fmt: skip
LAST_NAMES = (
    "Almeida", "Berg", "Castro", "Dvorak", "Eriksen", "Fontaine", "Greco", "Hoffmann", "Ito", "Jansen", "Kaya",
    "Lindqvist", "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Silva", "Tanaka", "Urban", "Vasquez",
)  # fmt: skip
CLIENTS = (
    "Harbour Coffee", "Northwind Rail", "Alder & Finch", "Blue Lantern Books", "Meridian Dental", "Kestrel Bikes",
    "Sunfield Farms", "Orchard Housing",
)  # fmt: skip
PROJECTS = (
    "Website", "Mobile app", "Brand refresh", "Data pipeline", "Support", "Customer portal", "Booking system",
    "Newsletter", "Accessibility audit", "Reporting", "Webshop", "Onboarding", "Migration", "Training", "Search",
)  # fmt: skip
TASKS = ("Design", "Development", "Review", "Testing", "Meetings", "Planning", "Documentation", "Release")
TAGS = (
    "on site", "remote", "overtime", "workshop", "urgent", "internal", "travel", "pair work", "bug", "research",
    "call", "quote",
)  # fmt: skip
PLACES = ("Office", "Home", "Client")
VERBS = (
    "Plan", "Review", "Fix", "Write", "Discuss", "Test", "Sketch", "Prepare", "Update", "Clean up", "Measure",
    "Present", "Compare", "Rework", "Release", "Research",
)  # fmt: skip
OBJECTS = (
    "the landing page", "invoice layout", "sign-in flow", "search results", "the release notes", "unit tests",
    "database indexes", "the style guide", "a customer interview", "the sprint board", "error pages",
    "image uploads", "the price table", "e-mail templates", "staging server", "the import script", "checkout",
    "keyboard navigation", "the quarterly report", "colour contrast", "the backlog", "API examples",
    "translations", "the calendar view", "user permissions", "form validation", "the photo gallery", "page speed",
)  # fmt: skip
DAY_S = 86_400
BEGIN_OF_WORK_S, WORK_S = 8 * 3600, 9 * 3600
SHARE_WITH_TAGS = 0.4
SHARE_WITHOUT_TASK = 0.25


def person_name(number: int) -> str:
    """A name for the person with this number; they repeat after some hundreds."""
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    return f"{first} {LAST_NAMES[(number + number // len(FIRST_NAMES)) % len(LAST_NAMES)]}"


def numbered(words: Sequence[str], number: int) -> str:
    """The word of this place; each further round through the words has its number behind."""
    turn, place = divmod(number, len(words))
    return words[place] if turn == 0 else f"{words[place]} {turn + 1}"


@dataclass
class Work:
    """What entries can be about: tags, and each project with its tasks."""

    tasks_of_project: dict[str, list[str]] = field(default_factory=dict)
    tag_ids: list[str] = field(default_factory=list)


class Writer:
    """Writes one person's entries: what was done, on which project, with which tags."""

    def __init__(self, work: Work, rng: random.Random, project_ids: Sequence[str]) -> None:
        """`project_ids`: the projects of the person, those with most hours first."""
        self._rng = rng
        self._descriptions = [f"{verb} {thing}" for verb in VERBS for thing in OBJECTS]
        self._projects = [(project_id, work.tasks_of_project[project_id]) for project_id in project_ids]
        pairs = [(one, other) for one in work.tag_ids for other in work.tag_ids if one < other]
        self._tags: list[tuple[str, ...]] = [*((one,) for one in work.tag_ids for _ in range(4)), *pairs[::3]]

    def draft(self, start_s: int, end_s: int) -> "Draft":
        from hourbook.resources.time_entries.rules import Draft

        chance = self._rng.random
        project_id, task_id = None, None
        if self._projects:
            # The square makes the first projects the busy ones.
            project_id, tasks = self._projects[int(chance() ** 2 * len(self._projects))]
            if tasks and chance() > SHARE_WITHOUT_TASK:
                task_id = tasks[int(chance() * len(tasks))]
        tag_ids: tuple[str, ...] = ()
        if self._tags and chance() < SHARE_WITH_TAGS:
            tag_ids = self._tags[int(chance() * len(self._tags))]
        return Draft(
            start_s=start_s,
            end_s=end_s,
            description=self._descriptions[int(chance() * len(self._descriptions))],
            project_id=project_id,
            task_id=task_id,
            tag_ids=tag_ids,
        )


def pieces_of_day(rng: random.Random, begin_s: int, count: int) -> Iterator[tuple[int, int]]:
    """A working day in `count` entries that follow one another with pauses: (start, end) in seconds."""
    room = WORK_S / count
    for number in range(count):
        start_s = begin_s + int(number * room + rng.random() * room * 0.15)
        yield start_s, start_s + max(1, int(room * (0.5 + rng.random() * 0.35)))


def workdays_before(day_s: int, count: int) -> list[int]:
    """Beginnings (UTC) of the last `count` days from Monday to Friday before a day, oldest first."""
    found: list[int] = []
    while len(found) < count:
        day_s -= DAY_S
        # 1970 began on a Thursday.
        if (day_s // DAY_S + 3) % 7 < 5:
            found.append(day_s)
    return found[::-1]


def spread(total: int, parts: int) -> Iterable[int]:
    """Numbers that differ by one at most and add up to the total."""
    share, rest = divmod(total, parts)
    return [share + (number < rest) for number in range(parts)]
