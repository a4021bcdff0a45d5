"""The verbs of user tokens: half an hour of one member, through one add-on.

An add-on asks for one with its installation token, or the member does, to open a page of the add-on. Nothing is
written: what a token says is all there is of it.
"""

from hourbook.access.actors import Actor
from hourbook.access.addon_tokens import USER_TOKEN_SECONDS, Installation, Viewer
from hourbook.access.secrets import SecretBox
from hourbook.core.errors import AccessDenied, InvalidValue, NotFound
from hourbook.core.types import Role
from hourbook.db.tx import ReadTx
from hourbook.resources.addons import actions, rules, store
from hourbook.resources.addons.actions_settings import ONLY_ADDONS
from hourbook.resources.addons.rules import Addon, Issued, Status
from hourbook.resources.users.rules import UserSettings, decode_settings

_RANKS = (Role.OWNER, Role.WORKSPACE_ADMIN, Role.PROJECT_MANAGER, Role.TEAM_MANAGER)
_CLOSED = ("DELETED", "LIMITED", "LIMITED_DELETED")


def for_addon(tx: ReadTx, user_id: str, *, actor: Actor, box: SecretBox) -> str:
    """The token of a member, for the add-on that acts. InvalidValue unless it acts by its installation token."""
    if actor.addon is None:
        raise InvalidValue(ONLY_ADDONS)
    if not actor.addon.is_installed:
        raise AccessDenied
    return _issued(tx, actions.get_addon(tx, actor.addon.id), user_id, box=box).token


def for_member(tx: ReadTx, addon_id: str, *, actor: Actor, box: SecretBox) -> Issued:
    """The token of the actor, for opening a page of the add-on; NotFound where none is for them."""
    addon = actions.get_addon(tx, addon_id)
    if not actor.is_admin and not rules.open_components(addon, is_admin=False):
        raise NotFound(store.ADDON.word)
    if addon.status != Status.ACTIVE:
        raise InvalidValue("This add-on is switched off")
    return _issued(tx, addon, str(actor.id), box=box)


def _issued(tx: ReadTx, addon: Addon, user_id: str, *, box: SecretBox) -> Issued:
    found = store.find_member(tx, user_id)
    if found is None or found[0] in _CLOSED:
        raise NotFound("User")
    settings = decode_settings(found[1]) or UserSettings()
    viewer = Viewer(
        user_id=user_id,
        language=settings.lang,
        theme=settings.theme.value,
        role=_role(tx, user_id),
        is_read_only=tx.actor.is_read_only,
    )
    about = Installation(addon.key, addon.workspace_id, addon.id)
    base_url = tx.facts.deployment.base_url
    token = actions.signer_of(tx, box).user(about, viewer, base_url=base_url, now_us=tx.now_us)
    return Issued(token, tx.now_us // 1_000_000 + USER_TOKEN_SECONDS)


def _role(tx: ReadTx, user_id: str) -> str:
    """The highest role; USER for a member without one."""
    roles = store.roles_of(tx, user_id)
    return next((role.value for role in _RANKS if role.value in roles), "USER")
