"""Who may import whom (design section 4, rules 1 to 10)."""

import pytest

from hourbook import resources
from tests.architecture.source import Import, Module, imports_at_start, imports_of, modules, report

FILES_OF_A_SLICE = {"rules", "store", "actions", "wire", "routes"}
DRIVERS = {"sqlite3", "psycopg", "psycopg_c", "psycopg_binary", "psycopg_pool"}
WEB_FRAMEWORKS = {"starlette", "fastapi", "litestar", "flask", "uvicorn", "aiohttp", "httptools", "asgiref"}
# Standard library modules that are clock, I/O, logging or chance: nothing a pure module may use.
IMPURE = {"asyncio", "http", "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "socket", "sqlite3"} | {
    "subprocess", "sys", "tempfile", "threading", "time", "urllib"
}  # fmt: skip
# Actions that work before a transaction, and the library they are there for.
ACTIONS_MAY = {"resources.files.actions_pictures": {"PIL"}}
# Reports are computed over columns: their rules are made of arrays, and their actions read the columns.
OVER_COLUMNS = {"reports"}
# What makes files of tables, and nothing that knows a database or the web.
DOCUMENTS_MAY = {"msgspec", "xlsxwriter", "typst"}
# The payload registry: the bodies of events are made of the JSON of all slices, by whoever turns the journal into them.
PAYLOADS, THEIR_READER = "resources.webhooks.wire_payloads", "worker.fanout"
# What core is there for: the only sources of time, identity and zones.
CORE_MAY = {"core.clock": {"time"}, "core.ids": {"random", "secrets", "threading"}, "core.calendar": {"zoneinfo"}}
# Taking an address apart asks nobody.
CORE_MAY["core.targets"] = {"urllib"}


def broken(module: Module, found: Import) -> str:
    return f"{module.place}:{found.line} imports {found.target}"


def earlier(slice_name: str | None) -> tuple[str, ...]:
    assert slice_name is not None
    return resources.ORDER[: resources.ORDER.index(slice_name)]


def in_slices(role: str) -> list[Module]:
    return [module for module in modules() if module.role == role]


def ours(found: Import, *places: str) -> bool:
    """Whether the import is one of our modules in (or below) one of the places, or a part split off one (`rules_x`)."""
    inner = ".".join(found.parts)
    return found.is_ours and any(inner == place or inner.startswith((place + ".", place + "_")) for place in places)


def role_of(found: Import) -> str:
    """Which file of a slice is imported, split or not; empty for a slice as a whole."""
    return found.parts[2].split("_")[0] if len(found.parts) > 2 else ""


def test_core_imports_nothing_of_ours_and_only_the_libraries_it_is_made_of() -> None:
    report(
        [
            broken(module, found)
            for module in modules()
            if module.layer == "core"
            for found in imports_of(module)
            if not (ours(found, "core") or found.is_standard or found.top in {"msgspec", "tzdata"})
        ]
    )


def test_core_and_rules_are_pure() -> None:
    report(
        [
            broken(module, found)
            for module in modules()
            if module.layer == "core" or module.role == "rules"
            for found in imports_of(module)
            if found.top in IMPURE - CORE_MAY.get(module.name, set())
        ]
    )


def own_rules(module: Module) -> str:
    return f"resources.{module.slice}.rules"


def rules_of_ours(module: Module) -> tuple[str, ...]:
    """What rules import of ours; those over columns know what a column is, and not how it is filled."""
    return ("core", own_rules(module), *(["columns.table"] if module.slice in OVER_COLUMNS else []))


def rules_may(module: Module) -> set[str]:
    return {"msgspec", "numpy"} if module.slice in OVER_COLUMNS else {"msgspec"}


def test_rules_import_core_and_the_other_rules_of_their_slice_alone() -> None:
    report(
        [
            broken(module, found)
            for module in in_slices("rules")
            for found in imports_of(module)
            if not (ours(found, *rules_of_ours(module)) or found.is_standard or found.top in rules_may(module))
            or ours(found, "core.clock")
        ]
    )


def test_wire_imports_core_the_wire_bases_its_own_rules_and_the_wire_of_earlier_slices() -> None:
    bad = []
    for module in in_slices("wire"):
        allowed = ["core", "http.wire", f"resources.{module.slice}.rules", f"resources.{module.slice}.wire"]
        allowed += [f"resources.{name}.wire" for name in earlier(module.slice)]
        for found in imports_of(module):
            if not (ours(found, *allowed) or found.is_standard or found.top == "msgspec"):
                bad.append(broken(module, found))
    report(bad)


def test_wire_is_imported_by_its_own_routes_and_by_wire_and_routes_of_later_slices() -> None:
    bad = []
    for module in modules():
        for found in imports_of(module):
            if len(found.parts) == 3 and found.parts[0] == "resources" and role_of(found) == "wire":
                is_own = module.slice == found.parts[1] and module.role in {"wire", "routes"}
                is_later = (
                    module.slice is not None
                    and module.role in {"wire", "routes"}
                    and found.parts[1] in earlier(module.slice)
                )
                if not (is_own or is_later or is_of_payloads(module, found)):
                    bad.append(broken(module, found))
    report(bad)


def is_of_payloads(module: Module, found: Import) -> bool:
    return module.name == THEIR_READER and ours(found, PAYLOADS)


def test_only_the_store_of_a_slice_speaks_sql() -> None:
    report(
        [
            broken(module, found)
            for module in modules()
            if module.slice and module.role != "store"
            for found in imports_of(module)
            if found.top == "sqlalchemy" or ours(found, "db.tables", "db.engine", "db.statement")
        ]
    )


def test_a_store_imports_core_the_database_and_its_own_rules() -> None:
    report(
        [
            broken(module, found)
            for module in in_slices("store")
            for found in imports_of(module)
            if found.is_ours and not ours(found, "core", "db", own_rules(module), f"resources.{module.slice}.store")
        ]
    )


def test_only_the_engine_imports_a_driver_or_a_dialect() -> None:
    report(
        [
            broken(module, found)
            for module in modules()
            if module.name != "db.engine"
            for found in imports_of(module)
            if found.top in DRIVERS or found.target.startswith("sqlalchemy.dialects")
        ]
    )


def test_actions_use_their_own_slice_and_the_actions_and_rules_of_earlier_slices() -> None:
    bad = []
    for module in in_slices("actions"):
        # The journal is nobody's: what happened is read there by whoever has to tell it.
        allowed = ["core", "db.tx", "access", "journal", "columns"]
        allowed += [f"resources.{module.slice}.{name}" for name in ("store", "rules", "actions")]
        for name in earlier(module.slice):
            allowed += [f"resources.{name}.actions", f"resources.{name}.rules"]
        for found in imports_of(module):
            libraries = {"msgspec"} | ACTIONS_MAY.get(module.name, set())
            if module.slice in OVER_COLUMNS:
                libraries.add("numpy")
                allowed.append("documents")
            if not (ours(found, *allowed) or found.is_standard or found.top in libraries):
                bad.append(broken(module, found))
    report(bad)


def test_routes_import_their_own_slice_and_the_operation_table() -> None:
    bad = []
    for module in in_slices("routes"):
        own = [f"resources.{module.slice}.{name}" for name in ("actions", "wire", "rules", "routes")]
        own += [f"resources.{name}.wire" for name in earlier(module.slice)]
        for found in imports_of(module):
            http = ("http.operation", "http.wire", "http.uploads")
            if not (ours(found, "core", "db.tx", *http, *own) or found.is_standard):
                bad.append(broken(module, found))
    report(bad)


def test_nothing_in_a_slice_imports_a_web_framework() -> None:
    report(
        [
            broken(module, found)
            for module in modules()
            if module.layer == "resources"
            for found in imports_of(module)
            if found.top in WEB_FRAMEWORKS
        ]
    )


@pytest.mark.parametrize(
    ("layer", "allowed"),
    [
        ("db", ("core", "db")),
        ("journal", ("core", "db", "journal")),
        ("access", ("core", "db", "access")),
        ("columns", ("core", "db", "journal", "columns")),
        ("documents", ("core", "documents")),
        ("http", ("core", "db", "access", "journal", "columns", "http", "settings")),
    ],
)
def test_no_layer_knows_a_slice(layer: str, allowed: tuple[str, ...]) -> None:
    report(
        [
            broken(module, found)
            for module in modules()
            if module.layer == layer
            for found in imports_of(module)
            if found.is_ours and found.parts and not ours(found, *allowed)
        ]
    )


def test_documents_import_core_and_the_libraries_that_write_files() -> None:
    report(
        [
            broken(module, found)
            for module in modules()
            if module.layer == "documents"
            for found in imports_of(module)
            if not (ours(found, "core", "documents") or found.is_standard or found.top in DOCUMENTS_MAY)
        ]
    )


def test_worker_and_commands_call_actions_and_never_a_store() -> None:
    report(
        [
            broken(module, found)
            for module in modules()
            if module.layer in {"worker", "cli"}
            for found in imports_of(module)
            if found.parts[:1] == ("resources",)
            and role_of(found) not in ("", "actions", "rules")
            and not is_of_payloads(module, found)
        ]
    )


def test_a_slice_has_the_files_every_slice_has() -> None:
    allowed = FILES_OF_A_SLICE | {"__init__"}
    report(
        [
            f"{module.place}: slices have {', '.join(sorted(FILES_OF_A_SLICE))}, each may be split by sub-noun"
            for module in modules()
            if module.layer == "resources"
            and len(module.parts) == 3
            and module.parts[2] not in allowed
            and module.role not in FILES_OF_A_SLICE
        ]
    )


def test_every_slice_stands_in_the_one_declared_order() -> None:
    assert {module.slice for module in modules() if module.slice} == set(resources.ORDER)
    assert len(set(resources.ORDER)) == len(resources.ORDER)


def late_modules() -> list[Module]:
    return [
        module for module in modules() if module.slice and resources.is_late(module.name.removeprefix("resources."))
    ]


def test_nothing_reacts_in_what_is_imported_late() -> None:
    assert late_modules()
    report([module.place for module in late_modules() if "reacts_to" in module.text])


def test_what_is_imported_late_is_imported_inside_functions_or_by_what_is_late_itself() -> None:
    late = {f"hourbook.{module.name}" for module in late_modules()}
    report(
        [
            broken(module, found)
            for module in modules()
            if f"hourbook.{module.name}" not in late
            for found in imports_at_start(module)
            if found.target in late
        ]
    )


def test_only_what_is_imported_late_and_what_it_is_made_of_knows_arrays() -> None:
    """Rules with arrays are imported by those alone: the JSON of reports is made without."""
    has_arrays = {
        f"hourbook.{module.name}"
        for module in in_slices("rules")
        if any(found.top == "numpy" for found in imports_at_start(module))
    }
    late = {f"hourbook.{module.name}" for module in late_modules()}
    report(
        [
            broken(module, found)
            for module in modules()
            if module.slice and module.role not in ("rules", "store") and f"hourbook.{module.name}" not in late
            for found in imports_at_start(module)
            if found.target in has_arrays or found.top == "numpy"
        ]
    )
