"""What the fields of a client may hold."""

import msgspec
import pytest

from hourbook.core.errors import ActiveCannotBeDeleted, InvalidValue
from hourbook.resources.clients import rules
from hourbook.resources.clients.rules import Client, Details

CLIENT = Client("a" * 24, "b" * 24, "Acme", None, None, None, False, None, "c" * 24)


def test_details_come_back_trimmed() -> None:
    said = rules.check_details(Details(name=" Acme ", email=" a@b ", cc_emails=(" c@d ",), note=" n "))
    assert (said.name, said.email, said.cc_emails, said.note, said.address) == ("Acme", "a@b", ("c@d",), " n ", None)


@pytest.mark.parametrize(
    "wrong",
    [
        Details(),
        Details(name="x" * 101),
        Details(name="x", email="@b"),
        Details(name="x", email="a@"),
        Details(name="x", email="a b@c"),
        Details(name="x", email="a@" + "b" * 320),
        Details(name="x", address="x" * 3001),
        Details(name="x", note="x" * 3001),
        Details(name="x", cc_emails=("a@b",) * 4),
        Details(name="x", cc_emails=("a",)),
    ],
)
def test_details_that_break_a_rule_are_refused(wrong: Details) -> None:
    with pytest.raises(InvalidValue):
        rules.check_details(wrong)


def test_addresses_are_stored_as_text_and_read_again() -> None:
    assert rules.decode_emails(rules.encode_emails(("a@b", "c@d"))) == ["a@b", "c@d"]
    assert rules.encode_emails(None) is None
    assert rules.decode_emails(None) is None


def test_silence_about_copies_is_no_list() -> None:
    assert rules.check_details(Details(name="Acme")).cc_emails is None


def test_only_an_archived_client_can_be_deleted() -> None:
    with pytest.raises(ActiveCannotBeDeleted):
        rules.check_deletable(CLIENT)
    rules.check_deletable(msgspec.structs.replace(CLIENT, archived=True))
