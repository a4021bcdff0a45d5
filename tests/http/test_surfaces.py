"""The services that share one address: which paths belong to which, and what they say of the others'."""

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from hourbook.http import openapi
from hourbook.http.operation import OPERATIONS, Surface
from tests.harness import Answer, Office, Person
from tests.http.trial import Trial

pytestmark = pytest.mark.usefixtures("trial")
PREFIXES = ("/report/v1", "/v1", "/clockify/report/v1", "/report", "/clockify/report", "/time/report/v1", "/time/v1")


def ask(person: Person, prefix: str, method: str = "POST", rest: str = "/trials", **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return person.raw(method, f"{prefix}/workspaces/{person.workspace_id}{rest}", headers=sent)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_the_service_of_reports_answers_at_each_address_that_clients_have_for_it(office: Office, prefix: str) -> None:
    found = ask(office.member, prefix)
    assert (found.status, found.body["asker"]) == (200, office.member.id)


@pytest.mark.parametrize("prefix", [name for name in PREFIXES if not name.endswith("v1")])
def test_without_a_version_only_the_two_words_of_that_service_are_its_own(office: Office, prefix: str) -> None:
    found = office.member.raw("GET", f"{prefix}/trials/one")
    assert found.refusal == (404, 3000)
    shared = office.member.raw("GET", f"{prefix}/shared-reports/one/two")
    assert shared.message == "No static resource v1/shared-reports/one/two."


@pytest.mark.parametrize("prefix", ["/api/v1", "/clockify/api/v1", "/api/hourbook/v1", "/api/v1/report/v1", "/api"])
def test_elsewhere_its_paths_are_no_routes(office: Office, prefix: str) -> None:
    assert ask(office.owner, prefix).refusal == (404, 3000)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_paths_of_the_core_are_no_routes_of_it(office: Office, prefix: str) -> None:
    found = ask(office.owner, prefix, "GET", "/tags")
    assert found.refusal == (404, 3000)
    assert found.message == f"No static resource v1/workspaces/{office.workspace_id}/tags."


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_verb_it_lacks_is_told_with_those_it_has(office: Office, prefix: str) -> None:
    found = ask(office.owner, prefix, "DELETE")
    assert found.refusal == (405, 3000)
    assert found.headers["Allow"] == "POST"


def test_slashes_do_not_matter_there_either(office: Office) -> None:
    assert office.owner.raw("POST", f"//report//v1/workspaces/{office.workspace_id}//trials/").status == 200
    assert office.owner.raw("POST", f"/report//workspaces/{office.workspace_id}/trials/").status == 200


def test_the_bare_address_of_a_service_is_no_route(office: Office) -> None:
    for path in ("/report/v1", "/report", "/v1", "/report/v1/", "/v1/"):
        assert office.owner.raw("GET", path).refusal == (404, 3000), path


def test_refusals_come_in_the_usual_order(office: Office) -> None:
    assert ask(office.anonymous, "/report/v1").refusal == (401, 1000)
    assert ask(office.outsider, "/report/v1").refusal == (403, 501)


def test_its_clients_may_name_the_token_of_an_add_on_as_they_used_to(office: Office) -> None:
    assert ask(office.anonymous, "/v1", X_Addon_Key="x").refusal == (401, 4017)
    assert ask(office.anonymous, "/v1", X_Addon_Token="x").refusal == (401, 4017)
    assert ask(office.anonymous, "/v1", X_Addon_Key="x", X_Addon_Token="x").refusal == (401, 1000)
    assert ask(office.owner, "/v1", X_Addon_Key="x").refusal == (401, 1000)
    # The core knows no such header.
    assert ask(office.owner, "/api/v1", "GET", "/tags", X_Addon_Key="x").status == 200


def test_browsers_may_send_its_header_and_read_what_an_answer_says_of_itself(office: Office) -> None:
    headers = {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}
    path = f"/report/v1/workspaces/{office.workspace_id}/trials"
    asked = office.anonymous.raw("OPTIONS", path, headers=headers)
    assert asked.status == 204
    assert "X-Addon-Key" in asked.headers["Access-Control-Allow-Headers"].split(", ")
    shown = office.owner.raw("POST", path, headers={"Origin": "https://example.com"})
    exposed = shown.headers["Access-Control-Expose-Headers"].split(", ")
    assert {f"X-Hourbook-{name}" for name in ("Time-Zone", "Week-Start", "Rounding", "Revision")} <= set(exposed)


def test_an_operation_belongs_to_the_service_it_names_else_to_the_core_or_to_our_own(trial: Trial) -> None:
    assert OPERATIONS["make_trial"].surface is Surface.REPORTS
    assert OPERATIONS["make_trial"].full_path == "/report/v1/workspaces/{workspace_id}/trials"
    assert OPERATIONS["list_tags"].full_path == "/api/v1/workspaces/{workspace_id}/tags"
    assert OPERATIONS["list_permissions"].full_path == "/api/hourbook/v1/workspaces/{workspace_id}/permissions"


def test_the_published_document_has_them_where_they_are(trial: Trial) -> None:
    document = openapi.document.__wrapped__(version="1", public_url="")
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
    made = document["paths"]["/report/v1/workspaces/{workspaceId}/trials"]["post"]
    shared = document["paths"]["/report/v1/trials/{trialId}"]["get"]
    content = made["responses"]["200"]["content"]
    assert content["application/json"]["schema"]["$ref"].endswith("/TrialAnswer")
    assert content["*/*"]["schema"] == {"type": "string", "format": "binary"}
    # A disk can be full where a file is made.
    assert {"401", "403", "503", "507"} <= made["responses"].keys()
    assert shared["security"] == [{}, {"X-Api-Key": []}]
    assert {"401", "503"} <= shared["responses"].keys()
    assert "507" not in shared["responses"]
