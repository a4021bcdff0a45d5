"""A workspace whose every free text carries a canary, so that a leak can be seen in any byte.

The matrices of tenants ask about its things from outside. What people can write as they like gets the
canary in front; words with a meaning (JSON, states, codes, colours) stay, or nothing would work.
"""

import re
from typing import Any

import msgspec
import sqlalchemy as sa

from hourbook.db.engine import Engine
from hourbook.db.statement import Statement, bind
from hourbook.db.tables import METADATA
from hourbook.http.operation import Operation
from tests.harness import Office, Server
from tests.security.places import places_of
from tests.security.stage import Stages, is_personal

CANARY = "KanarienVogel"
# Digests, folded companions, ciphertexts, and the journal, which repeats the tables.
_SKIPPED = re.compile(r"(_key|_hash|_json|_sealed|_text|_checksum)$|^(client_address|user_agent|zone|lang)$")
_SKIPPED_TABLES = {"journal", "journal_snapshots", "jobs", "mails"}
# States, codes, colours, numbers, addresses of pages, and texts of programs.
_MEANT = re.compile(r"[A-Z][A-Z0-9_]*|#[0-9a-fA-F]{3,8}|[0-9:.,/+-]*|https?://\S*|[a-z_+.]+", re.ASCII)


def with_canary(text: str | None) -> str | None:
    """The text with the canary in front, when people wrote it as they liked; None for other texts."""
    if not text or CANARY in text or _MEANT.fullmatch(text):
        return None
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return f"{CANARY} {text}"
    # A stored value of a field is JSON, too.
    return msgspec.json.encode(f"{CANARY} {value}").decode() if isinstance(value, str) else None


_revisions = METADATA.tables["workspace_revisions"].c
_REVISION = Statement(sa.select(_revisions.revision).where(_revisions.workspace_id == bind("workspace_id")))


class Victims(Stages):
    """Stages with canaries in them; `values` of a record have their canaries when they are handed out."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._engine: Engine = server.runtime.engine
        self._planted_at: dict[str, int] = {}
        self.planted = 0

    def values_for(self, record: Operation) -> dict[str, str]:
        """Good values about the victim's things, those of its owner where it is about a person."""
        stage = self.of(record)
        values = dict(stage.values(record, whose="owner" if is_personal(record) else None, kind="private"))
        revision = revision_of(stage.office)
        if self._planted_at.get(stage.office.workspace_id) != revision:
            self._planted_at[stage.office.workspace_id] = revision
            self._plant(stage.office.workspace_id)
        return values

    def _plant(self, workspace_id: str) -> None:
        with self._engine.schema_engine().begin() as connection:
            for table in METADATA.sorted_tables:
                where = _of_workspace(table, workspace_id)
                columns = [column for column in table.columns if _may_be_free(column)]
                if where is None or not columns or table.name in _SKIPPED_TABLES:
                    continue
                key = list(table.primary_key.columns)
                for row in connection.execute(sa.select(*key, *columns).where(where)).all():
                    found = dict(zip([column.name for column in columns], row[len(key) :], strict=True))
                    planted = {name: with_canary(text) for name, text in found.items()}
                    changed = {name: text for name, text in planted.items() if text is not None}
                    if changed:
                        same = [column == value for column, value in zip(key, row[: len(key)], strict=True)]
                        connection.execute(sa.update(table).where(*same).values(changed))
                        self.planted += len(changed)


def revision_of(office: Office) -> int:
    """How many changes the workspace's journal has seen."""
    found: int = office.read(lambda tx: tx.one(_REVISION)[0])
    return found


def _may_be_free(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.Text) and not column.primary_key and not _SKIPPED.search(column.name)


def _of_workspace(table: sa.Table, workspace_id: str) -> sa.ColumnElement[bool] | None:
    """The rows of one workspace; of the accounts those of its people."""
    if "workspace_id" in table.columns:
        return table.c.workspace_id == workspace_id
    if table.name == "workspaces":
        return table.c.id == workspace_id
    if table.name == "users":
        members = METADATA.tables["workspace_members"]
        return table.c.id.in_(sa.select(members.c.user_id).where(members.c.workspace_id == workspace_id))
    return None


def id_places(record: Operation, values: dict[str, str]) -> list[str]:
    """The places of an operation that hold ids of things, besides the workspace's."""
    is_id = re.compile(r"[0-9a-f]{24}").fullmatch
    return [place for place in places_of(record) if place != "workspaceId" and is_id(values[place])]
