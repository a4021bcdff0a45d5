"""What explanations say, and how roles, settings and reach are put into words."""

import pytest

from hourbook.access.explain import reach_in_words
from hourbook.access.scope import EVERYTHING, NOTHING, Scope
from hourbook.core.types import Role
from hourbook.resources.permissions import rules
from hourbook.resources.permissions.rules import Explanation, Permission, Person, SettingUsed, Thing


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        ((), "a member without a further role"),
        ((Role.OWNER,), "the owner"),
        ((Role.TEAM_MANAGER, Role.PROJECT_MANAGER), "a project manager and a team manager"),
        ((Role.WORKSPACE_ADMIN,), "an admin"),
    ],
)
def test_roles_are_said_the_strongest_first(roles: tuple[Role, ...], words: str) -> None:
    assert rules.roles_in_words(roles) == words


def test_settings_are_spelled_as_on_the_wire() -> None:
    assert rules.spelled("only_admins_see_all_time_entries") == "onlyAdminsSeeAllTimeEntries"
    assert rules.spelled("zone") == "zone"


@pytest.mark.parametrize(
    ("value", "words"),
    [("ADMINS", "ADMINS"), (True, "True"), (("PROJECT", "TEAM"), "PROJECT, TEAM"), ((), "empty")],
)
def test_values_of_settings_are_said(value: object, words: str) -> None:
    assert rules.value_in_words(value) == words


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (EVERYTHING, "everything"),
        (NOTHING, "nothing"),
        (Scope(own_user_id="a"), "their own"),
        (Scope(user_ids=("a",)), "that of 1 person they manage"),
        (Scope(user_ids=("a", "b"), public=True), "that of 2 people they manage or that of public projects"),
        (Scope(project_ids=("a", "b")), "that of 2 named projects"),
        (Scope(project_ids=()), "nothing"),
        (Scope(before_s=0), "what began before 1970-01-01T00:00:00Z"),
        (Scope(own_user_id="a") | Scope(public=True), "(their own) or (that of public projects)"),
        (EVERYTHING & Scope(own_user_id="a"), "(everything) and (their own)"),
    ],
)
def test_reach_is_said_as_people_say_it(scope: Scope, words: str) -> None:
    assert reach_in_words(scope) == words


def explanation(
    *, outside: str = "", is_allowed: bool = True, decides: bool = True, is_inside: bool | None = True
) -> Explanation:
    settings = (SettingUsed("whoCanCreateTags", "ADMINS", decides),)
    permission = Permission("tag.create", "as set", is_allowed, "their own", False, settings)
    thing = None if is_inside is None else Thing("1", "TAG", is_inside)
    return Explanation(Person("2", "Max", outside=outside), permission, thing)


def test_what_the_role_allows_and_the_reach_holds_is_allowed() -> None:
    assert explanation().is_allowed
    assert explanation(is_inside=None).is_allowed
    assert not explanation(is_inside=False).is_allowed
    assert not explanation(is_allowed=False).is_allowed


def test_the_sentence_says_verdict_row_role_setting_and_reach() -> None:
    assert explanation().sentence == (
        "Max may tag.create TAG 1. The row tag.create says: as set. Max is a member without a further role. "
        "The setting whoCanCreateTags is ADMINS, and that decides. The action reaches: their own. "
        "The thing is among that."
    )
    assert explanation(is_inside=False).sentence.endswith("The thing is not among that.")
    assert explanation(is_inside=None).sentence.endswith("The action reaches: their own.")
    assert "No setting decides." in explanation(decides=False).sentence
    assert explanation(is_allowed=False).sentence.endswith("The role is not enough, whatever the thing.")


def test_somebody_outside_is_told_so_and_no_more() -> None:
    found = explanation(outside="the account is LIMITED", is_allowed=False, is_inside=None)
    assert found.sentence == "Max may not tag.create. It is not the table that decides: the account is LIMITED."
