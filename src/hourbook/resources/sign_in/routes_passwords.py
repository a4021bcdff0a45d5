"""The operations of passwords: changing one, and setting a new one by a link.

A handler takes its arguments apart, calls an action and shows the result; it decides nothing. Both
hashes of a change are made before the transaction.
"""

from hourbook.core.errors import TooManyAttempts
from hourbook.http.operation import Call, CredentialUse, Preparation, Refused, operation
from hourbook.resources.sign_in import actions, actions_passwords, rules
from hourbook.resources.sign_in.actions_passwords import Change
from hourbook.resources.sign_in.wire import PasswordIn, ResetIn, ResetRequestIn


def _prove_and_hash(preparation: Preparation, body: PasswordIn) -> Change:
    claim = preparation.read(lambda tx: actions.look_up_self(tx, preparation.visitor))
    return actions_passwords.prove_and_hash(claim, body.current_password or "", body.new_password or "")


def _hash_for_link(preparation: Preparation, body: ResetIn) -> str:
    """A hash is only made for a link that is good."""
    user = preparation.read(lambda tx: actions_passwords.look_up_link(tx, body.token or ""))
    return actions_passwords.make_hash(body.password or "", user.email)


@operation(
    "POST",
    "/password",
    contract=None,
    action="password.change",
    status=204,
    journals=("USER", "SESSION", "PASSWORD_RESET"),
    prepare=_prove_and_hash,
    lane="hashes",
    refuses=(TooManyAttempts,),
)
def change_password(call: Call, body: PasswordIn, prepared: Change) -> Refused | None:
    """Replaces the account's password; its other sessions end."""
    refusal = actions_passwords.change_password(call.write, prepared)
    return None if refusal is None else Refused(refusal)


@operation(
    "POST",
    "/password-reset-requests",
    contract=None,
    action="password.reset",
    status=204,
    journals=("PASSWORD_RESET",),
    credential=CredentialUse.NONE,
    refuses=(TooManyAttempts,),
)
def request_password_reset(call: Call, body: ResetRequestIn) -> None:
    """Mails a link for a new password to the address, if it has an account; the answer is the same for all."""
    actions_passwords.request_reset(call.write, rules.check_address(body.email), call.visitor)


@operation(
    "POST",
    "/password-resets",
    contract=None,
    action="password.reset",
    status=204,
    journals=("USER", "SESSION", "PASSWORD_RESET"),
    credential=CredentialUse.NONE,
    prepare=_hash_for_link,
    lane="hashes",
)
def reset_password(call: Call, body: ResetIn, prepared: str) -> None:
    """Sets a new password with a link; all sessions end."""
    actions_passwords.use_link(call.write, body.token or "", prepared)
