"""The verbs of files: read an upload, keep a picture, use it, read it, sweep what nobody uses.

`read_picture` is slow and runs before a transaction; everything else works in one. What a picture is
used for is told by reactions, so that whoever sets one need not know files.
"""

import hashlib
from typing import Any

import msgspec

from hourbook.access.tokens import new_token
from hourbook.core.errors import InvalidValue, NotFound
from hourbook.db.tx import ReadTx, Tx, reacts_to
from hourbook.resources.files import actions_pictures, rules, store
from hourbook.resources.files.rules import Picture, StoredFile
from hourbook.resources.workspaces import actions as workspaces
from hourbook.resources.workspaces.rules import MemberStatus


def read_picture(name: str, content_type: str, content: bytes) -> tuple[str, Picture]:
    """The name to show and the picture, written anew; refusals for everything that is none."""
    picture = actions_pictures.written_anew(content, content_type)
    return rules.shown_name(name, picture.ending), picture


def new_address() -> str:
    """The unguessable part of an address."""
    return new_token()


def keep_picture(tx: Tx, name: str, picture: Picture, *, token: str) -> StoredFile:
    """Stores it for the actor; the same picture again is the file that is there. QuotaUsedUp over the quota."""
    user_id = str(tx.actor.id)
    used = store.used_bytes(tx, user_id)
    sha256 = hashlib.sha256(picture.content).digest()
    same = store.find_same(tx, user_id, sha256)
    if same is not None:
        _touch(tx, same)
        return msgspec.structs.replace(same, name=name)
    size = len(picture.content)
    rules.check_quota(used, size, quota_bytes=tx.facts.deployment.upload_quota_bytes)
    file = StoredFile(
        id=tx.new_id(),
        user_id=user_id,
        token=f"{token}.{picture.ending}",
        name=name,
        content_type=picture.content_type,
        size_bytes=size,
        sha256=sha256,
        content=picture.content,
        used_at_us=tx.now_us,
    )
    _go_home(tx, user_id)
    tx.insert(store.FILE, file, subject=user_id)
    return file


def _go_home(tx: Tx, user_id: str) -> None:
    """What an account does outside of workspaces is journaled in one it is in."""
    if not tx.workspace_id:
        found = workspaces.memberships_of(tx, user_id)
        tx.workspace_id = next((one.workspace_id for one in found if one.status is MemberStatus.ACTIVE), "")


def get_file(tx: ReadTx, token: str) -> StoredFile:
    """NotFound when there is none with this address."""
    # What can be no token is not asked of the database, which may not take every text.
    known = rules.token_in(rules.address_of("", token))
    found = store.find(tx, token) if known == token else None
    if found is None:
        raise NotFound(store.FILE.word, "Server")
    return found


def address_of(tx: ReadTx, file: StoredFile) -> str:
    return rules.address_of(tx.facts.deployment.base_url, file.token)


def checked_address(tx: Tx, address: str) -> str:
    """The address of an uploaded picture as it is today, held until commit; empty stays empty.

    InvalidValue for any other address: a picture elsewhere would tell its server who looks at it.
    """
    if not address:
        return ""
    token = rules.token_in(address)
    file = None if token is None else store.find(tx, token, locked=True)
    if file is None:
        raise InvalidValue("The image must be the address of an uploaded image, as POST /file/image answers it")
    _touch(tx, file)
    return address_of(tx, file)


@reacts_to("WORKSPACE", "update")
def _check_logo(tx: Tx, before: Any, after: Any) -> None:
    if before.image_url != after.image_url:
        checked_address(tx, after.image_url)


@reacts_to("USER", "update")
def _note_picture(tx: Tx, before: Any, after: Any) -> None:
    token = rules.token_in(after.profile_picture) if before.profile_picture != after.profile_picture else None
    file = None if token is None else store.find(tx, token, locked=True)
    if file is not None:
        _touch(tx, file)


def _touch(tx: Tx, file: StoredFile) -> None:
    """From now on it is used, so a sweep that is under way leaves it."""
    store.touch(tx, file.id)


def sweep_unused(tx: Tx, *, after_id: str = "", limit: int = 500) -> tuple[int, str | None]:
    """Deletes files that have stood for a day without being used; for the janitor.

    Looks at so many a call: how many went, and where to go on (`after_id` of the next call), None at the end.
    """
    before_us = tx.now_us - rules.UNUSED_MICROSECONDS
    old = store.list_old(tx, before_us=before_us, after_id=after_id, limit=limit)
    used = {rules.token_in(address) for address in store.addresses_in_use(tx)} if old else set()
    gone = store.delete_old(tx, [file_id for file_id, token in old if token not in used], before_us=before_us)
    return gone, old[-1][0] if len(old) == limit else None
