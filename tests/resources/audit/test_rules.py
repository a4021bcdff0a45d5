"""What the audit log calls what happened."""

import itertools

import pytest

from hourbook.core.errors import InvalidValue
from hourbook.resources.audit import rules
from hourbook.resources.audit.rules import Action, Authors, Deed

ME, OTHER = "1" * 24, "2" * 24


def deed(kind: str, verb: str, event: str | None = None, *, origin: str = "api", owner: str | None = ME) -> Deed:
    return Deed(kind, verb, event, origin, ME, owner)


@pytest.mark.parametrize(
    ("done", "action"),
    [
        (deed("TIME_ENTRY", "insert", "NEW_TIMER_STARTED"), "CREATE_TIME_PERSONAL_TIMER"),
        (deed("TIME_ENTRY", "insert", "NEW_TIME_ENTRY"), "CREATE_TIME_PERSONAL_MANUAL"),
        (deed("TIME_ENTRY", "insert_many", "NEW_TIME_ENTRY", origin="import"), "CREATE_TIME_IMPORT"),
        (deed("TIME_ENTRY", "insert", origin="kiosk"), "CREATE_TIME_KIOSK"),
        (deed("TIME_ENTRY", "insert", "NEW_TIMER_STARTED", owner=OTHER), "CREATE_TIME_FOR_OTHER"),
        (deed("TIME_ENTRY", "insert", "TIME_ENTRY_RESTORED"), "RESTORE_TIME"),
        (deed("TIME_ENTRY", "insert", "TIME_ENTRY_RESTORED", owner=OTHER), "RESTORE_TIME_FOR_OTHER"),
        (deed("TIME_ENTRY", "update", "TIMER_STOPPED"), "UPDATE_TIME_PERSONAL"),
        (deed("TIME_ENTRY", "update_many", "TIME_ENTRY_UPDATED", owner=OTHER), "UPDATE_TIME_FOR_OTHER"),
        (deed("TIME_ENTRY", "delete"), "DELETE_TIME_PERSONAL"),
        (deed("TIME_ENTRY", "delete_many", owner=OTHER), "DELETE_TIME_FOR_OTHER"),
        (deed("TIME_ENTRY", "update_many", origin="cascade"), None),
        (deed("TIME_ENTRY", "unlink_many"), None),
        (deed("PROJECT", "insert"), "CREATE_PROJECT"),
        (deed("PROJECT", "insert", origin="import"), "CREATE_PROJECT_IMPORT"),
        (deed("PROJECT", "insert", origin="quickbooks"), "CREATE_PROJECT_QUICKBOOKS"),
        (deed("PROJECT", "update"), "UPDATE_PROJECT"),
        (deed("PROJECT", "delete"), "DELETE_PROJECT"),
        (deed("TASK", "insert", origin="import"), "CREATE_TASK_IMPORT"),
        (deed("TASK", "insert", origin="quickbooks"), "CREATE_TASK"),
        (deed("CLIENT", "insert", origin="quickbooks"), "CREATE_CLIENT_QUICKBOOKS"),
        (deed("TAG", "insert", "NEW_TAG"), "CREATE_TAG"),
        (deed("TAG", "update", origin="import"), "UPDATE_TAG"),
        (deed("EXPENSE", "insert"), "CREATE_EXPENSE"),
        (deed("EXPENSE", "insert", "EXPENSE_RESTORED", owner=OTHER), "RESTORE_EXPENSE_FOR_OTHER"),
        (deed("EXPENSE", "update", owner=OTHER), "UPDATE_EXPENSE_FOR_OTHER"),
        (deed("EXPENSE", "delete"), "DELETE_EXPENSE"),
        (deed("MEMBER", "insert"), None),
    ],
)
def test_a_row_is_one_of_the_37_actions_or_none(done: Deed, action: str | None) -> None:
    assert rules.action_of(done) == action


def test_there_are_37_actions_and_each_can_be_done() -> None:
    verbs = ("insert", "insert_many", "update", "update_many", "delete", "delete_many", "unlink_many")
    events = (None, "NEW_TIMER_STARTED", "TIME_ENTRY_RESTORED", "EXPENSE_RESTORED")
    origins = ("api", "import", "kiosk", "quickbooks", "cascade")
    deeds = itertools.product((*rules.KINDS, "MEMBER"), verbs, events, origins, (ME, OTHER))
    found = {
        rules.action_of(deed(k, verb, event, origin=origin, owner=owner)) for k, verb, event, origin, owner in deeds
    }
    assert found == {*Action, None}
    assert len(Action) == 37


def test_actions_say_which_kinds_of_rows_they_are_about() -> None:
    assert rules.kinds_of([Action.CREATE_TIME_KIOSK]) == ("TIME_ENTRY",)
    assert rules.kinds_of([Action.UPDATE_TASK, Action.DELETE_EXPENSE_FOR_OTHER]) == ("EXPENSE", "TASK")
    assert set(rules.kinds_of(Action)) == set(rules.KINDS)


def test_the_system_is_an_author() -> None:
    assert Authors(frozenset({"SYSTEM"}), only=True).has(None)
    assert not Authors(frozenset({"SYSTEM"}), only=False).has(None)
    assert Authors(frozenset(), only=False).has(ME)
    assert not Authors(frozenset(), only=True).has(ME)
    assert Authors(frozenset({ME}), only=True).has(ME)


def test_a_page_has_fifty_rows_at_most() -> None:
    authors = Authors(frozenset(), only=False)
    found = rules.asked([Action.UPDATE_TAG], authors, (10, 20), page=3, size=200)
    assert (found.offset, found.size, found.start_us, found.end_us) == (100, 50, 10_000_000, 21_000_000)
    assert rules.asked([Action.UPDATE_TAG], authors, (10, 20), page=0, size=20).offset == 0
    for page, size, window in ((-1, 20, (1, 2)), (1 << 40, 20, (1, 2)), (1, 0, (1, 2)), (1, 20, (2, 1))):
        with pytest.raises(InvalidValue):
            rules.asked([Action.UPDATE_TAG], authors, window, page=page, size=size)


def name_of(kind: str, thing_id: str | None) -> str:
    return f"{kind} {thing_id}" if thing_id else ""


PROJECT = {
    "name": "P",
    "client_id": "0" * 24,
    "archived": False,
    "is_public": True,
    "billable": True,
    "note": "",
    "hourly_rate_minor": None,
    "cost_rate_minor": None,
    "time_estimate": "{}",
    "budget_estimate": None,
    "estimate_reset": None,
}


def test_a_project_without_estimate_says_none() -> None:
    found = rules.content_of("PROJECT", PROJECT, name_of, more={"members": ["A"], "currency": "USD"})
    assert found is not None
    assert (found["client"], found["members"], found["currency"], found["billableRate"]) == ("", ["A"], "USD", 0)
    assert (found["activeEstimate"], found["estimate"], found["recurringEstimate"]) == ("NONE", None, False)


def test_a_project_says_which_estimate_is_active() -> None:
    timed = PROJECT | {"time_estimate": '{"active":true,"estimate_seconds":3600,"type":"MANUAL"}', "client_id": "c"}
    found = rules.content_of("PROJECT", timed, name_of)
    assert found is not None
    assert (found["activeEstimate"], found["estimate"], found["estimateType"]) == ("TIME", "PT1H", "MANUAL")
    assert (found["client"], found["members"]) == ("CLIENT c", [])
    paid = PROJECT | {
        "budget_estimate": '{"active":true,"estimate_minor":500,"type":"AUTO"}',
        "estimate_reset": '{"interval":"MONTHLY","day_of_month":3}',
    }
    found = rules.content_of("PROJECT", paid, name_of)
    assert found is not None
    assert (found["activeEstimate"], found["estimate"], found["estimateType"]) == ("BUDGET", 500, "AUTO")
    assert (found["recurringEstimate"], found["interval"], found["dayOfMonth"]) == (True, "MONTHLY", 3)


def test_names_stand_in_the_place_of_ids() -> None:
    entry = {
        "user_id": "u",
        "description": "d",
        "project_id": "p",
        "task_id": None,
        "tag_ids": ["t"],
        "billable": True,
        "type": "REGULAR",
        "start_s": 0,
        "end_s": 60,
        "is_invoiced": False,
    }
    found = rules.content_of("TIME_ENTRY", entry, name_of)
    assert found is not None
    assert (found["user"], found["project"], found["task"], found["tags"]) == ("USER u", "PROJECT p", "", ["TAG t"])
    assert (found["end"], found["duration"]) == ("1970-01-01T00:01:00Z", "PT1M")
    running = rules.content_of("TIME_ENTRY", entry | {"end_s": None}, name_of)
    assert running is not None
    assert (running["end"], running["duration"]) == (None, None)
    assert rules.named_in("TIME_ENTRY", entry) == [("USER", "u"), ("PROJECT", "p"), ("TAG", "t")]
    assert rules.content_of("TAG", {"name": "T", "archived": False}, name_of) == {"tagName": "T", "archived": False}
    assert rules.content_of("TAG", None, name_of) is None
    task = {"name": "T", "project_id": "p", "status": "ACTIVE", "assignee_ids": ["u"], "estimate_seconds": 0}
    task |= {"billable": True, "hourly_rate_minor": 5, "cost_rate_minor": None}
    shown = rules.content_of("TASK", task, name_of)
    assert shown is not None
    assert (shown["project"], shown["assignees"], shown["billableRate"]) == ("PROJECT p", ["USER u"], 5)
    client = {"name": "C", "email": None, "address": None, "note": None, "archived": True}
    assert rules.content_of("CLIENT", client, name_of) == {
        "clientName": "C",
        "email": None,
        "address": None,
        "note": None,
        "archived": True,
    }


def test_of_an_account_a_workspace_is_told_who_it_is() -> None:
    user = {"id": "1", "email": "e", "settings": "{}", "active_workspace_id": "w"}
    assert rules.told_of_account("USER", user) == {"id": "1", "email": "e"}
    assert rules.told_of_account("USER", None) is None
    assert rules.told_of_account("API_KEY", {"id": "1", "name": "n"}) is None


@pytest.mark.parametrize("head", ["7:" + "aF" * 32, "0" * 64, f" {'9' * 18}:{'0' * 64}\n"])
def test_a_head_is_a_digest_with_or_without_its_revision(head: str) -> None:
    assert rules.check_head(head) == head.strip()


@pytest.mark.parametrize(
    "text", ["", ":", "7:", ":" + "0" * 64, "7:" + "0" * 63, "\u0667:" + "0" * 64, "-7:" + "0" * 64]
)
def test_half_a_head_is_none(text: str) -> None:
    with pytest.raises(InvalidValue):
        rules.check_head(text)


def test_a_head_is_written_down_with_its_revision() -> None:
    assert rules.head_of(7, "00") == "7:00"


def test_an_action_is_looked_for_among_the_rows_that_may_be_it() -> None:
    verbs = ("insert", "insert_many", "update", "update_many", "delete", "delete_many", "unlink_many")
    events = (None, "NEW_TIMER_STARTED", "TIME_ENTRY_RESTORED")
    origins = ("api", "import", "kiosk", "quickbooks")
    made = itertools.product(rules.KINDS, verbs, events, origins, ("a", "b"))
    for kind, verb, event, origin, actor_id in made:
        if event == "TIME_ENTRY_RESTORED" and not verb.startswith("insert"):
            continue  # nothing comes back like that
        action = rules.action_of(Deed(kind, verb, event, origin, actor_id, "a"))
        assert action is None or verb in rules.verbs_of({action})
    assert rules.verbs_of({Action.DELETE_TAG, Action.UPDATE_TASK}) == (
        "update",
        "update_many",
        "delete",
        "delete_many",
    )
