"""What happens to work when something around it breaks: listeners, connections."""

from collections.abc import Iterator, Sequence

import pytest

from hourbook.access.actors import SYSTEM
from hourbook.core.types import Page, SortOrder
from hourbook.db.tx import Change, ReadTx
from hourbook.resources.tags import actions as tags
from hourbook.resources.tags.rules import TagSort
from tests.harness import Office
from tests.watching import LogTail


@pytest.fixture
def broken_listener(office: Office) -> Iterator[None]:
    def fail(changes: Sequence[Change]) -> None:
        raise RuntimeError("no listener can take this")

    office.database.after_commit.append(fail)
    yield
    office.database.after_commit.remove(fail)


@pytest.mark.usefixtures("broken_listener")
def test_a_listener_that_fails_neither_stops_the_writing_nor_takes_back_an_answer(
    office: Office, app_log: LogTail
) -> None:
    answers = [office.owner.post("/tags", {"name": name}) for name in ("One", "Two", "Three")]
    assert [answer.status for answer in answers] == [201, 201, 201]
    assert [line["event"] for line in app_log.lines] == ["a listener of commits failed"] * 3


def test_connections_that_the_server_closed_are_replaced(office: Office) -> None:
    if office.server.is_sqlite:
        pytest.skip("there is no server that could close them")
    assert office.owner.post("/tags", {"name": "Before"}).status == 201
    engine = office.database.engine
    connection = engine.connect()
    connection.fetch_text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    connection.close()
    answers = [office.owner.post("/tags", {"name": f"After {number}"}) for number in range(12)]
    assert {answer.status for answer in answers} == {201}
    assert {office.owner.get("/tags").status for _ in range(12)} == {200}


def test_a_long_read_sees_one_moment(office: Office) -> None:
    def names(tx: ReadTx) -> list[str]:
        return [tag.name for tag in tags.list_tags(tx, {}, Page(), sort=TagSort.NAME, order=SortOrder.ASCENDING)]

    def twice(tx: ReadTx) -> tuple[list[str], list[str]]:
        before = names(tx)
        assert office.owner.post("/tags", {"name": "Meanwhile"}).status == 201
        return before, names(tx)

    assert office.owner.post("/tags", {"name": "Before"}).status == 201
    assert office.read(twice) == (["Before"], ["Before"])
    assert office.read(names) == ["Before", "Meanwhile"]


def test_a_long_read_that_asks_for_it_sees_a_later_moment(office: Office) -> None:
    def names(tx: ReadTx) -> list[str]:
        return [tag.name for tag in tags.list_tags(tx, {}, Page(), sort=TagSort.NAME, order=SortOrder.ASCENDING)]

    def renewed(tx: ReadTx) -> tuple[list[str], list[str], list[str]]:
        before = names(tx)
        assert office.owner.post("/tags", {"name": "Meanwhile"}).status == 201
        tx.renew()
        after = names(tx)
        assert office.owner.post("/tags", {"name": "Too late"}).status == 201
        return before, after, names(tx)

    assert office.owner.post("/tags", {"name": "Before"}).status == 201
    assert office.read(renewed) == (["Before"], ["Before", "Meanwhile"], ["Before", "Meanwhile"])
    assert office.read(names) == ["Before", "Meanwhile", "Too late"]


def test_only_a_long_read_can_ask_for_a_later_moment(office: Office) -> None:
    """A short one shares its snapshot with others, and a write must not lose what it has written."""
    server = office.server

    async def short() -> None:
        await office.database.read(server.facts(SYSTEM), office.workspace_id, lambda tx: tx.renew())

    with pytest.raises(RuntimeError, match="long read"):
        server.loop.run_until_complete(short())
    with pytest.raises(RuntimeError, match="long read"):
        office.write(lambda tx: tx.renew())
