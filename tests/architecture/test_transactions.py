"""Who opens, commits and writes (design section 4, rule 8)."""

import ast
import re

from tests.architecture.source import Module, modules, report, texts_of

# Identifying who asks is the first step of the pipeline, in a file of its own.
MAY_OPEN = ("http.pipeline", "http.askers", "http.live", "worker", "cli", "db")
SQLALCHEMY_TRANSACTIONS = {"commit", "rollback", "begin_nested", "savepoint"}
TRANSACTION_TEXT = re.compile(r"^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b")
# Written without a journal row though it is no derived table, each with the reason.
NOT_JOURNALED = {
    ("sign_in", "sessions"): "when a session was last used is no fact of the domain, nor when it ends by itself",
    ("sign_in", "password_resets"): "links that are long over are removed",
    ("sign_in", "sign_in_failures"): "counted failures belong to no workspace and are forgotten",
    ("mail", "mail_outbox"): "that a mail waits is no fact of the domain, and it holds a secret link until it is sent",
    ("addons", "addon_calls"): "that a call waits is no fact of the domain, and it holds tokens until it is sent",
    ("addons", "addons"): "add-ons of a workspace that is deleted: its journal goes with it",
    ("webhooks", "webhook_health"): "how deliveries to a webhook go follows from them",
    ("webhooks", "webhook_cursors"): "how far the journal was told of follows from what was told",
    ("webhooks", "webhook_messages"): "made from the journal",
    ("webhooks", "webhook_deliveries"): "made from the journal; what became of one is no fact of the domain",
    ("webhooks", "webhook_tries"): "a log of what was sent and answered",
    ("mail", "mail_attachments"): "a file that waits with its mail, and goes with it",
    ("mail", "mail_attachment_parts"): "a file that waits with its mail, and goes with it",
    ("scheduled_reports", "runs"): "when the worker looks next is no fact of the domain",
    ("jobs", "jobs"): "that work waits is no fact of the domain; what it changes is journaled",
    ("files", "files"): "when a picture was last taken into use is no fact of the domain; unused ones are swept",
    ("users", "api_keys"): "when a key was last used is no fact of the domain",
    ("privacy", "files"): "the picture of somebody who is erased; nothing of the person is kept, a journal row least",
    ("privacy", "idempotency_keys"): "answers that are kept for a day, gone with somebody who is erased",
    ("privacy", "mail_outbox"): "mails to somebody who is erased, and the name in those that wait",
    ("single_sign_on", "sso_attempts"): "a sign-in that was begun is no fact of the domain, and nothing is left of it",
    ("projects", "projects"): "the client's name is repeated; the change of the client is journaled",
    ("workspaces", "workspace_members"): "the rank that lists are sorted by is derived from the roles",
}
# Of these nothing is journaled, in whichever slice.
DERIVED = {
    "export_parts": "the content of a file that is made of the entries, kept for hours",
}
DIALECTS = {"sqlite", "postgresql", "postgres", "psycopg"}


def is_in(module: Module, places: tuple[str, ...]) -> bool:
    return any(module.name == place or module.name.startswith(place + ".") for place in places)


def test_only_the_database_layer_says_begin_and_commit() -> None:
    report(
        [
            f"{module.place}:{line} {text[:40]!r}"
            for module in modules()
            if module.layer != "db"
            for line, text in texts_of(module)
            if TRANSACTION_TEXT.match(text)
        ]
    )


def test_nobody_uses_the_transactions_of_sqlalchemy() -> None:
    report(
        [
            f"{module.place}:{node.lineno} .{node.func.attr}()"
            for module in modules()
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in SQLALCHEMY_TRANSACTIONS
        ]
    )


def test_only_the_pipeline_the_worker_and_the_commands_open_transactions() -> None:
    bad = []
    for module in modules():
        if is_in(module, MAY_OPEN):
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute) and (
                node.attr in {"read_now", "write_now"}
                or (node.attr in {"read", "write"} and ast.unparse(node.value).endswith("database"))
            ):
                bad.append(f"{module.place}:{node.lineno} {ast.unparse(node)}")
    report(bad)


def test_only_the_transaction_touches_the_connection() -> None:
    """Slices write through `tx.insert`, `tx.update`, ...; they do not reach for what is below."""
    report(
        [
            f"{module.place}:{node.lineno} {ast.unparse(node)}"
            for module in modules()
            if module.layer == "resources"
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Attribute) and node.attr == "connection"
        ]
    )


def written_tables(module: Module) -> list[tuple[int, str]]:
    """Line and table of every write statement; a function that is given its table counts where it is called."""
    makers = {
        function.name
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef) and any(name == "table" for _, name in _written_in(function))
    }
    given = [
        (node.lineno, ast.unparse(node.args[0]))
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in makers
    ]
    return given + [(line, name) for line, name in _written_in(module.tree) if name != "table"]


def _written_in(tree: ast.AST) -> list[tuple[int, str]]:
    return [
        (node.lineno, ast.unparse(node.args[0]))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"sa.insert", "sa.update", "sa.delete"}
    ]


def test_a_slice_writes_statements_for_derived_tables_only() -> None:
    """Everything else goes through `tx.insert`, `tx.update` and their like, which journal it."""
    report(
        [
            f"{module.place}:{line} {table}"
            for module in modules()
            if module.role == "store"
            for line, table in written_tables(module)
            if not table.endswith("_totals") and table not in DERIVED and (module.slice, table) not in NOT_JOURNALED
        ]
    )


def test_only_the_engine_names_a_database() -> None:
    bad = []
    for module in modules():
        named = [(line, text.strip().lower().partition("+")[0]) for line, text in texts_of(module)]
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Attribute):
                named.append((node.lineno, node.attr.removesuffix("_where")))
        bad += [f"{module.place}:{line} {name}" for line, name in named if name in DIALECTS]
    report([place for place in bad if not place.startswith("src/hourbook/db/engine.py")])


def test_time_is_asked_of_the_clock() -> None:
    """`time.time` and `datetime.now` belong to core/clock; measuring a duration is no question of time."""
    asking = {"time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
    report(
        [
            f"{module.place}:{node.lineno} {ast.unparse(node)}"
            for module in modules()
            if module.name != "core.clock"
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Attribute) and ast.unparse(node) in asking
        ]
    )
