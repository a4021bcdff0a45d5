"""The verbs of accounts and API keys."""

import msgspec

from hourbook.access.actors import hash_key
from hourbook.access.tokens import new_api_key
from hourbook.core.errors import NameTaken, NotFound
from hourbook.core.types import Role
from hourbook.db.tx import ReadTx, Tx
from hourbook.resources.users import rules, store
from hourbook.resources.users.rules import AccountStatus, ApiKey, ListedKey, User
from hourbook.resources.workspaces import actions as workspaces
from hourbook.resources.workspaces.rules import MemberStatus, Workspace

# --- accounts ----------------------------------------------------------------------------------


def create_user(
    tx: Tx, email: str | None, *, name: str | None, password_hash: str | None = None, zone: str = "UTC"
) -> User:
    """A new account whose active workspace is the transaction's; it is no member there yet.

    NameTaken when the address has an account already.
    """
    user = User(
        id=tx.new_id(),
        email=_free_email(tx, email),
        name=rules.check_name(name),
        status=AccountStatus.ACTIVE,
        password_hash=password_hash,
        profile_picture="",
        settings=rules.encode_settings(rules.new_settings(zone)),
        active_workspace_id=tx.workspace_id,
        default_workspace_id=tx.workspace_id,
    )
    tx.insert(store.USER, user, subject=user.id)
    return user


def create_owner(
    tx: Tx,
    *,
    email: str,
    name: str | None,
    workspace_name: str,
    password_hash: str | None = None,
    zone: str = "UTC",
    currency: str = "USD",
) -> tuple[User, Workspace]:
    """A new account with a workspace of its own; NameTaken when the address has an account already."""
    workspace = workspaces.open_workspace(tx, workspace_name, currency=currency)
    user = create_user(tx, email, name=name, password_hash=password_hash, zone=zone)
    workspaces.add_owner(tx, user.id)
    return user, workspace


def create_member(
    tx: Tx,
    email: str,
    *,
    name: str | None,
    role: Role | None = None,
    password_hash: str | None = None,
    zone: str = "UTC",
) -> User:
    """A new account that is an active member of this workspace, as an admin when `role` says so."""
    user = create_user(tx, email, name=name, password_hash=password_hash, zone=zone)
    workspaces.add_member(tx, user.id)
    if role is not None:
        workspaces.grant_role(tx, user.id, role, tx.workspace_id)
    return user


def invite(tx: Tx, email: str | None) -> User:
    """Puts the account of an address into the workspace, pending; makes one when there is none.

    InvalidValue when it is a member already, whatever its status.
    """
    address = rules.check_email(email)
    user = store.find_user_by_email(tx, address)
    if user is None:
        home = tx.workspace_id
        user = User(tx.new_id(), address, None, AccountStatus.NOT_REGISTERED, None, "", None, home, home)
        tx.insert(store.USER, user, subject=user.id)
    workspaces.add_member(tx, user.id, MemberStatus.PENDING)
    return user


def get_user(tx: ReadTx, user_id: str) -> User:
    """NotFound when there is no such account."""
    found = store.find_user(tx, user_id)
    if found is None:
        raise NotFound("User")
    return found


def find_user_by_email(tx: ReadTx, email: str) -> User | None:
    """The account with this address, compared without case."""
    return store.find_user_by_email(tx, email.strip())


def _free_email(tx: ReadTx, email: str | None) -> str:
    address = rules.check_email(email)
    if store.find_user_by_email(tx, address) is not None:
        raise NameTaken("User", address)
    return address


# --- API keys ----------------------------------------------------------------------------------


def create_api_key(tx: Tx, user_id: str, name: str) -> tuple[ApiKey, str]:
    """A new key and its text, which can never be read again. Journaled in the account's active workspace."""
    user = get_user(tx, user_id)
    plain = new_api_key()
    key = ApiKey(tx.new_id(), user.id, rules.check_key_name(name), hash_key(plain), None)
    _go_home(tx, user)
    tx.insert(store.API_KEY, key, subject=user.id)
    return key, plain


def list_api_keys(tx: ReadTx, user_id: str | None = None) -> list[ListedKey]:
    """Keys of one account or of all, revoked ones included."""
    return store.list_keys(tx, user_id)


def revoke_api_key(tx: Tx, key_id: str) -> ApiKey:
    """Ends a key; doing it twice changes nothing. NotFound when there is no such key."""
    before: ApiKey = tx.get(store.API_KEY, key_id)
    if before.revoked_at_us is not None:
        return before
    _go_home(tx, get_user(tx, before.user_id))
    after = msgspec.structs.replace(before, revoked_at_us=tx.now_us)
    tx.update(store.API_KEY, before, after, subject=before.user_id)
    return after


def touch_keys(tx: Tx, used_at_us: dict[str, int]) -> None:
    """Notes when keys were last used: {key id: microseconds}; called now and then with what gathered."""
    store.touch_keys(tx, used_at_us)


def _go_home(tx: Tx, user: User) -> None:
    """A command that works in no workspace writes its journal row in the account's own."""
    if not tx.workspace_id and user.active_workspace_id:
        tx.workspace_id = user.active_workspace_id
