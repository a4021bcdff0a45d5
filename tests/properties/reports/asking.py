"""Many questions about many histories, each asked of the server and of the oracle.

HOURBOOK_ORACLE_ASKS says how many questions a run asks in all (10,000 unless told). A run asks the same
every day; HOURBOOK_ORACLE_SEED makes it ask something else, `random` another thing each time. What
differs is told with the question and the seed, which asks the same again: ids, too, come of the seed.
"""

import os
import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from hourbook.http.app import OWN_PREFIX
from tests.columns.comparing import opened
from tests.harness import Answer, Office, Person
from tests.properties.reports.book import Book, read_book
from tests.properties.reports.histories import History
from tests.properties.reports.oracle import Body, Question, has_reports
from tests.properties.reports.oracle_attendance import attendance
from tests.properties.reports.oracle_detailed import detailed
from tests.properties.reports.oracle_explain import SAID, explanation, in_order
from tests.properties.reports.oracle_summary import summary
from tests.properties.reports.oracle_weekly import weekly
from tests.properties.reports.questions import Questioner

ASKS = int(os.environ.get("HOURBOOK_ORACLE_ASKS", "10000"))
SEED = os.environ.get("HOURBOOK_ORACLE_SEED") or "1"
if SEED == "random":
    SEED = secrets.token_hex(4)
ASKS_A_STATE = 50
STEPS = 3

ORACLES = {"summary": summary, "detailed": detailed, "weekly": weekly, "attendance": attendance}
# How often each is asked, of a hundred.
OFTEN = {"summary": 50, "detailed": 25, "weekly": 15, "attendance": 10}
# How many of the rows of summaries are explained.
EXPLAINED = 0.1
State = tuple[History, Book, random.Random]


def states(office: Office, name: str, asks: int, asks_a_state: int = ASKS_A_STATE) -> Iterator[State]:
    """A history as it grows, for so many questions; it begins anew every twenty states."""
    for number in range(-(-asks // asks_a_state)):
        if number % 20 == 0:
            office.clock.reset()
            history = History(office, f"{SEED}/{name}/{number}")
        for _ in range(STEPS if number % 20 else 0):
            history.step()
        # The columns that answer, after all these changes, are what a fresh load would be.
        with opened(history.office, office.server.runtime.pipeline.kept.columns()):
            pass
        yield history, read_book(history.office), random.Random(f"{SEED}/{name}/{number}/asks")


def ask(history: History, reader: Person, report: str, body: Body) -> Answer:
    path = f"/report/v1/workspaces/{history.office.workspace_id}/reports/{report}"
    return reader.raw("POST", path, body)


def difference(expected: Any, found: Any, path: str = "") -> str:
    """Where two bodies differ first; empty when they do not."""
    if isinstance(expected, dict) and isinstance(found, dict):
        for name in expected.keys() | found.keys():
            if name not in found or name not in expected:
                return f"{path}.{name}: only in the {'oracle' if name in expected else 'report'}"
            if inner := difference(expected[name], found[name], f"{path}.{name}"):
                return inner
        return ""
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        told = (
            difference(one, other, f"{path}[{at}]") for at, (one, other) in enumerate(zip(expected, found, strict=True))
        )
        return next(filter(None, told), "")
    return "" if expected == found else f"{path}: the oracle says {expected!r}, the report {found!r}"


def compare(
    history: History, book: Book, reader: Person, report: str, body: Body, oracle: Callable[[Question], Body]
) -> Body:
    """Asks both, and answers what both say; AssertionError where they differ."""
    answer = ask(history, reader, report, body)
    expected = oracle(Question(book, reader.id, body))
    for row in answer.body.get("timeentries", ()) if answer.status == 200 else ():
        del row["customFields"]
    check(
        answer,
        expected,
        question=lambda: f"{report} for {reader.name} (in {Question(book, reader.id, body).zone}): {body}",
    )
    return expected


def ask_any(history: History, questioner: Questioner) -> bool:
    """One question of any report, of anybody who has reports. Whether there was anything to say."""
    chance, book = questioner.chance, questioner.book
    report = chance.choices([*OFTEN], [*OFTEN.values()])[0]
    reader, body = chance.choice(history.readers), getattr(questioner, report)()
    while not has_reports(book, reader.id):
        refused = ask(history, reader, report, body)
        assert refused.refusal == (403, 501), refused
        reader = chance.choice(history.readers)
    said = compare(history, book, reader, report, body, ORACLES[report])
    if report == "summary" and said["groupOne"] and chance.random() < EXPLAINED:
        compare_explanation(history, Question(book, reader.id, body), reader, any_path(said["groupOne"], chance))
    return any(said.get("totals") or said.get("entities") or [None])


def any_path(rows: list[Body], chance: random.Random) -> list[str]:
    """The ids that lead to some row of a summary; none to what all add up to."""
    path = []
    while rows and chance.random() < 0.8:
        row = chance.choice(rows)
        path.append(row["id"])
        rows = row.get("children", [])
    return path


def compare_explanation(history: History, question: Question, reader: Person, path: list[str]) -> None:
    """A row explained is its entries; AssertionError where it is not."""
    asked = {"report": question.body, "path": path, "pageSize": 1000}
    answer = reader.raw("POST", f"{OWN_PREFIX}/workspaces/{history.office.workspace_id}/reports/explain", asked)
    expected = explanation(question, path)
    if answer.status == 200:
        body = {name: answer.body[name] for name in SAID}
        body["sums"] = in_order([{name: part[name] for name in expected["sums"][0]} for part in body["sums"]])
        body["entries"] = [{name: one[name] for name in expected["entries"][0]} for one in body["entries"]]
        expected["sums"] = in_order(expected["sums"])
        answer = replace(answer, body=body)
    check(answer, expected, question=lambda: f"explain {path} for {reader.name} (in {question.zone}): {asked}")


def check(answer: Answer, expected: Body, *, question: Callable[[], str]) -> None:
    """The answer is what the oracle says; AssertionError with the question and where they differ first."""
    assert answer.status == 200, (answer, question())
    if answer.body != expected:
        raise AssertionError(f"{difference(expected, answer.body)}\nquestion: {question()}\nseed: {SEED}")
