"""`hourbook seed`: fills a database with many plausible entries, for measuring and for trying out size.

The same seed makes the same rows (keys excepted: they are always random). Everything is written
through actions, entries with the batch verb of imports. Nobody else may use the data folder meanwhile.
"""

import contextlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hourbook.cli import sample
from hourbook.cli.runtime import DatabaseOption, DataOption, JsonOption, Opened, opened, print_json, settings_of
from hourbook.core.errors import CannotRun

if TYPE_CHECKING:
    from hourbook.core.clock import FixedClock
    from hourbook.db.tx import Facts, Tx
    from hourbook.resources.time_entries.rules import Draft

# 2026-01-01, a fixed day so that a seed makes the same rows whenever it is used.
CLOCK_S = 1_767_225_600
ENTRIES_A_DAY = 5
LONGEST_PAST_DAYS = 2_600
BATCH = 10_000
SETUP_BATCH = 100
TASKS_LIMIT = 5
Progress = Callable[[int], None]


@dataclass
class Wish:
    """What to make. `users`: people who share the entries, the owner among them."""

    entries: int
    users: int
    projects: int
    seed: int
    workspace: str


@dataclass
class Company:
    """What was made."""

    workspace_id: str
    owner_id: str
    api_key: str
    user_ids: list[str] = field(default_factory=list)
    work: sample.Work = field(default_factory=sample.Work)


def seed(
    entries: Annotated[int, typer.Option(min=0, max=50_000_000, help="How many time entries.")] = 10_000,
    users: Annotated[int, typer.Option(min=1, max=100_000, help="How many people share them.")] = 1,
    projects: Annotated[int, typer.Option(min=0, max=100_000, help="How many projects.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="The same number makes the same rows.")] = 1,
    workspace: Annotated[str, typer.Option(help="The name of the new workspace.")] = "Seeded workspace",
    data: DataOption = None,
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fill a database with a new workspace full of plausible time entries."""
    from hourbook.core.clock import MICROSECONDS_PER_SECOND, FixedClock
    from hourbook.core.ids import IdSource

    wish = Wish(entries, users, projects, seed, workspace)
    clock = FixedClock(CLOCK_S * MICROSECONDS_PER_SECOND)
    settings = settings_of(data=data, database=database)
    with opened(settings, holder="seed", clock=clock, ids=IdSource(clock, seed)) as database_open:
        company = fill(database_open, clock, wish)
    if as_json:
        print_json({"userId": company.owner_id, "workspaceId": company.workspace_id, "apiKey": company.api_key})
        return
    typer.echo(f"{entries:,} time entries of {users:,} people in {projects:,} projects are in the new workspace.")
    typer.echo(f"Owner      {owner_email(seed)}\nAccount    {company.owner_id}")
    typer.echo(f"Workspace  {company.workspace_id}\nAPI key    {company.api_key}")
    typer.echo("The key is shown this once. Clients send it in the header X-Api-Key.")


def owner_email(seed: int) -> str:
    return f"owner@seed-{seed}.example"


def fill(database_open: Opened, clock: "FixedClock", wish: Wish) -> Company:
    """Makes the company and its entries; CannotRun when this seed was used here before."""
    filling = Filling(database_open, clock, wish)
    with progress_bar(wish.entries) as advance:
        company = filling.company()
        for user_id, drafts in filling.batches(company):
            filling.import_batch(company, user_id, drafts)
            advance(len(drafts))
    return company


class Filling:
    """One run: writes in the name of the system, as an import."""

    def __init__(self, database_open: Opened, clock: "FixedClock", wish: Wish) -> None:
        self._runtime = database_open.runtime
        self._clock = clock
        self._wish = wish
        self._rng = random.Random(wish.seed)

    def company(self) -> Company:
        company = self._owner()
        for numbers in portions(range(1, self._wish.users), SETUP_BATCH):
            company.user_ids += self._write(company.workspace_id, partial(self._people, numbers))
        client_ids = self._write(company.workspace_id, self._clients) if self._wish.projects else []
        company.work.tag_ids = self._write(company.workspace_id, self._tags)
        for numbers in portions(range(self._wish.projects), SETUP_BATCH):
            # Drawn outside of the transaction, which may run twice.
            plans = [(number, self._rng.randrange(TASKS_LIMIT + 1), self._rng.random()) for number in numbers]
            made = self._write(company.workspace_id, partial(_projects, plans, client_ids))
            company.work.tasks_of_project.update(made)
        return company

    def batches(self, company: Company) -> "Iterator[tuple[str, list[Draft]]]":
        """Drafts of one person at a time, in the order they were worked."""
        project_ids = list(company.work.tasks_of_project)
        counts = sample.spread(self._wish.entries, self._wish.users)
        for number, (user_id, count) in enumerate(zip(company.user_ids, counts, strict=True)):
            rng = random.Random(f"{self._wish.seed}/{number}")
            turn = number * 7 % len(project_ids) if project_ids else 0
            writer = sample.Writer(company.work, rng, project_ids[turn:] + project_ids[:turn])
            drafts = (writer.draft(start_s, end_s) for start_s, end_s in _times(rng, count))
            for portion in portions(drafts, BATCH):
                yield user_id, portion

    def import_batch(self, company: Company, user_id: str, drafts: "Sequence[Draft]") -> None:
        from hourbook.resources.time_entries import actions

        # Ids of one second are limited; each batch has a second of its own.
        self._clock.move_to(self._clock.now_us() + 1_000_000)
        self._write(company.workspace_id, lambda tx: actions.import_entries(tx, user_id, drafts))

    def _write(self, workspace_id: str, work: "Callable[[Tx], Any]") -> Any:
        return self._runtime.database.write_now(self._facts(), workspace_id, work, alone=True)

    def _facts(self) -> "Facts":
        from hourbook.access.actors import SYSTEM
        from hourbook.core.types import Origin
        from hourbook.db.tx import Facts

        ids = self._runtime.ids
        return Facts(SYSTEM, self._clock.now_us(), f"seed-{self._wish.seed}", ids.new_id, Origin.IMPORT)

    def _owner(self) -> Company:
        from hourbook.resources.users import actions, actions_keys

        email = owner_email(self._wish.seed)

        def work(tx: "Tx") -> Company:
            if actions.find_user_by_email(tx, email) is not None:
                raise CannotRun(
                    f"This database was filled with seed {self._wish.seed} before. "
                    "Choose another --seed, or another folder with --data."
                )
            user, made = actions.create_owner(
                tx, email=email, name=sample.person_name(0), workspace_name=self._wish.workspace
            )
            _, plain = actions_keys.create_api_key(tx, user.id, "seed")
            return Company(made.id, user.id, plain, [user.id])

        company: Company = self._write("", work)
        return company

    def _people(self, numbers: Sequence[int], tx: "Tx") -> list[str]:
        from hourbook.resources.users import actions

        seed = self._wish.seed
        return [
            actions.create_member(tx, f"person{number}@seed-{seed}.example", name=sample.person_name(number)).id
            for number in numbers
        ]

    def _clients(self, tx: "Tx") -> list[str]:
        from hourbook.resources.clients import actions
        from hourbook.resources.clients.rules import Details

        count = min(len(sample.CLIENTS) * 4, 1 + self._wish.projects // 3)
        return [
            actions.create_client(tx, Details(name=sample.numbered(sample.CLIENTS, number))).id
            for number in range(count)
        ]

    def _tags(self, tx: "Tx") -> list[str]:
        from hourbook.resources.tags import actions

        return [actions.create_tag(tx, name).id for name in sample.TAGS]


def _projects(plans: list[tuple[int, int, float]], client_ids: list[str], tx: "Tx") -> dict[str, list[str]]:
    """Projects with their tasks: {project id: task ids}. A plan: number, how many tasks, how public it is."""
    from hourbook.core.money import NewRate
    from hourbook.resources.projects import actions
    from hourbook.resources.projects.rules import Details
    from hourbook.resources.tasks.rules import Draft

    made = {}
    for number, tasks_count, chance in plans:
        details = Details(
            name=sample.numbered(sample.PROJECTS, number),
            client_id=client_ids[number % len(client_ids)] if chance < 0.9 else None,
            billable=chance < 0.7,
            is_public=chance > 0.2,
            hourly_rate=NewRate(int(chance * 100) * 100) if chance > 0.5 else None,
        )
        drafts = [Draft(name=name) for name in sample.TASKS[:tasks_count]]
        made[actions.create_project(tx, details, drafts=drafts).project.id] = drafts
    found = actions.tasks_of(tx, actions.show_projects(tx, list(made)))
    return {project_id: [shown.task.id for shown in found.get(project_id, ())] for project_id in made}


def _times(rng: random.Random, count: int) -> Iterator[tuple[int, int]]:
    """Start and end of so many entries, on working days before the seed's clock, oldest first."""
    if not count:
        return
    days = sample.workdays_before(CLOCK_S, min(LONGEST_PAST_DAYS, max(1, count // ENTRIES_A_DAY)))
    for day_s, number in zip(days, sample.spread(count, len(days)), strict=True):
        yield from sample.pieces_of_day(rng, day_s + sample.BEGIN_OF_WORK_S, number)


def portions(things: Any, size: int) -> Iterator[list[Any]]:
    """Lists of at most `size` of the things."""
    iterator = iter(things)
    while portion := list(islice(iterator, size)):
        yield portion


@contextlib.contextmanager
def progress_bar(total: int) -> Iterator[Progress]:
    """A bar on stderr, so that stdout stays for the answer."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = TextColumn("time entries"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total)
        yield lambda count: bar.advance(task, count)
