"""A power cut for a program under test: builds the preloaded library powercut.c and plays what the disk would hold.

Owns the two folders of one experiment: `data`, which the program writes, and its shadow, which holds only what was
synced. `cut` is called after the program was killed: it makes the data folder what it would be after the power went
away, where a random part of the unsynced sectors may have reached the disk in any order (torn pages). It must not be
called while the program runs. The simplifications (folders, renames, memory maps) stand in powercut.c.
"""

import os
import random
import shutil
import subprocess
from pathlib import Path

SECTOR_BYTES = 512
STATE = ".state"


def build_library(folder: Path) -> Path:
    """Compiles the library into `folder` and returns its path; without a C compiler this is an error, never a skip."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        raise RuntimeError(
            "The power-cut test needs a C compiler: install one (package gcc or clang) so that `cc` is found."
        )
    library = folder / "powercut.so"
    source = Path(__file__).with_name("powercut.c")
    command = [compiler, "-shared", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(library), str(source)]
    done = subprocess.run([*command, "-ldl", "-lpthread"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"The power-cut library does not compile:\n{done.stderr}")
    return library


class PowerCut:
    """One data folder with its shadow, both below `folder`."""

    def __init__(self, folder: Path, *, library: Path | None = None) -> None:
        self.data = folder / "data"
        self.shadow = folder / "shadow"
        self.data.mkdir()
        self.shadow.mkdir()
        self.library = library or build_library(folder)

    def environment(self, *, lying: bool = False) -> dict[str, str]:
        """What to add to a program's environment; with `lying` its syncs answer success and keep nothing."""
        added = {
            "LD_PRELOAD": str(self.library),
            "POWERCUT_DIR": str(self.data),
            "POWERCUT_SHADOW": str(self.shadow),
            "POWERCUT_LIE": "1" if lying else "0",
        }
        return added

    def cut(self, chance: random.Random, *, share: float | None = None) -> int:
        """The power goes away; returns how many unsynced sectors were lost.

        `share` of the unsynced sectors reach the disk all the same, by default a random one.
        """
        if share is None:
            share = chance.choice([0.0, 0.0, 0.1, 0.5, 0.9])
        lost = 0
        for live in _files_below(self.data):
            kept = self.shadow / live.relative_to(self.data)
            lost += _tear(live, kept, share=share, chance=chance)
        _replace_files(self.data, self.shadow)
        shutil.rmtree(self.shadow / STATE, ignore_errors=True)
        return lost


def _files_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).parts[0] != STATE)


def _tear(live: Path, kept: Path, *, share: float, chance: random.Random) -> int:
    """Lets a share of the unsynced sectors of one file reach the disk; returns how many sectors did not."""
    if not kept.exists():
        return _sectors(live.stat().st_size)
    after, before = live.read_bytes(), kept.read_bytes()
    if after == before:
        return 0
    lost = 0
    image = bytearray(before)
    for start in range(0, len(after), SECTOR_BYTES):
        new = after[start : start + SECTOR_BYTES]
        if image[start : start + len(new)] == new:
            continue
        if chance.random() >= share:
            lost += 1
            continue
        image.extend(bytes(max(0, start + len(new) - len(image))))
        image[start : start + len(new)] = new
    kept.write_bytes(image)
    return lost


def _sectors(length: int) -> int:
    return -(-length // SECTOR_BYTES)


def _replace_files(data: Path, shadow: Path) -> None:
    """Puts the shadow in place of the data. Folders stay: an empty one is nothing a program may rely on to be gone."""
    for path in _files_below(data):
        path.unlink()
    for kept in _files_below(shadow):
        target = data / kept.relative_to(shadow)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(kept, target)
