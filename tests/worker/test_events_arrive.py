"""A whole server over real HTTP: what somebody changes reaches the receiver of a webhook, soon and in order."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from hourbook.http.app import OWN_PREFIX
from hourbook.resources.webhooks import actions_backlog
from tests.addon_server import AddonServer
from tests.conftest import DATABASE
from tests.databases import fresh_database
from tests.durability.server_process import HourbookProcess
from tests.durability.writers import Caller
from tests.harness import SECRET_KEY
from tests.worker.receiver import Got, Receiver, Say

WAIT_SECONDS = 60.0
PEOPLE = 6
# Who only looked now and then would take a second each time; on a busy machine many a change takes long anyway.
SOON_SECONDS = 0.25
LOOKED_SECONDS = 0.3


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """Of one server for all: each test hears of other events."""
    folder = tmp_path_factory.mktemp("server")
    with fresh_database(folder) as url:
        database = url if DATABASE == "postgresql" else None
        environment = {"HOURBOOK_WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8", "HOURBOOK_SECRET_KEY": SECRET_KEY}
        server = HourbookProcess(folder, database=database, log=folder / "log", environment=environment)
        office = server.create_owner()
        server.start()
        found = Caller(office, server.port)
        try:
            yield found
        finally:
            found.close()
            server.kill(with_children=True)


def hook(caller: Caller, receiver: Receiver, event: str) -> str:
    source = {"triggerSourceType": "WORKSPACE_ID", "triggerSource": []}
    body = {"name": event, "url": receiver.url, "webhookEvent": event, **source}
    status, answer = caller.send("POST", "/webhooks", body)
    assert status == 201, answer
    return str(answer["id"])


def wait_for(receiver: Receiver, count: int) -> None:
    wait_until(lambda: len(receiver.ids) >= count)
    assert len(receiver.ids) == count


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def wait_until_settled(caller: Caller, webhook_id: str, count: int) -> None:
    """What was received is written down a moment later."""
    deadline = time.monotonic() + WAIT_SECONDS
    found = 0
    while found < count and time.monotonic() < deadline:
        pages = (f"/webhooks/{webhook_id}/statuses?size=200&page={page}" for page in range(count // 200 + 1))
        found = sum(len(caller.send("GET", page)[1]) for page in pages)
        time.sleep(0.05)
    assert found == count


def rename(caller: Caller, times: int) -> None:
    """Somebody makes a tag and gives it so many other names."""
    own = caller.another()
    try:
        status, tag = own.send("POST", "/tags", {"name": f"tag of {threading.get_ident()}"})
        assert status == 201, tag
        for number in range(times):
            assert own.send("PUT", f"/tags/{tag['id']}", {"name": f"{tag['name']} {number}"})[0] == 200
    finally:
        own.close()


def test_changes_arrive_soon_and_in_order(caller: Caller, receiver: Receiver) -> None:
    arrived: list[float] = []

    def answer(got: Got) -> Say:
        arrived.append(time.monotonic())
        return Say()

    receiver.answer = answer
    hook(caller, receiver, "NEW_TAG")
    answered = []
    for number in range(20):
        assert caller.send("POST", "/tags", {"name": f"tag {number:02}"})[0] == 201
        answered.append(time.monotonic())
        wait_for(receiver, number + 1)
    delays = [came - said for came, said in zip(arrived, answered, strict=True)]
    print(f"median {statistics.median(delays) * 1000:.1f} ms, longest {max(delays) * 1000:.1f} ms")
    assert min(delays) < SOON_SECONDS
    assert [got.json()["name"] for got in receiver.got] == [f"tag {number:02}" for number in range(20)]
    revisions = [int(one.split(".")[1]) for one in receiver.ids]
    assert revisions == sorted(revisions)
    assert {got.headers["clockify-webhook-event-type"] for got in receiver.got} == {"NEW_TAG"}


def is_told(addon_server: AddonServer, times: int) -> bool:
    return len(addon_server.told("SETTINGS_UPDATED")) == times


def test_add_ons_are_told_soon_what_becomes_of_them(caller: Caller) -> None:
    addon_server = AddonServer()
    try:
        wanted = {"manifestUrl": addon_server.manifest_url()}
        status, addon = caller.send("POST", "/addons", wanted, surface=OWN_PREFIX)
        assert status == 201, addon
        wait_until(lambda: len(addon_server.told("INSTALLED")) == 1)
        delays = []
        for number in range(5):
            # Whoever looks again right after a call has looked by then, and would look a second later.
            time.sleep(LOOKED_SECONDS)
            path, body = f"/addons/{addon['id']}/settings", [{"id": "n", "value": number}]
            assert caller.send("PATCH", path, body, surface=OWN_PREFIX)[0] == 200
            said = time.monotonic()
            wait_until(partial(is_told, addon_server, number + 1))
            delays.append(time.monotonic() - said)
        print(f"longest {max(delays) * 1000:.1f} ms")
        assert min(delays) < SOON_SECONDS
    finally:
        addon_server.close()


def test_a_timer_and_its_stop_are_two_events(caller: Caller, receiver: Receiver) -> None:
    for event in ("NEW_TIMER_STARTED", "TIMER_STOPPED"):
        hook(caller, receiver, event)
    assert caller.send("POST", "/time-entries", {"start": "2026-05-20T08:00:00Z", "description": "work"})[0] == 201
    wait_for(receiver, 1)
    assert caller.send("POST", "/time-entries", {"start": "2026-05-20T09:00:00Z", "description": "more"})[0] == 201
    wait_for(receiver, 3)
    told = [(got.headers["clockify-webhook-event-type"], got.json()["description"]) for got in receiver.got]
    assert sorted(told) == [
        ("NEW_TIMER_STARTED", "more"),
        ("NEW_TIMER_STARTED", "work"),
        ("TIMER_STOPPED", "work"),
    ]


def test_more_events_than_a_request_has_time_for_are_sent_again_by_the_worker(
    caller: Caller, receiver: Receiver
) -> None:
    webhook_id = hook(caller, receiver, "TAG_UPDATED")
    count = actions_backlog.AT_ONCE + 10
    with ThreadPoolExecutor(PEOPLE) as threads:
        shares = [count // PEOPLE + (number < count % PEOPLE) for number in range(PEOPLE)]
        list(threads.map(partial(rename, caller), shares))
    wait_for(receiver, count)
    wait_until_settled(caller, webhook_id, count)
    told = set(receiver.ids)
    first = min(told, key=lambda one: int(one.split(".")[1]))
    status, answer = caller.send("POST", f"/webhooks/{webhook_id}/resend", {"after": first}, surface=OWN_PREFIX)
    assert (status, answer) == (202, {"deliveries": count - 1})
    wait_for(receiver, 2 * count - 1)
    assert sorted(receiver.ids[count:]) == sorted(told - {first})
