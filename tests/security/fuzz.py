"""Sends generated requests to the server in this process and looks for errors.

`python -m tests.security.fuzz --requests 1000000`: on both databases at the same time unless one
is named, with every role in turn. It fails on the first answers that are a 5xx or break our own
OpenAPI document, and prints the requests. The same seed makes the same requests again.
"""

import argparse
import collections
import contextlib
import random
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import structlog

from hourbook.http import openapi
from tests.harness import Answer, Person, Server, sqlite_url
from tests.security.fuzz_cases import Case, Generator
from tests.security.fuzz_check import Checker, leaks
from tests.security.fuzz_world import ROLES, World
from tests.watching import AppLog

REQUESTS = 1_000_000
EVERYBODY = "everybody"
AT_ONCE = 8
RESTOCK_AFTER = 400
NEW_WORLD_AFTER = 4_000
NEW_CASES_AFTER = 100_000
FAILURES_SHOWN = 10
# A success of these leaves a workspace, an account or a key that answers everything else with a refusal.
APART = {
    "transfer_ownership",
    "delete_member",
    "leave_workspace",
    "schedule_workspace_deletion",
    "erase_person",
    "erase_own_account",
    "revoke_api_key",
    "rotate_api_key",
}
# Chance does not find a password, the secret of a link, a code of the moment or the name of the workspace, and nobody
# leaves a workspace as its owner; reports are scheduled where mail is sent, and add-ons have tokens of their own.
NOT_BY_CHANCE = {
    "accept_invitation",
    "change_own_addon_settings",
    "change_password",
    "confirm_second_factor",
    "create_scheduled_report",
    "create_token_of_user",
    "decline_invitation",
    "disable_second_factor",
    "end_session",
    "erase_own_account",
    "erase_person",
    "finish_single_sign_on",
    "get_identity_provider",
    "get_own_addon_settings",
    "join_by_invitation",
    "leave_workspace",
    "link_identity",
    "remove_identity_provider",
    "rename_api_key",
    "resend_invitation",
    "reset_password",
    "revoke_api_key",
    "revoke_invitation",
    "rotate_api_key",
    "schedule_workspace_deletion",
    "set_identity_provider",
    "set_up_second_factor",
    "show_invitation",
    "sign_in",
    "start_single_sign_on",
}


@dataclass
class Failure:
    """One request whose answer is wrong."""

    role: str
    case: Case
    answer: Answer
    problems: list[str]
    log: list[Any]

    def __str__(self) -> str:
        lines = [
            f"{self.case.operation} as {self.role}: {'; '.join(self.problems)}",
            f"  {as_curl(self.case, self.role)}",
        ]
        lines.append(f"  answer {self.answer.status}: {self.answer.content[:600]!r}")
        lines += [f"  log: {line.get('exception', line)}" for line in self.log]
        return "\n".join(lines)


@dataclass
class Result:
    """What a run found."""

    requests: int = 0
    statuses: collections.Counter[tuple[str, int]] = field(default_factory=collections.Counter)
    failures: list[Failure] = field(default_factory=list)
    # Every request and its answer, for those who compare two runs.
    transcript: list[str] | None = None

    def count(self, case: Case, answer: Answer, role: str) -> None:
        self.requests += 1
        self.statuses[case.operation, answer.status] += 1
        if self.transcript is not None:
            self.transcript.append(f"{as_curl(case, role)}\n{answer.status} {answer.content!r}")

    @property
    def accepted(self) -> set[str]:
        """Operations that answered at least one request with a success."""
        return {name for name, status in self.statuses if status < 300}

    def report(self) -> str:
        by_status: collections.Counter[int] = collections.Counter()
        for (_, status), count in self.statuses.items():
            by_status[status] += count
        counts = ", ".join(f"{status}: {count}" for status, count in sorted(by_status.items()))
        shown = [str(failure) for failure in self.failures[:FAILURES_SHOWN]]
        return "\n".join([*shown, f"{self.requests} requests ({counts})"])


@dataclass
class Run:
    """Requests of one role in one workspace."""

    world: World
    role: str
    rng: random.Random
    result: Result
    among: list[str]


class Fuzzer:
    """Sends requests of generated cases, and checks every answer."""

    def __init__(self, server: Server, log: AppLog, *, seed: int, generator: Generator | None = None) -> None:
        self._server = server
        self._log = log
        self._seed = seed
        self._checker = Checker(document())
        self.generator = generator or Generator(document(), seed)

    @property
    def operations(self) -> set[str]:
        return set(self.generator.operations)

    def run(self, role: str, count: int, result: Result, *, among: Iterable[str] = (), at_once: int = AT_ONCE) -> None:
        """`count` requests as one role (or as everybody, at random) in one fresh workspace.

        `among`: names of the operations to ask; when there are none, all but those that end what the rest is about.
        """
        rng = random.Random(f"{self._seed} {role} {result.requests}")
        run = Run(World(self._server), role, rng, result, sorted(among or self.operations - APART))
        for done in range(0, count, at_once):
            if done % RESTOCK_AFTER == 0 and done:
                run.world.rearrange(rng)
                run.world.restock()
            self._round(run, min(at_once, count - done))
            self._server.clock.move(rng.choice((0, 0, 1, 60, 3600)))
            if len(result.failures) >= FAILURES_SHOWN:
                return

    def _round(self, run: Run, count: int) -> None:
        """Some requests at the same time."""
        roles = [run.role if run.role != EVERYBODY else run.rng.choice(ROLES) for _ in range(count)]
        cases = [self.generator.make(run.rng.choice(run.among), run.world, run.rng) for _ in range(count)]
        people = [getattr(run.world.office, name) for name in roles]
        tail = self._log.tail()
        answers = self._server.ask_all([_asked(case, person) for case, person in zip(cases, people, strict=True)])
        for case, answer, name in zip(cases, answers, roles, strict=True):
            found = self._checker.problems(case, answer) + leaks(case, answer)
            if found:
                errors = [line for line in tail.lines if "exception" in line]
                run.result.failures.append(Failure(name, case, answer, found, errors))
            run.result.count(case, answer, name)
            run.world.learn(self.generator.operations[case.operation][2]["tags"][0], answer)


def document() -> dict[str, Any]:
    """The document that the cases come from and that the answers are checked against."""
    return openapi.document(version="1", public_url="http://127.0.0.1:8080")


def _asked(case: Case, person: Person) -> Any:
    sent = {"x-api-key": person.key or ""}
    body = case.body_bytes
    if body is not None:
        sent |= {"content-type": "application/json", "content-length": str(len(body))}
    sent |= case.headers
    headers = tuple((name.encode(), value.encode("latin-1")) for name, value in sent.items())
    return case.method, case.full_path, (body or b"",), case.query_bytes, headers


def as_curl(case: Case, role: str) -> str:
    """The request as a command, to be sent again with the key of that role."""
    address = "$URL" + quote(case.full_path, errors="surrogatepass")
    if case.query_bytes:
        address += "?" + case.query_bytes.decode("latin-1")
    parts = ["curl", "-X", case.method, "-H", f'"X-Api-Key: ${role.upper()}"', f'"{address}"']
    body = case.body_bytes
    if body is not None:
        text = body[:4000].decode("utf-8", "backslashreplace") + ("..." if len(body) > 4000 else "")
        parts += ["-H", "'Content-Type: application/json'", "--data-binary", shlex.quote(text)]
    for name, value in case.headers.items():
        parts += ["-H", shlex.quote(f"{name}: {value}")]
    return " ".join(parts)


def fuzz(
    server: Server, log: AppLog, *, requests: int, seed: int, roles: tuple[str, ...] = (*ROLES, EVERYBODY)
) -> Result:
    """A whole run; stops when enough is broken to show."""
    fuzzer, result, started = Fuzzer(server, log, seed=seed), Result(), time.monotonic()
    worlds = 0
    while result.requests < requests and len(result.failures) < FAILURES_SHOWN:
        fuzzer.run(roles[worlds % len(roles)], min(NEW_WORLD_AFTER, requests - result.requests), result)
        worlds += 1
        log.lines.clear()
        if result.requests // NEW_CASES_AFTER > (result.requests - NEW_WORLD_AFTER) // NEW_CASES_AFTER:
            fuzzer.generator = Generator(document(), seed + worlds)
        rate = result.requests / (time.monotonic() - started)
        print(f"{result.requests} requests, {rate:.0f} a second, {len(result.failures)} failures", flush=True)
    return result


@contextlib.contextmanager
def _database(kind: str) -> Any:
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield sqlite_url(Path(folder))
        return
    from tests import postgres_server

    with postgres_server.running_postgres() as url:
        yield postgres_server.create_database(url, "hourbook_fuzz")


def _run_on(kind: str, arguments: argparse.Namespace) -> int:
    log = AppLog()
    structlog.configure(processors=[structlog.processors.format_exc_info, log], cache_logger_on_first_use=False)
    roles = (arguments.role,) if arguments.role else (*ROLES, EVERYBODY)
    with _database(kind) as url:
        server = Server(url, log)
        server.open()
        try:
            result = fuzz(server, log, requests=arguments.requests, seed=arguments.seed, roles=roles)
        finally:
            server.close()
    print(f"{kind}, seed {arguments.seed}: {result.report()}")
    if never := sorted({name for name, _ in result.statuses} - result.accepted):
        print(f"{kind}: never accepted: {', '.join(never)}", flush=True)
    return 1 if result.failures else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--requests", type=int, default=REQUESTS, help="in all, shared by the databases")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="one of them; else both at the same time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--role", choices=(*ROLES, EVERYBODY), help="one role; else all in turn")
    arguments = parser.parse_args()
    if arguments.database:
        return _run_on(arguments.database, arguments)
    share = ["--requests", str(arguments.requests // 2), "--seed", str(arguments.seed)]
    share += ["--role", arguments.role] if arguments.role else []
    program = [sys.executable, "-m", "tests.security.fuzz", *share, "--database"]
    running = [subprocess.Popen([*program, kind]) for kind in ("sqlite", "postgresql")]
    return max(process.wait() for process in running)


if __name__ == "__main__":
    sys.exit(main())
