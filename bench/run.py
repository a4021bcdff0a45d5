"""`python -m bench.run`: all measured scenarios, as a table and as JSON.

Everything is started on 127.0.0.1 in a folder of its own and stopped again. The load generator
shares the machine's cores with what it measures, so figures are compared within one run only.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.calm import calm_rows
from bench.events import events_rows
from bench.frame import Effort, postgresql_rows, sqlite_rows, timetagger_rows
from bench.people_lists import people_lists_rows
from bench.rates import rates_rows
from bench.reports import reports_postgresql_rows, reports_rows
from bench.reports_large import reports_large_rows
from bench.scale import scale_rows
from bench.sign_in import sign_in_rows
from bench.start import start_rows
from bench.table import Row, as_json, as_markdown, as_text, machine

QUICK, LONG = Effort(rounds=1, seconds=1.0), Effort(rounds=5)
LARGE, QUICK_LARGE = 1_000_000, 100_000
POSTGRESQL_NAMES = ("postgresql", "postgresql-32", "reports-postgresql")


def parts(folder: Path, options: argparse.Namespace) -> dict[str, Callable[[], list[Row]]]:
    """The groups of scenarios by the name that `--only` takes."""
    effort = QUICK if options.quick else Effort()
    large = options.large or (QUICK_LARGE if options.quick else LARGE)
    return {
        "frame": lambda: sqlite_rows(folder, effort if options.quick else LONG),
        "timetagger": lambda: timetagger_rows(folder, effort),
        "scale": lambda: scale_rows(folder, effort, large=large),
        "calm": lambda: calm_rows(folder, entries=min(200_000, large)),
        "rates": lambda: rates_rows(folder, entries=min(200_000, large), rounds=2 if options.quick else 5),
        "sign-in": lambda: sign_in_rows(folder, quick=options.quick),
        "people-lists": lambda: people_lists_rows(folder, rounds=1 if options.quick else 3),
        "reports": lambda: reports_rows(folder, entries=large),
        "reports-postgresql": lambda: reports_postgresql_rows(folder, entries=large),
        "events": lambda: events_rows(folder, quick=options.quick),
        "reports-large": lambda: reports_large_rows(folder, entries=large),
        "start": lambda: start_rows(folder),
        "postgresql": lambda: postgresql_rows(folder, effort, workspaces=1),
        "postgresql-32": lambda: postgresql_rows(folder, effort, workspaces=32),
    }


def chosen(options: argparse.Namespace, names: list[str]) -> list[str]:
    """Which groups run: those of the databases asked for, and of those the ones named."""
    of_postgresql = options.database != "sqlite"
    wanted = [name for name in names if options.database == "all" or (name in POSTGRESQL_NAMES) == of_postgresql]
    return [name for name in wanted if not options.only or name in options.only]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description="Measure Hourbook.")
    parser.add_argument("--database", choices=("sqlite", "postgresql", "all"), default="all")
    parser.add_argument(
        "--only", nargs="+", metavar="NAME", help="frame, timetagger, scale, calm, rates, people-lists, ..."
    )
    parser.add_argument("--large", type=int, metavar="N", help=f"entries of the large database (default {LARGE:,})")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write all figures there")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--quick", action="store_true", help="short and rough: to see that it works")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    rows: list[Row] = []
    failed = []
    with tempfile.TemporaryDirectory(prefix="hourbook-bench-") as name:
        groups = parts(Path(name), options)
        for group in chosen(options, list(groups)):
            print(f"measuring: {group}", file=sys.stderr, flush=True)
            try:
                rows += groups[group]()
            except Exception as error:
                failed.append(group)
                print(f"{group} could not be measured: {error}", file=sys.stderr, flush=True)
            if options.json:
                options.json.write_text(as_json(rows))
    print("machine: " + ", ".join(f"{key} {value}" for key, value in machine().items()))
    print("The load generator shares the machine's cores. Figures compare within this run only.\n")
    print(as_markdown(rows) if options.markdown else as_text(rows))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
