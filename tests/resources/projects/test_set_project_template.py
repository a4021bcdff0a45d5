"""PATCH .../projects/{id}/template."""

import pytest

from tests.harness import DENIED, NO_CREDENTIAL, REFUSED, Office


@pytest.fixture
def template(path: str) -> str:
    return f"{path}/template"


def test_anonymous_is_asked_for_a_credential(office: Office, template: str) -> None:
    assert office.anonymous.patch(template, {"isTemplate": True}).refusal == NO_CREDENTIAL


def test_a_stranger_is_kept_out_of_the_workspace(office: Office, template: str) -> None:
    assert office.outsider.patch(template, {"isTemplate": True}).refusal == DENIED


def test_a_member_makes_no_templates(office: Office, template: str) -> None:
    assert office.member.patch(template, {"isTemplate": True}).refusal == DENIED


def test_the_flag_goes_on_and_off(office: Office, template: str, path: str) -> None:
    for flag in (True, True, False):
        assert office.owner.patch(template, {"isTemplate": flag}).body["template"] is flag
        assert office.member.get(path).body["template"] is flag


def test_the_flag_has_to_be_said(office: Office, template: str) -> None:
    answer = office.owner.patch(template, {})
    assert (answer.refusal, answer.message) == (REFUSED, "isTemplate must not be null")


def test_an_unknown_project_is_refused(office: Office) -> None:
    assert office.owner.patch("/projects/nothing/template", {"isTemplate": True}).refusal == REFUSED
