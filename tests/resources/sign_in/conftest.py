"""People with passwords, for the tests of sign-in."""

import pytest

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
