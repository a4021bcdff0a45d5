"""Writes the pages and parts of pages that are made from the program's own tables.

`python -m tests.docs.generate` writes them, `--check` only says which are out of date. Whole pages:
docs/operations.md, docs/settings.md and docs/errors.md. Parts stand between two markers in README.md,
docs/compatibility.md, docs/operating.md, docs/decisions/README.md and docs/api-changelog.md; `--release 1.2.0` closes
a part of the last one.
Nothing a table already says is written by hand.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hourbook import __version__, resources
from hourbook.access.policy import POLICY
from hourbook.http import openapi
from hourbook.http.operation import OPERATIONS, Operation, Surface
from hourbook.settings import SETTINGS, Setting, shown
from hourbook.worker.retention import DAY_US, HOUR_US, PERIODS
from tests.contract import pending
from tests.docs import api_changes, error_codes

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "tests" / "contract" / "operations.json"
COMMAND = "python -m tests.docs.generate"
MARKER = re.compile(r"(<!-- begin (\w+)[^>]*-->\n)(.*?)(<!-- end \2 -->)", re.DOTALL)
NOTE = f"<!-- Made by `{COMMAND}`; change the tables it reads, not this page. -->"

# What people call a part of the contract, by the words of its paths; the first that fits counts.
AREAS = (
    ("Reports", r"^/workspaces/\{\w+\}/reports|shared-reports"),
    ("Audit log and change history", r"audit-log|/entities/"),
    ("Custom fields", r"custom-field"),
    ("Time entries", r"^/workspaces/\{\w+\}/(time-entries|user/)"),
    ("Tasks", r"/projects/.*/tasks"),
    ("Projects", r"^/workspaces/\{\w+\}/projects"),
    ("Clients", r"^/workspaces/\{\w+\}/clients"),
    ("Tags", r"^/workspaces/\{\w+\}/tags"),
    ("User groups", r"/user-groups"),
    ("Members", r"^/workspaces/\{\w+\}/(users|member-profile|limited-users)"),
    ("Expenses", r"/expenses"),
    ("Invoices", r"/invoices"),
    ("Time off and holidays", r"/(time-off|holidays)"),
    ("Scheduling", r"/scheduling"),
    ("Approvals", r"/approval-requests"),
    ("Webhooks and add-ons", r"/(webhooks|addons)"),
    ("Account and workspaces", r""),
)
HEADINGS = {
    "workspaces": "Workspaces",
    "files": "Files",
    "users": "Account and members",
    "shared_reports": "Shared reports",
    "exports": "Exports",
    "undo": "Undo",
    "audit": "Audit log",
    "changes": "Changes and live updates",
    "addons": "Add-ons",
    "webhooks": "Webhooks",
    "scheduled_reports": "Scheduled reports",
    "sign_in": "Sign-in",
    "invitations": "Invitations",
    "single_sign_on": "Single sign-on",
    "privacy": "Personal data",
    "groups": "User groups",
    "clients": "Clients",
    "projects": "Projects",
    "tasks": "Tasks",
    "tags": "Tags",
    "custom_fields": "Custom fields",
    "time_entries": "Time entries",
    "reports": "Reports",
    "permissions": "Permissions",
    "storage": "Storage",
}


def contract() -> list[dict[str, str]]:
    """The operations of the published contract: id, method, path, service."""
    found: list[dict[str, str]] = json.loads(CONTRACT.read_text(encoding="utf-8"))
    return found


def short(path: str) -> str:
    """A path without the workspace it begins with."""
    return re.sub(r"^/workspaces/\{workspaceId\}(?=/)", "…", path)


def area_of(path: str) -> str:
    return next(name for name, pattern in AREAS if re.search(pattern, path))


def operations_page() -> str:
    """docs/operations.md: a line for each operation."""
    resources.load()
    lines = [
        "# Operations",
        "",
        NOTE,
        "",
        count_sentence(),
        "",
        "Paths are below the base URL, which ends in `/api/v1`. Those of reports begin with `/report/v1` (or `/v1`,",
        "for clients that have a base URL of their own for reports), those of Hourbook's own surface, for what the",
        "contract has no operation for, with `/api/hourbook/v1`. *Who may* is the sentence of the permission table;",
        "a thing one may not see answers like one that does not exist. *Journal* names the events a write may leave",
        "there. How bodies and answers look is in the OpenAPI document of a running server, at `/openapi.json`, and",
        "in its explorer, at `/docs`.",
    ]
    for resource in resources.ORDER:
        records = [record for record in OPERATIONS.values() if record.resource == resource]
        if not records:
            continue
        lines += ["", f"## {HEADINGS[resource]}", "", "| method and path | what it does | who may | journal |"]
        lines += ["| --- | --- | --- | --- |", *map(_operation_row, records)]
    return "\n".join(lines) + "\n"


def _operation_row(record: Operation) -> str:
    prefix = "" if record.surface is Surface.CORE else record.surface.value
    path = prefix + re.sub(r"_([a-z])", lambda found: found[1].upper(), record.path)
    events = ", ".join(f"`{event}`" for event in record.journals)
    cells = (f"`{record.method} {path}`", record.summary, POLICY[record.action].who, events)
    return _row(*cells)


def settings_page() -> str:
    """docs/settings.md: a line for each setting."""
    lines = [
        "# Settings",
        "",
        NOTE,
        "",
        "A setting is taken from the command line (`hourbook serve --help` shows which), else from the environment,",
        "else from the TOML file that `HOURBOOK_CONFIG` names, else it has its default. In the file the names are in",
        "lower case and without `HOURBOOK_`: `port = 8081`. `hourbook settings` shows every value and where it comes",
        "from. A value that cannot be is refused at the start, in a sentence.",
        "",
        "| variable | kind | default | meaning |",
        "| --- | --- | --- | --- |",
        *map(_setting_row, SETTINGS),
    ]
    return "\n".join(lines) + "\n"


def _setting_row(row: Setting) -> str:
    default = shown(row, row.default)
    return _row(f"`{row.variable}`", row.kind, f"`{default}`" if default else "(empty)", row.sentence)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def there() -> set[str]:
    """Ids of the contract's operations that work."""
    resources.load()
    return {record.contract for record in OPERATIONS.values() if record.contract is not None}


def count_sentence() -> str:
    return f"Hourbook answers {len(there())} of the {len(contract())} operations of the published contract."


def coverage_part() -> str:
    """For the README: how much of each area works."""
    working = there()
    counts = {name: [0, 0] for name, _ in AREAS}
    for row in contract():
        found = counts[area_of(row["path"])]
        found[0] += row["id"] in working
        found[1] += 1
    begun = sorted((name for name in counts if counts[name][0]), key=str.lower)
    waiting = sorted((name for name in counts if not counts[name][0]), key=str.lower)
    lines = [count_sentence(), "", "| area | works | of |", "| --- | --- | --- |"]
    lines += [_row(name, str(counts[name][0]), str(counts[name][1])) for name in begun + waiting]
    return "\n".join(lines) + "\n"


def missing_part() -> str:
    """For docs/compatibility.md: each operation that does not work yet, by area."""
    waiting = pending.operations()
    lines = []
    for name in sorted((name for name, _ in AREAS), key=str.lower):
        rows = [row for row in contract() if row["id"] in waiting and area_of(row["path"]) == name]
        if rows:
            lines += [f"* {name}: " + ", ".join(f"`{row['method']} {short(row['path'])}`" for row in rows)]
    return "\n".join(lines) + "\n"


def retention_part() -> str:
    """For docs/operating.md: how long what is over is kept."""
    default, units = {row.name: row.default for row in SETTINGS}, {DAY_US: "days", HOUR_US: "hours"}
    lines = ["| what goes | after | setting | |", "| --- | --- | --- | --- |"]
    lines += [
        _row(
            period.things,
            f"{default[period.setting]} {units[period.unit_us]}",
            f"`{period.setting.upper()}`",
            period.how,
        )
        for period in PERIODS
    ]
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    """docs/errors.md: every refusal."""
    return error_codes.page(NOTE)


def document_now() -> dict[str, Any]:
    resources.load()
    return openapi.document(version=__version__, public_url="", root_path="")


def api_changes_part() -> str:
    """For docs/api-changelog.md: what changed in the published document since the last release."""
    before, after = api_changes.kept(api_changes.newest()), api_changes.outline(document_now())
    return api_changes.as_markdown(api_changes.changes(before, after))


def release(version: str) -> None:
    """Gives the changes in docs/api-changelog.md a version, and keeps the document to compare with from now on."""
    page = ROOT / "docs" / "api-changelog.md"
    told = f"## {version}\n\n{api_changes_part()}\n"
    text = page.read_text(encoding="utf-8").replace("<!-- releases -->\n", f"<!-- releases -->\n\n{told}", 1)
    page.write_text(text, encoding="utf-8")
    outline = api_changes.as_text(api_changes.outline(document_now()))
    (api_changes.FOLDER / f"{version}.json").write_text(outline, encoding="utf-8")


def decisions_part() -> str:
    """For docs/decisions/README.md: a line for each decision."""
    lines = []
    for page in sorted((ROOT / "docs" / "decisions").glob("0*.md")):
        heading = page.read_text(encoding="utf-8").partition("\n")[0]
        title = re.sub(r"^# \d+[.:]? ", "", heading)
        lines.append(f"* {int(page.name[:4])}: [{title}]({page.name})")
    return "\n".join(lines) + "\n"


PAGES = {"docs/operations.md": operations_page, "docs/settings.md": settings_page, "docs/errors.md": errors_page}
PARTS = {
    "coverage": coverage_part,
    "missing": missing_part,
    "retention": retention_part,
    "api_changes": api_changes_part,
    "decisions": decisions_part,
}
PAGES_WITH_PARTS = (
    "README.md",
    "docs/compatibility.md",
    "docs/operating.md",
    "docs/api-changelog.md",
    "docs/decisions/README.md",
)


def made() -> Iterator[tuple[Path, str]]:
    """Each file with what it should hold."""
    for name, page in PAGES.items():
        yield ROOT / name, page()
    for name in PAGES_WITH_PARTS:
        text = (ROOT / name).read_text(encoding="utf-8")
        yield ROOT / name, MARKER.sub(lambda found: found[1] + "\n" + PARTS[found[2]]() + "\n" + found[4], text)


def out_of_date() -> list[str]:
    """Names of the files that are not what they should be."""
    return [
        path.relative_to(ROOT).as_posix()
        for path, text in made()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Writes or checks; the exit status says whether a check found something."""
    if "--check" in sys.argv[1:]:
        stale = out_of_date()
        print(*(f"{name} is out of date; run {COMMAND}" for name in stale), sep="\n", end="\n" if stale else "")
        return 1 if stale else 0
    if sys.argv[1:2] == ["--release"]:
        release(sys.argv[2])
    for path, text in made():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
