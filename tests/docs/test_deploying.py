"""The files of deploy/: what they name exists, and whoever reads them takes them, as far as that can be tried here."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from hourbook.cli.main import app
from hourbook.settings import SETTINGS, load_settings
from tests.docs.markdown import ROOT, read
from tests.docs.proxies import DEPLOY, caddy, caddy_environment, nginx, nginx_files

FILES = sorted(path.name for path in DEPLOY.iterdir())
VARIABLE = re.compile(r"\b(HOURBOOK_[A-Z_]+)")
KNOWN = {row.variable for row in SETTINGS}
UNITS = [name for name in FILES if name.endswith((".service", ".timer"))]


def text_of(name: str) -> str:
    return (DEPLOY / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FILES)
def test_every_setting_that_is_named_exists(name: str) -> None:
    assert set(VARIABLE.findall(text_of(name))) - KNOWN == set()


@pytest.mark.parametrize("name", FILES)
def test_the_guide_links_to_every_file(name: str) -> None:
    assert f"(../deploy/{name})" in read(ROOT / "docs" / "deploying.md")


@pytest.mark.parametrize("name", FILES)
def test_no_file_holds_a_secret_that_somebody_might_keep(name: str) -> None:
    found = re.findall(
        r"(?:PASSWORD|SECRET_KEY)\s*[:=]\s+(\S+)|_PASSWORD=(\S+)", re.sub(r"(?m)^\s*#.*$", "", text_of(name))
    )
    assert [value for pair in found for value in pair if value and not value.startswith("${")] == []


def test_the_settings_of_the_units_can_be_read_also_those_that_are_examples() -> None:
    for lines in (text_of("hourbook.env"), re.sub(r"(?m)^#(?=HOURBOOK_)", "", text_of("hourbook.env"))):
        pairs = [line.partition("=") for line in lines.splitlines() if line.startswith("HOURBOOK_")]
        settings = load_settings({}, {name: value for name, _, value in pairs})
        assert settings.public_url == "https://time.example.org"
        assert settings.trusted_proxies == ("127.0.0.1", "::1")


# --- systemd -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", UNITS)
def test_the_units_call_commands_that_exist(name: str) -> None:
    commands = {command.name for command in app.registered_commands} | {group.name for group in app.registered_groups}
    called = re.findall(r"/opt/hourbook/bin/hourbook (\w+)", text_of(name))
    assert set(called) <= commands
    assert called or name.endswith(".timer")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here to ask")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """The program they start is not installed here; another that is stands in for it."""
    for name in UNITS:
        (tmp_path / name).write_text(text_of(name).replace("/opt/hourbook/bin/hourbook", sys.executable))
    command = ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in UNITS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    # What it says of other units of this machine is not about ours.
    said = [line for line in (done.stdout + done.stderr).splitlines() if "hourbook" in line]
    assert (done.returncode, said) == (0, []), done.stderr


# --- the image and compose -----------------------------------------------------------------------


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"(?m)^#.*\n", "", text_of("Dockerfile")).replace("\\\n", " ")
    pairs = (line.partition(" ") for line in text.splitlines() if line.strip())
    return [(word, rest.strip()) for word, _, rest in pairs]


def test_the_image_is_made_of_files_that_exist_and_are_not_left_out() -> None:
    allowed = {line[1:] for line in text_of("Dockerfile.dockerignore").splitlines() if line.startswith("!")}
    copied = [rest.split()[:-1] for word, rest in instructions() if word == "COPY" and "--from" not in rest]
    sources = [source for group in copied for source in group]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source.split("/")[0] in allowed, source


def test_the_image_runs_the_server_as_somebody_who_is_not_root() -> None:
    found = dict(instructions())
    assert found["USER"] == "hourbook"
    assert found["CMD"] == '["hourbook", "serve"]'
    assert [word for word, _ in instructions()].count("FROM") == 2
    assert "--require-hashes" in text_of("Dockerfile")
    pairs = re.findall(r"(HOURBOOK_\w+)=(\S+)", found["ENV"])
    assert load_settings({}, dict(pairs)).host == "0.0.0.0"
    known = {"FROM", "WORKDIR", "RUN", "ENV", "COPY", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD"}
    assert {word for word, _ in instructions()} <= known


def test_what_the_image_runs_to_see_whether_it_lives_is_a_program() -> None:
    import json

    (check,) = [rest for word, rest in instructions() if word == "HEALTHCHECK"]
    program, flag, source = json.loads(check[check.index("[") :])
    assert (program, flag) == ("python", "-c")
    compile(source, "HEALTHCHECK", "exec")
    assert "/health" in source


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text_of("compose.yaml"))
    return found


def test_compose_names_only_what_it_has(compose: dict[str, Any]) -> None:
    services, volumes, networks = compose["services"], compose["volumes"], compose["networks"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= services.keys()
        assert set(service["networks"]) <= networks.keys()
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in volumes or (DEPLOY / source).exists()
        if "build" in service:
            context = (DEPLOY / service["build"]["context"]).resolve()
            assert (context / service["build"]["dockerfile"]).is_file()
        else:
            assert re.fullmatch(r"[\w./-]+:\d[\w.-]*", service["image"])


def test_the_settings_in_compose_can_be_read_and_lead_to_its_services(compose: dict[str, Any]) -> None:
    given = {"POSTGRES_PASSWORD": "secret", "HOURBOOK_SECRET_KEY": "k" * 40, "HOURBOOK_PUBLIC_URL": "https://a.example"}
    fill = re.compile(r"\$\{(\w+):\?\}")
    environment = compose["services"]["hourbook"]["environment"]
    values = {name: fill.sub(lambda found: given[found[1]], value) for name, value in environment.items()}
    settings = load_settings({}, values)
    for address in (settings.database, settings.rate_limit_storage):
        assert re.split(r"[@/:]+", address.partition("://")[2].rpartition("@")[2])[0] in compose["services"]
    (subnet,) = compose["networks"]["inside"]["ipam"]["config"]
    assert settings.trusted_proxies == (subnet["subnet"],)
    head = text_of("compose.yaml").partition("name:")[0]
    assert [name for name in fill.findall(text_of("compose.yaml")) if f"#   {name}=" not in head] == []


# --- reverse proxies -----------------------------------------------------------------------------


@pytest.mark.skipif(nginx() is None, reason="there is no nginx here to ask")
def test_nginx_takes_its_file(tmp_path: Path) -> None:
    made = nginx_files(tmp_path)
    command = [str(nginx()), "-t", "-p", str(tmp_path), "-c", str(made)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def test_nginx_sends_one_address_on_wherever_it_passes_a_request() -> None:
    blocks = re.findall(r"location [^{]+\{([^}]*)\}", text_of("nginx.conf"))
    passing = [block for block in blocks if "proxy_pass" in block and "deny all" not in block]
    assert len(passing) == 2
    for block in passing:
        assert "proxy_set_header X-Forwarded-For $remote_addr;" in block
        assert "proxy_set_header X-Forwarded-Proto $scheme;" in block
    assert "$proxy_add_x_forwarded_for" not in text_of("nginx.conf")


def test_the_stream_that_nginx_does_not_buffer_is_that_of_live_updates() -> None:
    from hourbook import resources
    from hourbook.http.operation import OPERATIONS

    resources.load()
    (pattern,) = re.findall(r"location ~ (\S+)", text_of("nginx.conf"))
    paths = {record.full_path for record in OPERATIONS.values() if record.method == "GET"}
    assert [path for path in paths if re.fullmatch(pattern, re.sub(r"\{\w+\}", "5f", path))] == [
        "/api/hourbook/v1/workspaces/{workspace_id}/events"
    ]


def test_caddy_sends_one_address_on() -> None:
    text = text_of("Caddyfile")
    assert "header_up X-Forwarded-For {remote_host}" in text
    assert "trusted_proxies" not in text


@pytest.mark.skipif(caddy() is None, reason="there is no Caddy here to ask")
def test_caddy_takes_its_file_as_it_is_written(tmp_path: Path) -> None:
    for verb in (["validate", "--adapter", "caddyfile", "--config"], ["fmt", "--diff"]):
        command = [str(caddy()), *verb, str(DEPLOY / "Caddyfile")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=caddy_environment(tmp_path))
        assert done.returncode == 0, done.stderr
    assert not re.search(r"^[+-]", done.stdout, re.MULTILINE)
