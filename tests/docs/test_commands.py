"""The commands our pages name exist, with the options they name."""

import re
import shlex
from functools import cache
from typing import Any

import pytest
import typer

from hourbook.cli.main import app
from hourbook.settings import CONFIG_NAME, SETTINGS
from tests.docs.markdown import NAMES, ROOT, commands, read, spans

# Read by the Makefile and the test suite, not by the server.
FOR_TESTS = {"HOURBOOK_TEST_DATABASE", "HOURBOOK_ORACLE_ASKS", "HOURBOOK_ORACLE_SEED"}


@cache
def root_command() -> Any:
    return typer.main.get_command(app)


def resolve(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the words name, and what is left for it."""
    command, rest = root_command(), list(words)
    while rest and rest[0] in getattr(command, "commands", {}):
        command = command.commands[rest.pop(0)]
    return command, rest


def is_hourbook(word: str) -> bool:
    return word == "hourbook" or word.endswith("/bin/hourbook")


def inner(words: list[str]) -> list[str]:
    """The command that a container or a service manager is told to run; else the command itself."""
    if words[0] != "systemd-run" and not (words[0] == "docker" and "exec" in words):
        return words
    return words[max(place for place, word in enumerate(words) if is_hourbook(word)) :]


def test_commands_in_containers_are_seen():
    text = read(ROOT / "docs" / "deploying.md")
    assert [inner(words)[1:3] for words in commands(text) if inner(words) != words] == [["admin", "create-owner"]] * 3


@pytest.mark.parametrize("name", NAMES)
def test_hourbook_commands_in_shell_blocks_would_be_accepted(name):
    for words in map(inner, commands(read(ROOT / name))):
        if is_hourbook(words[0]):
            command, rest = resolve(words[1:])
            assert not hasattr(command, "commands"), f"{shlex.join(words)} is no command"
            command.make_context(shlex.join(words), rest)  # UsageError when it is wrong


@pytest.mark.parametrize("name", NAMES)
def test_hourbook_commands_in_running_text_exist_with_their_options(name):
    for span in spans(read(ROOT / name)):
        words = span.split()
        if len(words) > 1 and is_hourbook(words[0]):
            command, rest = resolve(words[1:])
            assert command is not root_command(), span
            given = [text for parameter in command.params for text in (*parameter.opts, *parameter.secondary_opts)]
            options = {"--help", *given}
            named = {word.partition("=")[0] for word in rest if word.startswith("--")}
            assert named <= options, span
            assert not (rest and hasattr(command, "commands") and re.fullmatch(r"[a-z-]+", rest[0])), span


@pytest.mark.parametrize("name", NAMES)
def test_make_targets_exist(name):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    text = read(ROOT / name)
    named = [words for words in commands(text) if words[0] == "make"]
    named += [span.split() for span in spans(text) if span.startswith("make ")]
    wrong = [words for words in named for word in words[1:2] if "=" not in word and word not in targets]
    variables = {word.partition("=")[0] for words in named for word in words[1:] if re.match(r"[A-Z]+=", word)}
    assert wrong == []
    assert [variable for variable in variables if f"$({variable})" not in makefile] == []


@pytest.mark.parametrize("name", NAMES)
def test_variables_are_settings(name):
    known = {row.variable for row in SETTINGS} | {CONFIG_NAME} | FOR_TESTS
    assert set(re.findall(r"\bHOURBOOK_[A-Z_]*[A-Z]\b", read(ROOT / name))) - known == set()


def test_the_files_that_commands_name_are_in_the_repository():
    for page in ("README.md", "CONTRIBUTING.md"):
        for words in commands(read(ROOT / page)):
            for word in words[1:]:
                if re.fullmatch(r"(requirements|tests|bench|docs)/[\w./-]+", word):
                    assert (ROOT / word).exists(), word
