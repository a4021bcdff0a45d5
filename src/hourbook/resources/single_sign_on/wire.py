"""The JSON of single sign-on: an own surface, so these spellings are ours.

Only this file knows them. It converts and refuses what cannot be converted; it decides nothing.
"""

from hourbook.http.wire import In, Out, Query
from hourbook.resources.single_sign_on.rules import Identity, Shown, Wanted, decode_domains


class ProviderIn(In):
    """`clientSecret` left out keeps the one there is. `required`: members enter with this provider alone."""

    issuer: str = ""
    client_id: str = ""
    client_secret: str | None = None
    allowed_domains: list[str] | None = None
    auto_join: bool | None = None
    required: bool | None = None

    def wanted(self) -> Wanted:
        return Wanted(
            issuer=self.issuer.strip(),
            client_id=self.client_id.strip(),
            client_secret=self.client_secret,
            allowed_domains=tuple(self.allowed_domains or ()),
            auto_join=bool(self.auto_join),
            is_required=bool(self.required),
        )


class ProviderOut(Out):
    """`redirectUri`: what the provider must be told; `startUrl`: where people begin to sign in."""

    issuer: str
    client_id: str
    allowed_domains: list[str]
    auto_join: bool
    required: bool
    redirect_uri: str
    start_url: str


class CallbackQuery(Query):
    state: str = ""
    code: str | None = None
    error: str | None = None
    iss: str | None = None


class WayOut(Out):
    """Where to send the browser."""

    location: str


class IdentityOut(Out):
    issuer: str
    subject: str
    linked_by_person: bool


def provider_out(shown: Shown) -> ProviderOut:
    provider = shown.provider
    return ProviderOut(
        issuer=provider.issuer,
        client_id=provider.client_id,
        allowed_domains=list(decode_domains(provider.allowed_domains)),
        auto_join=provider.auto_join,
        required=shown.is_required,
        redirect_uri=shown.redirect_uri,
        start_url=shown.start_address,
    )


def identity_out(identity: Identity) -> IdentityOut:
    return IdentityOut(issuer=identity.issuer, subject=identity.subject, linked_by_person=identity.is_linked_by_person)
