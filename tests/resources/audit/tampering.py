"""What somebody does who has the database itself, and how it is noticed."""

from typing import Any

import msgspec

from hourbook.journal import chain, chain_store
from hourbook.journal.chain_check import Verdict
from hourbook.journal.chain_store import Raw, Salts
from hourbook.resources.audit import actions_chain
from tests.harness import Office


def blob(office: Office, content: str) -> str:
    """Bytes, given as hexadecimal digits, as the database writes them."""
    return f"x'{content}'" if office.server.is_sqlite else f"decode('{content}', 'hex')"


def run(office: Office, text: str) -> None:
    """Runs SQL as somebody would who has the database, `{ws}` for the workspace."""
    here = blob(office, office.workspace_id)
    office.write(lambda tx: tx.connection.text(text.format(ws=here)))


def do(office: Office, text: str) -> None:
    """The same of several statements, with a semicolon between them."""
    for one in text.split(";"):
        run(office, one)


def extend(office: Office) -> chain_store.Head:
    head: chain_store.Head = office.write(actions_chain.extend_to_end)
    return head


def verify(office: Office, kept: str | None = None) -> Verdict:
    verdict: Verdict = office.read(lambda tx: actions_chain.verify(tx, kept))
    return verdict


def rows(office: Office) -> list[Raw]:
    """The journal as it is stored."""
    found: list[Raw] = office.read(lambda tx: chain_store.read_rows(tx, 0, 10_000))
    return found


def commitments(office: Office) -> dict[int, Salts]:
    """By the numbers of the rows they are of."""
    found = office.read(lambda tx: chain_store.commitments_of(tx, [office.workspace_id]))
    return {revision: salts for (_, revision), salts in found.items()}


def rewrite(office: Office, row: Raw, after: dict[str, Any], *, salts: Salts | None) -> None:
    """Puts other words into a row, and lets its commitment say what it has to."""
    here = f"workspace_id = {{ws}} AND revision = {row.revision}"
    run(office, f"UPDATE journal SET after = {_literal(after)} WHERE {here}")
    run(office, f"DELETE FROM audit_commitments WHERE {here}")
    if salts is not None:
        names = "audit_commitments (workspace_id, revision, salts)"
        run(office, f"INSERT INTO {names} VALUES ({{ws}}, {row.revision}, {_literal(salts)})")


def _literal(value: Any) -> str:
    text = msgspec.json.encode(value).decode().replace("'", "''")
    return "'" + text.replace("{", "{{").replace("}", "}}") + "'"


def forged(row: Raw, salts: Salts | None) -> dict[str, Salts]:
    """Commitments under which a row has the digest that it had, whatever it is made to say.

    All that they are made of lies in the database.
    """
    whole = chain.content_digest(row, salts).hex()
    contents = chain.decoded(row)
    digests = {place: chain._leaf(contents, place, text) for place, text in sorted((salts or {}).items())}
    rest = chain._digest(contents).hex()
    return {
        "all of it": {chain.WHOLE: "d" + whole},
        "the rest": {**(salts or {}), chain.REST: "d" + rest},
        "every value": {place: "d" + digest for place, digest in digests.items()} | {chain.REST: "d" + rest},
    }
