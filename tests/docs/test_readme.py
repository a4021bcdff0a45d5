"""The README is true: its first minute is lived through, its limits are those of the program."""

import json
import re
import shlex
import shutil
from typing import Any

import pytest

from hourbook import resources
from hourbook.db.writer import QUEUE_LIMIT
from hourbook.http import body, wire
from hourbook.http.operation import OPERATIONS, Surface
from hourbook.http.routing import Routes
from hourbook.resources.audit.rules import Action
from hourbook.resources.time_entries import rules
from hourbook.resources.time_entries.wire import RUNNING_PAGE_SIZE_LIMIT
from hourbook.resources.webhooks.rules import EVENTS
from hourbook.resources.webhooks.rules_deliveries import PAUSES_S
from hourbook.settings import SETTINGS
from tests.databases import IS_SQLITE, fresh_database
from tests.docs.markdown import README, ROOT, commands, fences, read
from tests.docs.shell import objects, owner

TEXT = read(README)
API = "http://127.0.0.1:8080/api/v1"
resources.load()


def blocks(heading: str) -> list[str]:
    """The shell blocks of one section."""
    section = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ )", TEXT, re.DOTALL | re.MULTILINE)
    assert section, heading
    return fences(section[1], "sh")


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_first_minute_happens_as_it_is_told(shell):
    who_am_i, timer = blocks("With curl")
    made = owner(shell)
    with shell.serving() as address:
        url = {"URL": f"{address}/api/v1", "KEY": made["apiKey"]}
        [me] = objects(shell.run(who_am_i, **url))
        assert (me["id"], me["activeWorkspace"]) == (made["userId"], made["workspaceId"])
        assigned = "".join(f"{name}={shlex.quote(value)}\n" for name, value in url.items())
        started, stopped, listed = objects(shell.run(assigned + timer, ME=me["id"], WORKSPACE=me["activeWorkspace"]))
    assert started["timeInterval"]["end"] is None
    assert stopped["id"] == started["id"]
    assert stopped["timeInterval"]["end"] is not None
    assert [entry["description"] for entry in listed] == ["My first minute"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_team_is_made_as_it_is_told(shell):
    sign_in, invite, accept, change, refused = blocks("A team in five minutes")
    password = "the pass phrase of a test"
    made: dict[str, str] = json.loads(
        shell.run(f"hourbook admin create-owner --email me@example.com --name Me --password '{password}' --json")
    )
    with shell.serving() as address:
        known = {
            "URL": f"{address}/api/v1",
            "OWN": f"{address}/api/hourbook/v1",
            "JSON": "Content-Type: application/json",
        }

        def ask(script: str, **pasted: str) -> list[Any]:
            assigned = "".join(f"{name}={shlex.quote(value)}\n" for name, value in known.items())
            known.update(pasted)
            return objects(shell.run(assigned + script, **pasted))

        values = {name: known[name] for name in ("URL", "OWN")}
        [owner_in] = objects(shell.run(sign_in, **values, EMAIL="me@example.com", PASSWORD=password))
        [invited] = ask(invite, CSRF=owner_in["csrfToken"], WORKSPACE=owner_in["user"]["activeWorkspace"])
        [joined] = ask(accept, INVITATION=invited["link"].rpartition("/")[2])
        rated, granted = ask(change, COLLEAGUE=joined["userId"])
        denied, explained = ask(refused, THEIRS=joined["csrfToken"])
    assert made["workspaceId"] == joined["workspaceId"] == rated["id"]
    [membership] = [one for one in rated["memberships"] if one["userId"] == joined["userId"]]
    assert membership["hourlyRate"] == {"amount": 9000, "currency": "USD"}
    assert granted[0]["role"]["name"] == "WORKSPACE_ADMIN"
    assert denied == {"message": "Access Denied", "code": 501}
    assert not explained["isAllowed"]
    assert explained["permission"]["who"] == "owner and admins"


def test_what_curl_is_told_to_ask_are_operations():
    routes = Routes(record for record in OPERATIONS.values() if record.surface is Surface.CORE)
    names = {"URL": "/api/v1", "ME": "0" * 24, "WORKSPACE": "0" * 24}
    asked = []
    for words in commands(TEXT.partition("\n## A team in five minutes\n")[0]):
        if words[0] == "curl":
            url = re.sub(r"\$(\w+)", lambda found: names[found[1]], words[-1])
            has_data = "-d" in words
            method = words[words.index("-X") + 1] if "-X" in words else "POST" if has_data else "GET"
            found = routes.find(method, url.removeprefix("/api/v1/").partition("?")[0].split("/"))
            assert found, words
            if has_data:
                json.loads(words[words.index("-d") + 1])
            asked.append(found[0].name)
    assert asked == ["get_current_user", "create_time_entry", "stop_timer", "list_time_entries"]


def test_the_first_accounts_are_made_as_it_is_told(shell):
    made, more = blocks("The first account")
    assert re.search(r"^API key +\S{48,}$", shell.run(made), re.MULTILINE)
    assert "Laptop" in shell.run(more)


@pytest.mark.slow
def test_a_backup_becomes_another_server_s_data_as_it_is_told(shell):
    backup, restore = blocks("Backup, restore, moving to PostgreSQL")
    made = owner(shell)
    with shell.serving():
        shell.run(backup)
    to_folder, to_server = restore.strip().splitlines()
    shell.environment["HOURBOOK_DATABASE"] = ""
    shell.run(to_folder)
    assert (shell.folder / "new-folder" / "hourbook.db").exists()
    listed = json.loads(shell.run("hourbook admin api-key list --data new-folder --json"))
    assert [key["userId"] for key in listed] == [made["userId"]]
    assert "--database postgresql://" in to_server


@pytest.mark.slow
def test_a_backup_moves_to_another_database_server(shell, tmp_path):
    if IS_SQLITE:
        pytest.skip("needs a database server to move to")
    made = owner(shell)
    shell.run("hourbook backup hourbook.backup")
    with fresh_database(tmp_path) as target:
        shell.run(f"hourbook restore hourbook.backup --database {shlex.quote(target)}")
        listed = json.loads(shell.run(f"hourbook admin api-key list --database {shlex.quote(target)} --json"))
    assert [key["userId"] for key in listed] == [made["userId"]]


@pytest.mark.slow
def test_the_small_commands_run(shell):
    owner(shell)
    assert "HOURBOOK_DATABASE" in shell.run("hourbook settings")
    assert "nothing to do" in shell.run("hourbook migrate --plan")
    assert shell.run(*blocks("When something is wrong"))
    assert shell.run("hourbook doctor --rebuild")


def test_client_programs_are_given_both_addresses_and_no_other():
    snippets = fences(TEXT.partition("### With a client program\n")[2].partition("\n## ")[0], "python")
    assert len(snippets) == 2
    assert [snippet for snippet in fences(TEXT, "python") if "8080" in snippet] == snippets
    for snippet in snippets:
        compile(snippet, "README.md", "exec")
        assert re.findall(r'"(http[^"]*)"', snippet) == [API, API.replace("/api/", "/report/")]


def test_the_limits_are_those_of_the_program():
    rows = dict(re.findall(r"^\| ([a-zS].+?) \| (.+?) \|$", TEXT.partition("\n## Limits\n")[2], re.MULTILINE))
    assert rows["page size"].startswith(f"{wire.Paged().page_size} unless asked, at most {wire.PAGE_SIZE_LIMIT:,};")
    assert rows["page size"].endswith(f"at most {RUNNING_PAGE_SIZE_LIMIT:,}")
    assert rows["request body"] == f"{body.BODY_LIMIT_BYTES >> 20} MB, nested {body.DEPTH_LIMIT} deep"
    assert rows["items in a list of a body"] == f"{body.LIST_LIMIT:,}"
    assert rows["length of a time entry"] == f"{rules.DURATION_LIMIT_SECONDS // 86_400 // 365} years"
    assert f" {rules.FUTURE_START_LIMIT_SECONDS} seconds " in rows["start of a running timer"]
    assert rows["description of a time entry"] == f"{rules.DESCRIPTION_LIMIT:,} characters"
    assert rows["writes waiting for the disk"].startswith(f"{QUEUE_LIMIT:,},")


def test_the_limits_of_events_are_the_defaults_of_their_settings():
    rows = dict(re.findall(r"^\| ([a-z].+?) \| (.+?) \|$", TEXT.partition("\n## Limits\n")[2], re.MULTILINE))
    default = {row.name: row.default for row in SETTINGS}
    rate, addons = default["rate_limit_per_second"], default["addon_rate_limit_per_second"]
    assert rows["requests"].startswith(
        f"{rate} a second and {2 * rate} at once for each key in a workspace, {addons} a"
    )
    per_user, per_workspace = default["webhooks_per_user"], default["webhooks_per_workspace"]
    assert rows["webhooks"].startswith(f"{per_user} a person, {per_workspace} a workspace;")
    assert (len(PAUSES_S), sum(PAUSES_S) // 86_400) == (10, 3)
    assert rows["webhooks"].endswith("tried ten times within about three days")
    streams, in_all = default["streams_per_credential"], default["streams_limit"]
    assert rows["live streams"].startswith(f"{streams} for each key or session, {in_all:,} for each web process;")
    assert rows["undo"].startswith(f"operations of the last {default['undo_days']} days;")


def test_numbers_of_events_and_actions_are_those_of_the_program():
    pages = [TEXT, *(read(ROOT / "docs" / name) for name in ("webhooks.md", "audit-log.md"))]
    assert {int(found) for page in pages for found in re.findall(r"\bthe (\d+) events\b", page)} == {len(EVENTS)}
    assert {int(found) for page in pages for found in re.findall(r"\b(\d+) actions\b", page)} == {len(Action)}


def test_the_versions_of_python_are_those_of_the_package():
    package = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    stated = re.findall(r"Python :: (3\.\d+)", package)
    assert f"Python {stated[0]} to {stated[-1]}" in TEXT
    assert f'requires-python = ">={stated[0]}"' in package
    assert f"Python {stated[0]} or newer" in TEXT


def test_the_wheel_carries_the_readme_and_every_target_is_told():
    package = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert re.search(r'^readme = "README\.md"$', package, re.MULTILINE)
    assert "make run" in TEXT
    assert "make test" in TEXT


def test_it_says_that_it_is_independent_and_under_which_licence():
    assert "not affiliated with" in TEXT
    assert "Apache License 2.0" in TEXT
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
