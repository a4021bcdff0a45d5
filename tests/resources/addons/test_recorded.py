"""What add-ons get, against what was recorded: bodies of the lifecycle, settings, claims of every token."""

import json
from pathlib import Path
from typing import Any

import jwt

from tests.addon_server import AddonServer, own_path, speaking, tell, token_of
from tests.contract.differ import differences
from tests.harness import Office

SHAPES = Path(__file__).with_name("shapes")
SETTINGS = [
    {"id": "txt-setting", "name": "Txt setting", "type": "TXT", "value": "Some text"},
    {"id": "number-setting", "name": "Number setting", "type": "NUMBER", "value": 5},
    {"id": "checkbox-setting", "name": "Checkbox setting", "type": "CHECKBOX", "value": True},
    {
        "id": "dropdown-multiple-setting",
        "name": "Dropdown multiple setting",
        "type": "DROPDOWN_MULTIPLE",
        "allowedValues": ["option 1", "option 2", "option 3"],
        "value": ["option 1", "option 2"],
    },
]


def recorded(name: str) -> Any:
    return json.loads((SHAPES / f"{name}.json").read_text(encoding="utf-8"))


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_every_body_of_the_lifecycle_is_as_it_was_recorded(office: Office, addon_server: AddonServer) -> None:
    tree = {"tabs": [{"id": "t", "name": "T", "settings": SETTINGS}]}
    addon_id = claims_of(token_of(office, addon_server, settings=tree))["addonId"]
    path = own_path(office, f"/{addon_id}")
    change = [{"id": "number-setting", "value": 6}]
    assert office.owner.raw("PATCH", path + "/settings", change).status == 200
    assert office.owner.raw("PATCH", path, {"status": "INACTIVE"}).status == 200
    tell(office)
    assert office.owner.raw("DELETE", path).status == 204
    tell(office)
    for type_ in ("installed", "settings_updated", "status_changed", "deleted"):
        (heard,) = addon_server.told(type_.upper())
        assert list(differences(recorded(type_), heard.body)) == [], type_
        assert list(heard.body) == list(recorded(type_)), type_


def test_settings_are_as_they_were_recorded(office: Office, addon_server: AddonServer) -> None:
    addon = speaking(office, token_of(office, addon_server, settings=recorded("settings")))
    answer = addon.raw("GET", f"/api/addon/workspaces/{office.workspace_id}/settings")
    assert answer.body == recorded("settings")


def test_tokens_say_what_was_recorded_and_no_more(office: Office, addon_server: AddonServer) -> None:
    token = token_of(office, addon_server)
    (heard,) = addon_server.told("INSTALLED")
    answer = speaking(office, token).raw("POST", f"/api/addon/user/{office.owner.id}/token")
    wanted = recorded("claims")
    said = {
        token: wanted["installation"],
        answer.body: wanted["installation"] | wanted["userExtra"],
        heard.body["webhooks"][0]["authToken"]: wanted["webhookSignature"],
    }
    for text, claims in said.items():
        assert list(differences(claims, claims_of(text))) == []
        assert claims_of(text).keys() == claims.keys()
        assert wanted["header"].items() <= jwt.get_unverified_header(text).items()
