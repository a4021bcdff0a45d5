"""The package imports without what only some machines have, and on every Python it names.

uvloop and httptools make the server faster where they install; nothing may need them. The other
interpreters are tried by `python -m tests.architecture.interpreters` (in `make check`), because
each wants its own set of installed requirements.
"""

import subprocess
import sys

from tests.architecture.interpreters import IMPORT_ALL

BLOCK = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"uvloop", "httptools"}:
            raise ImportError(name + " is not installed here")

sys.meta_path.insert(0, Blocked())
"""


def run(source: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "error", "-c", source]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_every_module_imports_without_uvloop_and_httptools() -> None:
    done = run(BLOCK + IMPORT_ALL)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 100


def test_the_server_chooses_its_loop_and_parser_by_what_is_there() -> None:
    chosen = run(
        BLOCK + "from uvicorn import Config; c = Config('hourbook.main:build', loop='auto', http='auto'); c.load();"
        "print(c.http_protocol_class.__name__)"
    )
    assert (chosen.returncode, chosen.stdout.strip()) == (0, "H11Protocol"), chosen.stderr
