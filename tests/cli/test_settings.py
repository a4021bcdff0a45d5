"""Settings: where a value comes from, what is refused, what is shown."""

import json
from pathlib import Path

import pytest

from hourbook.core.errors import CannotRun
from hourbook.resources.webhooks.rules_deliveries import JITTER, PAUSES_S
from hourbook.settings import SETTINGS, load_settings, shown, unknown_names, without_password
from tests.cli.conftest import Run


def refusal(**environment: str) -> str:
    with pytest.raises(CannotRun) as refused:
        load_settings(environment=environment)
    return str(refused.value)


def test_without_anything_every_value_is_its_default() -> None:
    found = load_settings(environment={})
    assert set(found.sources.values()) == {"default"}
    assert found.database_url == f"sqlite:///{Path.cwd()}/hourbook-data/hourbook.db"
    assert found.base_url == "http://127.0.0.1:8080"


def test_the_command_line_beats_the_environment_beats_the_file_beats_the_default(tmp_path: Path) -> None:
    file = tmp_path / "hourbook.toml"
    file.write_text('host = "10.0.0.1"\nport = 1\nlog_level = "ERROR"\ntrusted_proxies = ["10.0.0.0/8", "::1"]\n')
    environment = {"HOURBOOK_CONFIG": str(file), "HOURBOOK_PORT": "2", "HOURBOOK_HOST": "10.0.0.2"}
    found = load_settings({"host": "10.0.0.3", "data": None}, environment)
    assert (found.host, found.port, found.log_level) == ("10.0.0.3", 2, "error")
    assert found.trusted_proxies == ("10.0.0.0/8", "::1")
    sources = {name: found.sources[name] for name in ("host", "port", "log_level", "data")}
    assert sources == {"host": "command line", "port": "environment", "log_level": f"file {file}", "data": "default"}


def test_an_empty_variable_is_one_that_is_not_set_unless_empty_means_something() -> None:
    found = load_settings(environment={"HOURBOOK_PORT": "", "HOURBOOK_DATA": "", "HOURBOOK_CORS_ORIGINS": ""})
    assert (found.port, found.data, found.cors_origins) == (8080, Path("hourbook-data"), "")


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("PORT", "tcp://10.0.0.1:80", "a whole number from 0 to 65535"),
        ("PORT", "65536", "a whole number from 0 to 65535"),
        ("WORKERS", "0", "a whole number from 1 to 64"),
        # An event is tried for more than three days.
        ("KEEP_WEBHOOK_LOG_DAYS", "3", "0 or a whole number from 4 to 36500"),
        ("KEEP_WEBHOOK_LOG_DAYS", "forever", "0 or a whole number from 4 to 36500"),
        ("HOST", "", "a host name or address"),
        ("HOST", "http://x", "a host name or address"),
        ("DATABASE", "mysql://x", "postgresql://"),
        ("PUBLIC_URL", "time.example.org", "https://"),
        ("PUBLIC_URL", "https://me@example.org", "https://"),
        ("PUBLIC_URL", "https://example.org/?a=b", "https://"),
        ("PUBLIC_URL", "https://[", "https://"),
        ("CORS_ORIGINS", "example.org", "separated by commas"),
        ("TRUSTED_PROXIES", "proxy", "separated by commas"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "separated by commas"),
        ("LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("LOG_FORMAT", "xml", "one of json, text"),
        ("ACCESS_LOG", "maybe", "true or false"),
        ("DRAIN_SECONDS", "-1", "a number of seconds"),
        ("STOP_SECONDS", "soon", "a number of seconds"),
        ("DATA", "a\0b", "a path"),
    ],
)
def test_a_value_that_cannot_be_is_a_sentence_with_its_name_and_source(name: str, value: str, wanted: str) -> None:
    sentence = refusal(**{f"HOURBOOK_{name}": value})
    assert sentence.startswith(f"The setting HOURBOOK_{name} (environment) must be ")
    assert wanted in sentence


def test_a_refused_secret_is_not_repeated() -> None:
    assert "hunter2" not in refusal(HOURBOOK_DATABASE="mysql://me:hunter2@x")


def test_half_a_certificate_is_refused() -> None:
    assert (
        refusal(HOURBOOK_TLS_CERT="cert.pem") == "HTTPS needs both TLS_CERT and TLS_KEY, and only one of them is set."
    )


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read"),
        (b"port = ", "is not TOML"),
        (b"\xff", "is not TOML"),
        (b"prot = 1", "has prot, which is no setting"),
        (b"[port]\na = 1", "must be a number"),
        (b"port = true", "must be a whole number"),
    ],
)
def test_a_settings_file_that_cannot_be_used_is_a_sentence(tmp_path: Path, content: bytes | None, told: str) -> None:
    file = tmp_path / "settings.toml"
    if content is not None:
        file.write_bytes(content)
    sentence = refusal(HOURBOOK_CONFIG=str(file))
    assert told in sentence
    assert str(file) in sentence


@pytest.mark.parametrize("text", ["true", "YES", "on", "1"])
def test_a_flag_is_said_in_several_ways(text: str) -> None:
    assert load_settings(environment={"HOURBOOK_ACCESS_LOG": text}).access_log is True


def test_links_come_from_the_public_address() -> None:
    found = load_settings(environment={"HOURBOOK_PUBLIC_URL": "https://example.org/hourbook/"})
    assert (found.base_url, found.root_path) == ("https://example.org/hourbook", "/hourbook")


@pytest.mark.parametrize(
    ("host", "address"),
    [("0.0.0.0", "http://127.0.0.1:8080"), ("::", "http://[::1]:8080"), ("[::1]", "http://[::1]:8080")],
)
def test_without_one_they_name_this_machine(host: str, address: str) -> None:
    assert load_settings({"host": host}, {}).base_url == address


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://me:hidden@db/x?password=hidden", "postgresql://me:********@db/x?********"),
        ("postgresql://me@db/x", "postgresql://me@db/x"),
        ("sqlite:////srv/hourbook.db", "sqlite:////srv/hourbook.db"),
        ("postgresql://[", "********"),
    ],
)
def test_an_address_is_shown_without_its_password(address: str, told: str) -> None:
    assert without_password(address) == told


def test_every_setting_has_a_sentence_and_a_default_that_its_own_reader_accepts() -> None:
    for row in SETTINGS:
        assert row.sentence.endswith("."), row.name
        assert row.read(shown(row, row.default)) == row.default, row.name
    assert {row.name for row in SETTINGS if row.is_secret} == {
        "database",
        "metrics_token",
        "rate_limit_storage",
        "secret_key",
        "smtp_password",
    }


def test_names_that_look_like_settings_are_found() -> None:
    assert unknown_names({"HOURBOOK_PROT": "1", "HOURBOOK_PORT": "1", "HOURBOOK_CONFIG": "", "HOME": "/"}) == [
        "HOURBOOK_PROT"
    ]


def test_the_command_shows_every_setting_with_its_source_and_masks_secrets(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOURBOOK_METRICS_TOKEN", "planted-secret")
    monkeypatch.setenv("HOURBOOK_DATABASE", "postgresql://me:planted-secret@db/x")
    monkeypatch.setenv("HOURBOOK_PROT", "1")
    told = run("settings", "--data", "elsewhere")
    for row in SETTINGS:
        assert row.variable in told.out
    assert "HOURBOOK_PROT is set in the environment and is no setting" in told.out
    rows = {row["variable"]: row for row in json.loads(run("settings", "--data", "elsewhere", "--json").out)}
    assert rows["HOURBOOK_DATA"]["source"] == "command line"
    assert rows["HOURBOOK_METRICS_TOKEN"]["value"] == "********"
    assert rows["HOURBOOK_DATABASE"]["value"] == "postgresql://me:********@db/x"
    assert "planted-secret" not in told.out


def test_a_bad_setting_ends_a_command_with_its_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOURBOOK_PORT", "x")
    ended = run("settings")
    assert (ended.status, ended.out) == (1, "")
    assert ended.err.startswith("The setting HOURBOOK_PORT (environment) must be")


def test_the_storage_of_rate_limits_is_an_address_and_its_password_is_not_shown() -> None:
    address = "rediss://user:hidden@valkey.example.org:6380/0"
    settings = load_settings({}, {"HOURBOOK_RATE_LIMIT_STORAGE": address})
    (row,) = (row for row in SETTINGS if row.name == "rate_limit_storage")
    assert settings.rate_limit_storage == address
    assert "hidden" not in shown(row, address)
    with pytest.raises(CannotRun, match="redis://"):
        load_settings({}, {"HOURBOOK_RATE_LIMIT_STORAGE": "localhost:6379"})


def test_events_of_webhooks_are_kept_for_as_long_as_they_are_tried() -> None:
    days = load_settings(environment={"HOURBOOK_KEEP_WEBHOOK_LOG_DAYS": "4"}).keep_webhook_log_days
    assert days * 86_400 > sum(PAUSES_S) * (1 + JITTER)
    assert load_settings(environment={"HOURBOOK_KEEP_WEBHOOK_LOG_DAYS": "0"}).keep_webhook_log_days == 0
