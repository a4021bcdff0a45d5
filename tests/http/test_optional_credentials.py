"""An operation that takes a credential and can do without: who the actor is, and what is refused all the same."""

from typing import Any

import pytest

from hourbook.http.operation import Call, CredentialUse, operation
from tests.harness import Answer, Office
from tests.sign_ins import COOKIE, open_session

pytestmark = pytest.mark.usefixtures("trial")
PATH = "/v1/trials/one"
NOBODY = {"asker": None, "workspace": "", "path": ""}


def ask(office: Office, **headers: str) -> Answer:
    return office.anonymous.raw("GET", PATH, headers={name.replace("_", "-"): text for name, text in headers.items()})


def test_without_a_credential_the_actor_is_nobody(office: Office) -> None:
    found = ask(office)
    assert (found.status, found.body) == (200, NOBODY)


def test_a_content_type_without_a_body_does_not_matter(office: Office) -> None:
    assert ask(office, content_type="text/plain").body == NOBODY


def test_with_a_key_it_is_the_account_outside_of_any_workspace(office: Office) -> None:
    assert office.member.raw("GET", PATH).body == NOBODY | {"asker": office.member.id}
    assert office.outsider.raw("GET", PATH).body == NOBODY | {"asker": office.outsider.id}


@pytest.mark.parametrize(
    ("headers", "refusal"),
    [
        ({"x_api_key": "nonsense"}, (401, 4003)),
        ({"x_api_key": ""}, (401, 4003)),
        ({"x_addon_token": "nonsense"}, (401, 4017)),
        ({"x_addon_key": "nonsense"}, (401, 4017)),
        ({"x_api_key": "nonsense", "x_addon_key": "nonsense"}, (401, 1000)),
    ],
    ids=repr,
)
def test_a_credential_that_is_none_is_refused_and_not_overlooked(
    office: Office, headers: dict[str, str], refusal: tuple[int, int]
) -> None:
    assert ask(office, **headers).refusal == refusal


def test_a_session_counts_for_as_long_as_it_lasts(office: Office) -> None:
    """A browser goes on sending a cookie that is over: a public thing must not be closed to whoever once signed in."""
    token = open_session(office.member).token
    assert ask(office, cookie=f"{COOKIE}={token}").body["asker"] == office.member.id
    assert ask(office, cookie=f"{COOKIE}=nonsense").body == NOBODY
    assert ask(office, cookie="theme=dark").body == NOBODY


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/workspaces/{workspace_id}/x", {"reads_only": True}),
        ("/x", {"journals": ("TAG_CREATED",)}),
    ],
    ids=["in a workspace", "a write"],
)
def test_only_a_read_outside_of_workspaces_can_be_asked_either_way(path: str, more: Any) -> None:
    declare = operation("POST", path, contract=None, action="tag.list", credential=CredentialUse.OPTIONAL, **more)

    def optional_handler(call: Call) -> None: ...

    with pytest.raises(LookupError, match="without the credential"):
        declare(optional_handler)
