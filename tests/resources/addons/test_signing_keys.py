"""The keys that tokens are signed with: published to everybody, made once, rotated without breaking what was signed."""

from typing import Any

import jwt
from jwt import PyJWK

from hourbook.access import addon_keys
from tests.addon_server import AddonServer, speaking, token_of
from tests.harness import Office
from tests.resources.addons.test_credential import BAD_TOKEN, claims_of

JWKS = "/api/hourbook/v1/signing-keys"


def keys(office: Office) -> list[dict[str, Any]]:
    answer = office.anonymous.raw("GET", JWKS)
    assert answer.status == 200, answer
    found: list[dict[str, Any]] = answer.body["keys"]
    return found


def rotate(office: Office, *, forgets_old: bool = False) -> addon_keys.SigningKey:
    made = addon_keys.make_key(office.server.runtime.secrets)
    found: addon_keys.SigningKey = office.write(lambda tx: addon_keys.rotate(tx, made, forgets_old=forgets_old))
    return found


def test_a_token_is_verified_by_the_published_set(office: Office, addon_server: AddonServer) -> None:
    token = token_of(office, addon_server)
    key_id = jwt.get_unverified_header(token)["kid"]
    (found,) = [one for one in keys(office) if one["kid"] == key_id]
    assert found.keys() == {"kty", "use", "alg", "kid", "n", "e"}
    claims = jwt.decode(token, PyJWK(found).key, algorithms=["RS256"], issuer="clockify")
    assert claims["sub"] == "example-addon-key"


def test_the_well_known_path_answers_the_same(office: Office, addon_server: AddonServer) -> None:
    token_of(office, addon_server)
    assert office.anonymous.raw("GET", "/.well-known/jwks.json").body == {"keys": keys(office)}


def test_the_pem_is_the_key_that_signs(office: Office, addon_server: AddonServer) -> None:
    token = token_of(office, addon_server)
    answer = office.anonymous.raw("GET", JWKS + "/pem")
    assert answer.content.startswith(b"-----BEGIN PUBLIC KEY-----")
    assert "hourbook-addons.pem" in answer.headers["Content-Disposition"]
    assert jwt.decode(token, answer.content.decode(), algorithms=["RS256"])


def test_it_is_2048_bits_and_never_told_in_full(office: Office, addon_server: AddonServer) -> None:
    token_of(office, addon_server)
    for found in keys(office):
        assert len(found["n"]) == 342
        assert not {"d", "p", "q"} & found.keys()
    stored = office.read(addon_keys.list_keys)[0].private_pem
    assert b"PRIVATE KEY" not in stored


def test_after_a_rotation_the_new_key_signs_and_the_old_one_verifies(office: Office, addon_server: AddonServer) -> None:
    before = speaking(office, token_of(office, addon_server, scopes=["TAG_READ", "USER_READ"]))
    key = rotate(office)
    assert keys(office)[0]["kid"] == key.key_id
    assert before.get("/tags").status == 200
    answer = before.raw("POST", f"/api/addon/user/{office.member.id}/token")
    assert jwt.get_unverified_header(answer.body)["kid"] == key.key_id
    assert speaking(office, answer.body).get("/tags").status == 200
    assert all(one.private_pem is None for one in office.read(addon_keys.list_keys)[1:])


def test_revoking_the_old_keys_ends_what_they_signed(office: Office, addon_server: AddonServer) -> None:
    token = token_of(office, addon_server, scopes=["TAG_READ"])
    addon = speaking(office, token)
    key = rotate(office, forgets_old=True)
    assert [one["kid"] for one in keys(office)] == [key.key_id]
    # What was looked up is kept for a moment; another address asks anew.
    assert addon.raw("GET", "/api/v1/user").refusal == BAD_TOKEN
    assert claims_of(token)["sub"] == "example-addon-key"
