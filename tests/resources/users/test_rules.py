"""What accounts may be, and how people are shown."""

import msgspec
import pytest

from hourbook.core.errors import InvalidValue
from hourbook.core.types import Role
from hourbook.resources.users import rules
from hourbook.resources.users.rules import AccountStatus, PeopleSort, RoleEntity, RoleView, User, UserSettings


def account(active: str | None, default: str | None) -> User:
    return User("u", "u@example.com", "U", AccountStatus.ACTIVE, None, "", None, active, default)


@pytest.mark.parametrize(
    "email",
    [
        "a@b.example",
        "first.last+tag@sub.example.com",
        "admin@localhost",
        "o'brien@example.com",
        "jürgen@münchen.example",
        "x" * 64 + "@e.example",
    ],
)
def test_addresses_of_many_shapes_are_accepted(email: str) -> None:
    assert rules.check_email(f" {email}\n") == email


@pytest.mark.parametrize(
    "email",
    [
        None,
        "",
        "a",
        "@b.example",
        "a@",
        "a@.example",
        "a@b..example",
        "a@b.example.",
        "a@-b.example",
        "a@b_.example",
        "a@b@c.example",
        "a b@c.example",
        "a\nb@c.example",
        "<a@b.example>",
        "x" * 65 + "@e.example",
        "a@" + ".".join(["x" * 60] * 5),
    ],
)
def test_what_is_no_address_is_refused(email: str | None) -> None:
    with pytest.raises(InvalidValue):
        rules.check_email(email)


def test_names_of_people_are_optional_and_at_most_250_characters() -> None:
    assert rules.check_name(" Ann ") == "Ann"
    assert rules.check_name("x" * 250) == "x" * 250
    assert rules.check_name(None) is rules.check_name(" ") is None
    with pytest.raises(InvalidValue):
        rules.check_name("x" * 251)


def test_keys_have_names() -> None:
    assert rules.check_key_name(" laptop ") == "laptop"
    for name in ("", " ", "x" * 251):
        with pytest.raises(InvalidValue):
            rules.check_key_name(name)


def test_settings_are_stored_with_every_key_and_read_back() -> None:
    settings = rules.new_settings("Europe/Belgrade")
    text = rules.encode_settings(settings)
    assert set(msgspec.json.decode(text)) == set(UserSettings.__struct_fields__)
    assert rules.decode_settings(text) == settings
    assert settings.time_zone == "Europe/Belgrade"
    assert rules.decode_settings(None) is None


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InvalidValue):
        rules.new_settings("Mars/Olympus")


def test_owners_count_as_admins_when_people_are_searched() -> None:
    assert rules.roles_counted(frozenset({Role.WORKSPACE_ADMIN})) == {Role.WORKSPACE_ADMIN, Role.OWNER}
    assert rules.roles_counted(frozenset({Role.OWNER})) == {Role.OWNER}
    assert rules.roles_counted(frozenset()) == frozenset()


@pytest.mark.parametrize("sort", list(PeopleSort))
def test_an_order_by_hidden_rates_is_the_order_by_id(sort: PeopleSort) -> None:
    assert rules.sort_seen(sort, billable_rates=True, cost_rates=True) is sort
    hidden = rules.sort_seen(sort, billable_rates=False, cost_rates=False)
    assert hidden is (PeopleSort.ID if sort in (PeopleSort.HOURLYRATE, PeopleSort.COSTRATE) else sort)


@pytest.mark.parametrize(
    ("stored", "shown"),
    [(("b", "a"), ("b", "a")), (("x", "b"), ("a", "b")), ((None, "x"), ("a", "a")), ((None, None), ("a", "a"))],
)
def test_a_workspace_that_cannot_be_opened_is_replaced_by_the_oldest(
    stored: tuple[str | None, str | None], shown: tuple[str, str]
) -> None:
    person = rules.openable(account(*stored), ["a", "b"])
    assert (person.active_workspace_id, person.default_workspace_id) == shown


def test_without_any_workspace_none_is_shown() -> None:
    person = rules.openable(account("a", None), [])
    assert (person.active_workspace_id, person.default_workspace_id) == ("", "")


def test_roles_are_gathered_strongest_first_and_leave_out_what_one_may_not_know() -> None:
    known = {entity: RoleEntity(entity, entity.upper()) for entity in ("w", "p", "q")}
    grants = [
        (Role.PROJECT_MANAGER, "q"),
        (Role.PROJECT_MANAGER, "p"),
        (Role.PROJECT_MANAGER, "hidden"),
        (Role.TEAM_MANAGER, "hidden"),
        (Role.WORKSPACE_ADMIN, "w"),
    ]
    assert rules.group_roles(grants, known) == [
        RoleView(Role.WORKSPACE_ADMIN, (known["w"],)),
        RoleView(Role.PROJECT_MANAGER, (known["q"], known["p"])),
    ]
    assert rules.group_roles([], known) == []


@pytest.mark.parametrize(
    ("expires_at_us", "limit_us", "is_good"),
    [
        (None, None, True),
        (11, None, True),
        (10, None, False),
        (None, 20, False),
        (20, 20, True),
        (21, 20, False),
    ],
)
def test_a_key_ends_in_the_future_and_not_after_the_key_that_makes_it(
    expires_at_us: int | None, limit_us: int | None, is_good: bool
) -> None:
    if is_good:
        rules.check_key_end(expires_at_us, now_us=10, limit_us=limit_us)
        return
    with pytest.raises(InvalidValue):
        rules.check_key_end(expires_at_us, now_us=10, limit_us=limit_us)


def test_a_replaced_key_ends_at_once_or_after_the_overlap_but_never_later_than_it_would() -> None:
    assert rules.overlap_end_us(None, 5, 0) is None
    assert rules.overlap_end_us(None, 5, 2) == 2_000_005
    assert rules.overlap_end_us(1_000_000, 5, 2) == 1_000_000
    for seconds in (-1, rules.OVERLAP_LIMIT_SECONDS + 1):
        with pytest.raises(InvalidValue):
            rules.overlap_end_us(None, 5, seconds)


def test_a_key_is_alive_until_it_is_revoked_or_over() -> None:
    key = rules.ApiKey("k", "u", "laptop", b"", None)
    assert rules.is_key_alive(key, 10)
    assert rules.is_key_alive(msgspec.structs.replace(key, expires_at_us=11), 10)
    assert not rules.is_key_alive(msgspec.structs.replace(key, expires_at_us=10), 10)
    assert not rules.is_key_alive(msgspec.structs.replace(key, revoked_at_us=1), 10)
