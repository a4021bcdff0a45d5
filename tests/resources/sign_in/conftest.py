"""People with passwords, for the tests of sign-in."""

from collections.abc import Iterator

import pytest

from hourbook.core.types import Deployment
from tests.harness import Office, Person
from tests.sign_ins import Browser, set_password, signed_in


@pytest.fixture
def member(office: Office) -> Person:
    """A member with a password."""
    set_password(office.member)
    return office.member


@pytest.fixture
def browser(member: Person) -> Browser:
    """A browser in which the member is signed in."""
    return signed_in(member)


@pytest.fixture
def mailing(office: Office) -> Iterator[Office]:
    """An office of a server that sends mail."""
    pipeline = office.server.runtime.pipeline
    before = pipeline.deployment
    pipeline.deployment = Deployment(base_url="https://time.example.org", mail_is_on=True)
    yield office
    pipeline.deployment = before
