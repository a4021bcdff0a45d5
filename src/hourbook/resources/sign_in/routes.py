"""The operations of sessions: signing in and out, which sessions there are.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing. The session's token goes into the cookie and nowhere else.
"""

from hourbook.core.errors import DomainError, TooManyAttempts, WrongSignIn
from hourbook.http.operation import Call, CredentialUse, Preparation, Refused, operation
from hourbook.resources.sign_in import actions, rules
from hourbook.resources.sign_in.actions import Proof
from hourbook.resources.sign_in.wire import SessionOut, SignedInOut, SignInIn, session_out, signed_in_out

COOKIE = "hourbook_session"
_SESSIONS = "/sessions"


def _prove(preparation: Preparation, body: SignInIn) -> Proof:
    """Whether the password is right; looked at before the transaction, because it takes its time."""
    email, password = rules.check_typed(body.email, body.password)
    device = preparation.visitor
    return actions.prove(preparation.read(lambda tx: actions.look_up(tx, email, device)), password)


@operation(
    "POST",
    "/sign-in",
    contract=None,
    action="session.start",
    journals=("SESSION",),
    credential=CredentialUse.NONE,
    prepare=_prove,
    lane="hashes",
    refuses=(WrongSignIn, TooManyAttempts),
)
def sign_in(call: Call, body: SignInIn, prepared: Proof) -> SignedInOut | Refused:
    """Signs in with e-mail address and password, and a code where a second factor is set up."""
    started = actions.sign_in(call.write, prepared, call.visitor, code=body.code, box=call.secrets)
    if isinstance(started, DomainError):
        return Refused(started)
    call.cookies[COOKIE] = started.token
    return signed_in_out(actions.show_started(call.read, started), csrf_token=actions.csrf_of(started.token))


@operation("POST", "/sign-out", contract=None, action="session.manage", status=204, journals=("SESSION",))
def sign_out(call: Call) -> None:
    """Ends the session of the request; with an API key there is none to end."""
    call.cookies[COOKIE] = ""
    if call.visitor.session_token is not None:
        actions.end_session_of_token(call.write, call.visitor.session_token)


@operation("GET", "/session", contract=None, action="session.manage")
def get_session(call: Call) -> SignedInOut:
    """Tells who is signed in, and the token that changes need."""
    return signed_in_out(actions.show_self(call.read), csrf_token=actions.csrf_of(call.visitor.session_token))


@operation("GET", _SESSIONS, contract=None, action="session.manage")
def list_sessions(call: Call) -> list[SessionOut]:
    """Lists the account's sessions."""
    current_id = call.actor.credential_id
    return [session_out(session, current_id=current_id) for session in actions.list_sessions(call.read)]


@operation("DELETE", _SESSIONS, contract=None, action="session.manage", status=204, journals=("SESSION",))
def end_other_sessions(call: Call) -> None:
    """Ends all of the account's sessions but the one that asks."""
    actions.end_other_sessions(call.write)


@operation(
    "DELETE", _SESSIONS + "/{session_id}", contract=None, action="session.manage", status=204, journals=("SESSION",)
)
def end_session(call: Call, session_id: str) -> None:
    """Ends one of the account's sessions."""
    actions.end_session(call.write, session_id)
