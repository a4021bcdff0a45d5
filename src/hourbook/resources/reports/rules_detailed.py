"""What may be asked of the detailed report, and what one row of it says. Pure.

Rows exist as columns of codes up to the last moment (`Portion`), so that a file of a million of them
is made of lists and look-ups. Nothing here knows where they come from.
"""

import enum
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from hourbook.core.errors import InvalidValue
from hourbook.resources.reports.rules import Amount, Ask

PAGE_SIZE = 50
PAGE_SIZE_LIMIT = 1000


class DetailedSort(enum.StrEnum):
    """DATE, ZONED_DATE and NATURAL are by the moment of the start; USER and USER_DATE by person, then start."""

    ID = "ID"
    DESCRIPTION = "DESCRIPTION"
    USER = "USER"
    DURATION = "DURATION"
    DATE = "DATE"
    ZONED_DATE = "ZONED_DATE"
    NATURAL = "NATURAL"
    USER_DATE = "USER_DATE"


BY_START = frozenset({DetailedSort.DATE, DetailedSort.ZONED_DATE, DetailedSort.NATURAL})
BY_PERSON = frozenset({DetailedSort.USER, DetailedSort.USER_DATE})


class Audit(msgspec.Struct, frozen=True, kw_only=True):
    """Entries that somebody should look at: all of what is said must hold.

    `seconds`: tracked longer than that, or shorter with `is_shorter`; equal is neither.
    """

    without_project: bool = False
    without_task: bool = False
    seconds: int | None = None
    is_shorter: bool = False


class DetailedAsk(msgspec.Struct, frozen=True, kw_only=True):
    """The entries themselves, a page of them. Without an order the newest come first."""

    ask: Ask
    page: int = 1
    page_size: int = PAGE_SIZE
    sort: DetailedSort = DetailedSort.DATE
    has_totals: bool = True
    audit: Audit = Audit()

    @property
    def is_descending(self) -> bool:
        if self.ask.is_descending is None:
            return self.sort in BY_START
        return self.ask.is_descending


def check_page(page: int, page_size: int) -> None:
    """InvalidValue outside 1 to the limit; nothing is clamped in silence."""
    if page < 1:
        raise InvalidValue("Page number must be greater than or equal to 1")
    if not 1 <= page_size <= PAGE_SIZE_LIMIT:
        raise InvalidValue(f"Page size must be between 1 and {PAGE_SIZE_LIMIT}")


class NamedThing(msgspec.Struct, frozen=True):
    id: str
    name: str


class NamedPerson(msgspec.Struct, frozen=True):
    id: str
    name: str
    email: str


class NamedProject(msgspec.Struct, frozen=True):
    """The client is None of a project without one."""

    id: str
    name: str
    color: str
    client_id: str | None
    client_name: str | None


class Words(msgspec.Struct, frozen=True):
    """What codes are called. The project -1 and the task -1 are None: an entry has none.

    `people` knows those of the portions so far. `tag_sets`: the tags of each set, by name. `rates`: billable
    rate, cost rate, currency.
    """

    people: Mapping[int, NamedPerson]
    projects: Mapping[int, NamedProject | None]
    tasks: Mapping[int, NamedThing | None]
    tag_sets: Mapping[int, tuple[NamedThing, ...]]
    descriptions: Sequence[str]
    rates: Sequence[tuple[int, int, str]]


class Portion(msgspec.Struct):
    """Some rows in their order, a list for each column; the codes are places in `Words`.

    `seconds`: the time that counts, rounded where the report rounds. `end_s`: None while it runs.
    """

    ids: list[str]
    start_s: list[int]
    end_s: list[int | None]
    seconds: list[int]
    people: list[int]
    projects: list[int]
    tasks: list[int]
    tag_sets: list[int]
    descriptions: list[int]
    rates: list[int]
    types: list[str]
    is_billable: list[bool]
    is_invoiced: list[bool]

    def __len__(self) -> int:
        return len(self.ids)


class Entry(msgspec.Struct, gc=False):
    """One row in words: everything that a page or a file shows of it but its custom fields.

    Rates and amounts are whole numbers: an amount is seconds times rate, 3600 times what it is. A rate
    that earned nothing, since the time is not billable, is 0.
    """

    id: str
    start_s: int
    end_s: int | None
    seconds: int
    person: NamedPerson
    project: NamedProject | None
    task: NamedThing | None
    tags: tuple[NamedThing, ...]
    description: str
    type: str
    is_billable: bool
    is_invoiced: bool
    hourly_minor: int
    cost_minor: int
    currency: str

    def rate(self, kind: Amount) -> int:
        """Minor units an hour."""
        if kind is Amount.PROFIT:
            return self.hourly_minor - self.cost_minor
        return self.cost_minor if kind is Amount.COST else self.hourly_minor

    def amount(self, kind: Amount) -> int:
        """Minor units."""
        return self.seconds * self.rate(kind)


def entries_of(portion: Portion, words: Words) -> Iterator[Entry]:
    """The rows of a portion in words."""
    rates, people, projects, tasks = words.rates, words.people, words.projects, words.tasks
    columns = zip(
        portion.ids,
        portion.start_s,
        portion.end_s,
        portion.seconds,
        portion.people,
        portion.projects,
        portion.tasks,
        portion.tag_sets,
        portion.descriptions,
        portion.types,
        portion.is_billable,
        portion.is_invoiced,
        portion.rates,
        strict=True,
    )
    for id_, start_s, end_s, seconds, person, project, task, tags, text, type_, billable, invoiced, rate in columns:
        hourly, cost, currency = rates[rate]
        yield Entry(
            id_,
            start_s,
            end_s,
            seconds,
            people[person],
            projects[project],
            tasks[task],
            words.tag_sets[tags],
            words.descriptions[text],
            type_,
            billable,
            invoiced,
            hourly if billable else 0,
            cost,
            currency,
        )
