"""The rules of fan-out: which webhook hears of which event."""

import pytest

from hourbook.resources.webhooks import rules_fanout as rules
from hourbook.resources.webhooks.rules import Source
from hourbook.resources.webhooks.rules_deliveries import Room
from hourbook.resources.webhooks.rules_fanout import Message, Sources, Subscription

ALL_SOURCES = {
    Source.USER_ID: Sources(user_ids=("x",)),
    Source.PROJECT_ID: Sources(project_ids=("x",)),
    Source.TASK_ID: Sources(task_ids=("x",)),
    Source.TAG_ID: Sources(tag_ids=("a", "x")),
    Source.ASSIGNMENT_ID: Sources(assignment_ids=("x",)),
    Source.EXPENSE_ID: Sources(expense_ids=("x",)),
}


def subscription(source: Source, ids: str = '["x","y"]', addon_id: str | None = None) -> Subscription:
    return Subscription("w1", "u1", addon_id, "NEW_TAG", source.value, ids)


@pytest.mark.parametrize("source", ALL_SOURCES)
def test_a_source_is_looked_for_where_it_belongs(source: Source) -> None:
    listener = rules.listener_of(subscription(source))
    assert {other for other, about in ALL_SOURCES.items() if listener.wants(about)} == {source}


@pytest.mark.parametrize("ids", ["[]", '["w"]'])
def test_the_whole_workspace_hears_of_everything(ids: str) -> None:
    assert rules.listener_of(subscription(Source.WORKSPACE_ID, ids)).wants(Sources())


def test_a_webhook_is_served_while_its_maker_is_an_admin_and_an_addons_always() -> None:
    assert rules.is_served(subscription(Source.WORKSPACE_ID), {"u1", "u2"})
    assert not rules.is_served(subscription(Source.WORKSPACE_ID), {"u2"})
    assert rules.is_served(subscription(Source.WORKSPACE_ID, addon_id="a1"), set())


def test_the_first_of_each_free_webhook_are_sent_at_once_as_far_as_there_is_room() -> None:
    messages = [Message(number, part, "NEW_TAG", b"{}", ("a", "b", "busy")) for number in (7, 8) for part in (0, 1)]

    def found(limit: int, each: int) -> list[tuple[int, int, str]]:
        return sorted(rules.sent_at_once(messages, {"a", "b"}, Room(limit=limit, each=each, failing_limit=1)))

    assert found(64, 1) == [(7, 0, "a"), (7, 0, "b")]
    assert found(64, 3) == [(7, 0, "a"), (7, 0, "b"), (7, 1, "a"), (7, 1, "b"), (8, 0, "a"), (8, 0, "b")]
    assert found(3, 8) == [(7, 0, "a"), (7, 0, "b"), (7, 1, "a")]
    assert found(0, 8) == []
