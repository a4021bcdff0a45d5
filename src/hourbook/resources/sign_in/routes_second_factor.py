"""The operations of the second factor: setting it up, confirming, taking away.

A handler takes its arguments apart, calls an action and shows the result; it decides nothing. Setting
up and taking away ask for the password once more, whatever credential the request came with.
"""

from hourbook.core.errors import DomainError, TooManyAttempts
from hourbook.http.operation import Call, Preparation, Refused, operation
from hourbook.resources.sign_in import actions, actions_second_factor
from hourbook.resources.sign_in.actions import Proof
from hourbook.resources.sign_in.wire import (
    CodeIn,
    DisableIn,
    EnrolmentIn,
    EnrolmentOut,
    RecoveryCodesOut,
    SecondFactorOut,
    second_factor_out,
)

_FACTOR = "/second-factor"


def _prove(preparation: Preparation, body: EnrolmentIn | DisableIn) -> Proof:
    claim = preparation.read(lambda tx: actions.look_up_self(tx, preparation.visitor))
    return actions.prove(claim, body.password or "")


@operation("GET", _FACTOR, contract=None, action="second_factor.manage")
def get_second_factor(call: Call) -> SecondFactorOut:
    """Tells whether the account has a second factor, and how many recovery codes are left."""
    return second_factor_out(actions_second_factor.find_factor(call.read, call.actor.id))


@operation(
    "POST",
    _FACTOR,
    contract=None,
    action="second_factor.manage",
    status=201,
    journals=("SECOND_FACTOR",),
    prepare=_prove,
    lane="hashes",
    refuses=(TooManyAttempts,),
)
def set_up_second_factor(call: Call, body: EnrolmentIn, prepared: Proof) -> EnrolmentOut | Refused:
    """Makes a secret for an authenticator app; it counts once it is confirmed with a code."""
    enrolment = actions.enrol(call.write, prepared, box=call.secrets)
    if isinstance(enrolment, DomainError):
        return Refused(enrolment)
    return EnrolmentOut(secret=enrolment.secret, uri=enrolment.address)


@operation(
    "POST",
    _FACTOR + "/confirm",
    contract=None,
    action="second_factor.manage",
    journals=("SECOND_FACTOR", "USER", "SESSION"),
)
def confirm_second_factor(call: Call, body: CodeIn) -> RecoveryCodesOut:
    """Makes the secret count with a first code; answers recovery codes, shown this once."""
    codes = actions_second_factor.confirm(call.write, body.code or "", box=call.secrets)
    return RecoveryCodesOut(recovery_codes=codes)


@operation(
    "DELETE",
    _FACTOR,
    contract=None,
    action="second_factor.manage",
    status=204,
    journals=("SECOND_FACTOR", "USER", "SESSION"),
    prepare=_prove,
    lane="hashes",
    refuses=(TooManyAttempts,),
)
def disable_second_factor(call: Call, body: DisableIn, prepared: Proof) -> Refused | None:
    """Takes the second factor away, with the password and a code."""
    refusal = actions.disable_second_factor(call.write, prepared, body.code or "", box=call.secrets)
    return None if refusal is None else Refused(refusal)
