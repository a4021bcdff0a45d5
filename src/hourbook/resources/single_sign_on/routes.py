"""The operations of single sign-on.

Each is one declared record. A handler takes its arguments apart, calls an action and shows the
result; it decides nothing. The two that a browser is sent to are GETs, as the protocol has them.
"""

from hourbook.http.operation import Call, Content, CredentialUse, Preparation, operation
from hourbook.resources.single_sign_on import actions, actions_provider
from hourbook.resources.single_sign_on.actions import Callback, Proven
from hourbook.resources.single_sign_on.actions_provider import Described
from hourbook.resources.single_sign_on.rules import Way, workspace_of
from hourbook.resources.single_sign_on.wire import (
    CallbackQuery,
    IdentityOut,
    ProviderIn,
    ProviderOut,
    WayOut,
    identity_out,
    provider_out,
)

COOKIE = "hourbook_session"
# Holds what a sign-in is bound to while the browser is at the provider.
BROWSER_COOKIE = "hourbook_sign_on"
_PROVIDER = "/workspaces/{workspace_id}/single-sign-on"


def _discovered(preparation: Preparation, body: ProviderIn) -> Described:
    return actions_provider.discovered(preparation.outgoing, body.wanted())


@operation(
    "PUT",
    _PROVIDER,
    contract=None,
    action="single_sign_on.manage",
    journals=("SSO_PROVIDER", "WORKSPACE"),
    prepare=_discovered,
)
def set_identity_provider(call: Call, body: ProviderIn, prepared: Described) -> ProviderOut:
    """Sets up the workspace's identity provider (OpenID Connect, by discovery), or changes it."""
    return provider_out(actions_provider.set_provider(call.write, body.wanted(), prepared, box=call.secrets))


@operation("GET", _PROVIDER, contract=None, action="single_sign_on.manage")
def get_identity_provider(call: Call) -> ProviderOut:
    """Reads the workspace's identity provider, without its secret."""
    return provider_out(actions_provider.get_provider(call.read))


@operation(
    "DELETE",
    _PROVIDER,
    contract=None,
    action="single_sign_on.manage",
    status=204,
    journals=("SSO_PROVIDER", "SSO_IDENTITY", "WORKSPACE"),
)
def remove_identity_provider(call: Call) -> None:
    """Takes the workspace's identity provider away."""
    actions_provider.remove_provider(call.write)


@operation("GET", _PROVIDER + "/link", contract=None, action="single_sign_on.link")
def list_own_identities(call: Call) -> list[IdentityOut]:
    """Lists what the identity provider knows the account as."""
    return [identity_out(identity) for identity in actions_provider.list_own_identities(call.read)]


@operation("POST", _PROVIDER + "/link", contract=None, action="single_sign_on.link", journals=("SSO_IDENTITY",))
def link_identity(call: Call) -> WayOut:
    """Begins to link the identity provider to the account; the browser then goes to the answered address."""
    return WayOut(location=_sent_on(call, actions.begin_linking(call.write)).address)


@operation(
    "DELETE",
    _PROVIDER + "/link",
    contract=None,
    action="single_sign_on.link",
    status=204,
    journals=("SSO_IDENTITY",),
)
def unlink_identity(call: Call) -> None:
    """The identity provider opens the account no more."""
    actions_provider.unlink(call.write)


@operation(
    "GET",
    "/single-sign-on/{home_id}/start",
    contract=None,
    action="single_sign_on.use",
    status=302,
    journals=("SESSION",),
    credential=CredentialUse.NONE,
)
def start_single_sign_on(call: Call, home_id: str) -> Content:
    """Sends a browser to the identity provider of a workspace."""
    way = _sent_on(call, actions.begin(call.write, workspace_of(home_id)))
    return Content(b"", "text/plain; charset=utf-8", status=302, location=way.address)


def _answered(preparation: Preparation, query: CallbackQuery) -> Proven:
    callback = Callback(query.state, query.code, query.error, query.iss, preparation.visitor.cookie(BROWSER_COOKIE))
    return actions.answered(preparation.read, callback, outgoing=preparation.outgoing, box=preparation.secrets)


@operation(
    "GET",
    "/single-sign-on/callback",
    contract=None,
    action="single_sign_on.use",
    status=302,
    journals=("SESSION", "SSO_IDENTITY", "USER", "USER_JOINED_WORKSPACE"),
    credential=CredentialUse.NONE,
    prepare=_answered,
)
def finish_single_sign_on(call: Call, query: CallbackQuery, prepared: Proven) -> Content:
    """Takes back a browser that was at the identity provider, signed in."""
    started = actions.finish(call.write, prepared, call.visitor)
    call.cookies[COOKIE] = started.token
    call.cookies[BROWSER_COOKIE] = ""
    return Content(b"", "text/plain; charset=utf-8", status=302, location=call.deployment.base_url + "/")


def _sent_on(call: Call, way: Way) -> Way:
    call.cookies[BROWSER_COOKIE] = way.browser_secret
    call.headers["Cache-Control"] = "no-store"
    call.headers["Referrer-Policy"] = "no-referrer"
    return way
