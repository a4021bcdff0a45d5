"""A workspace whose journal is in the chain."""

import pytest

from hourbook.resources.audit import actions_chain
from tests.harness import Office
from tests.resources.audit.tampering import extend


@pytest.fixture
def chained(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """A workspace with some rows of its journal in the chain, in several links."""
    monkeypatch.setattr(actions_chain, "PORTION_ROWS", 4)
    for number in range(6):
        assert office.owner.post("/tags", {"name": f"tag {number}"}).status == 201
    extend(office)
    return office
