"""Which changes somebody may hear of, as one declared table of kinds. Pure.

The feed tells that something changed and names it; what it holds is read with the operation that reads it, which
has its own permissions. A change of fields that are hidden from somebody is none for them.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

IDS_LIMIT = 1000
# What one takes in memory.
ID_BYTES, PLACE_BYTES = 80, 200


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Whose a thing is and where, before or after a change."""

    user_id: str | None = None
    project_id: str | None = None
    is_public: bool = False


class Notice(msgspec.Struct):
    """A change as the feed knows it. `ids`: of a bulk change, None when they are too many to be named.

    `places`: where the things are or were; empty when the row does not say.
    """

    revision: int
    at_us: int
    event: str | None
    kind: str
    verb: str
    thing_id: str | None
    ids: tuple[str, ...] | None
    changed: tuple[str, ...] | None
    actor_id: str | None
    subject_user_id: str | None
    origin: str
    places: tuple[Place, ...]

    @property
    def weight(self) -> int:
        """About how many bytes it holds; of a bulk change nearly all of them are ids."""
        return 800 + ID_BYTES * len(self.ids or ()) + PLACE_BYTES * len(self.places)


class Watched(msgspec.Struct, frozen=True):
    """`action`: what one must be allowed to. `user`, `project`: the fields that say whose a thing is and where."""

    action: str
    user: str | None = None
    project: str | None = None


WATCHED: Mapping[str, Watched] = {
    "TIME_ENTRY": Watched("time_entry.list", user="user_id", project="project_id"),
    "PROJECT": Watched("project.list", project="id"),
    "PROJECT_MEMBER": Watched("project.list", project="project_id"),
    "TASK": Watched("task.list", project="project_id"),
    "CUSTOM_FIELD_OVERRIDE": Watched("project.list", project="project_id"),
    "CLIENT": Watched("client.list"),
    "TAG": Watched("tag.list"),
    "CUSTOM_FIELD": Watched("custom_field.list"),
    "USER_CUSTOM_FIELD_VALUE": Watched("member.read_profile", user="user_id"),
    "CURRENCY": Watched("workspace.read"),
    "WORKSPACE": Watched("workspace.read"),
    "USER": Watched("member.list"),
    "MEMBER": Watched("member.list"),
    "ROLE": Watched("member.list"),
    "USER_GROUP": Watched("group.list"),
    "INVITATION": Watched("member.invite"),
    "RATE": Watched("workspace.set_rates"),
    "SHARED_REPORT": Watched("shared_report.manage", user="user_id"),
    "SCHEDULED_REPORT": Watched("scheduled_report.manage", user="user_id"),
    "EXPORT": Watched("export.manage", user="user_id"),
    "WEBHOOK": Watched("webhook.list"),
    "ADDON": Watched("addon.manage"),
}
# Matters of accounts and of signing in: no workspace's feed tells of them.
UNTOLD = frozenset(
    {"API_KEY", "SESSION", "PASSWORD_RESET", "SECOND_FACTOR", "SSO_IDENTITY", "SSO_PROVIDER", "FILE", "ERASURE"}
)
BILLABLE_FIELDS = frozenset({"hourly_rate_minor", "budget_estimate_minor", "budget_estimate"})
COST_FIELDS = frozenset({"cost_rate_minor"})


class Sight(msgspec.Struct, frozen=True):
    """What somebody may hear of: all of a kind, or only what passes its test."""

    everything: frozenset[str]
    tests: Mapping[str, Callable[[Place], bool]]
    hidden_fields: frozenset[str]


def seen(notice: Notice, sight: Sight) -> Notice | None:
    """The change as somebody hears of it; None when it is none of theirs.

    Of a bulk change the things, and whose they are, are named only to those who may see every thing of the kind.
    """
    changed = notice.changed
    if changed is not None and sight.hidden_fields:
        changed = tuple(name for name in changed if name not in sight.hidden_fields)
        if not changed:
            return None
    if notice.kind in sight.everything:
        return notice if changed == notice.changed else msgspec.structs.replace(notice, changed=changed)
    test = sight.tests.get(notice.kind)
    if test is None or (notice.places and not any(map(test, notice.places))):
        return None
    if notice.thing_id is None or not notice.places:
        return msgspec.structs.replace(notice, changed=changed, thing_id=None, ids=None, subject_user_id=None)
    return msgspec.structs.replace(notice, changed=changed)


def shown_name(field: str) -> str:
    """A field as the API calls it, without our units: `hourly_rate_minor` is `hourlyRate`."""
    for unit in ("_minor", "_seconds", "_us", "_s"):
        field = field.removesuffix(unit)
    first, *rest = field.removeprefix("is_").split("_")
    return first + "".join(map(str.capitalize, rest))


def named_ids(ids: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if ids is None or len(ids) > IDS_LIMIT else tuple(ids)
