"""Imports every module on each other Python that is installed here.

`python -m tests.architecture.interpreters`: for CPython 3.12, 3.13 and 3.14, as far as present, it
makes an environment under .venv/interpreters, installs the locked runtime requirements, and
imports the whole package with warnings as errors. What is not installed is said, not failed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MINORS = (12, 13, 14)
IMPORT_ALL = """
import importlib, pkgutil
import hourbook
names = [m.name for m in pkgutil.walk_packages(hourbook.__path__, "hourbook.")]
names = [n for n in names if ".migrations." not in n]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


def find(minor: int) -> Path | None:
    """An installed CPython 3.`minor`, also where pyenv keeps them."""
    named = shutil.which(f"python3.{minor}")
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [Path(named)] if named else []
    candidates += sorted(root.glob(f"3.{minor}.*/bin/python"))
    for candidate in candidates:
        probe = [str(candidate), "-c", f"import sys, venv; sys.exit(sys.version_info[:2] != (3, {minor}))"]
        if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def environment(minor: int, interpreter: Path) -> Path:
    """The Python of an environment that has the runtime requirements."""
    folder = ROOT / ".venv" / "interpreters" / f"3.{minor}"
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([str(interpreter), "-m", "venv", str(folder)], check=True)
        requirements = str(ROOT / "requirements" / "runtime.txt")
        pip = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes"]
        subprocess.run([*pip, "-r", requirements], check=True)
        (folder / "installed").touch()
    return python


def main() -> int:
    failed = False
    for minor in MINORS:
        interpreter = find(minor)
        if interpreter is None:
            print(f"Python 3.{minor}: not installed here")
            continue
        command = [str(environment(minor, interpreter)), "-W", "error", "-c", IMPORT_ALL]
        env = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
        done = subprocess.run(command, capture_output=True, text=True, env=env, check=False)
        failed = failed or done.returncode != 0
        print(f"Python 3.{minor}: {done.stdout.strip()} modules import" if not done.returncode else done.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
