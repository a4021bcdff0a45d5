"""Uploading as clients do, and what a database keeps of it."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import uploads
from tests.harness import Answer, Office, Person

Upload = Callable[..., Answer]


@pytest.fixture
def upload(office: Office) -> Upload:
    """Sends parts, or one file as the member."""

    def send(*parts: bytes, by: Person | None = None, body: bytes | None = None, headers: Any = None) -> Answer:
        content = uploads.body(*parts) if body is None else body
        person = by or office.member
        return person.raw("POST", "/api/v1/file/image", content, None, headers or uploads.HEADERS)

    return send


@pytest.fixture
def kept(office: Office) -> Callable[[], int]:
    """How many files somebody of the office has in the database."""

    def count() -> int:
        ids = ",".join(f"'{person.id}'" for person in office.everybody.values() if person.id)
        connection = office.server.runtime.engine.connect(read_only=True)
        try:
            rows = connection.fetch_text("SELECT user_id FROM files")
        finally:
            connection.close()
        return sum(bytes(row[0]).hex() in ids for row in rows)

    return count
