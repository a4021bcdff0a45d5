"""JSON schemas of what operations take and answer, made from the wire structs themselves.

Owns the step from annotations to the `components/schemas` of the published document, and from
query structs to its parameters. It only describes: what is accepted is decided by `wire.py` and
`body.py`, what is hidden by `secrets.py`. It knows no operation.
"""

import enum
import inspect
import re
import types
from collections.abc import Iterable
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

from hourbook.http.problems import ProblemBody
from hourbook.http.secrets import secret_fields
from hourbook.http.wire import Out, Paged, Query

REF = "#/components/schemas/{name}"
Schema = dict[str, Any]

# Sources of a behaviour are for those who read the code.
_SOURCES = re.compile(r"\s*\((?:wire-|roles\.md|design |question )[^)]*\)")
_NO_DEFAULT = (None, (), msgspec.NODEFAULT, msgspec.UNSET)


def published_text(text: str | None) -> str:
    """A docstring as the document shows it: unwrapped, without references to our sources."""
    return _SOURCES.sub("", " ".join(inspect.cleandoc(text or "").split()))


class Schemas:
    """The schemas of some annotations, and the components they refer to."""

    def __init__(self, annotations: Iterable[Any]) -> None:
        parts = {repr(part): part for annotation in annotations for part in _parts(annotation)}
        structs, enums = _classes(parts.values())
        asked = [*parts.values(), *structs, *enums]
        schemas, components = msgspec.json.schema_components(asked, ref_template=REF)
        self._by_repr = {repr(kind): schema for kind, schema in zip(asked, schemas, strict=True)}
        for struct in structs:
            _complete(components[self.name(struct)], struct)
        for kind in enums:
            components[self.name(kind)].pop("description", None)
        self.components: dict[str, Schema] = dict(sorted(components.items()))

    def name(self, kind: type) -> str:
        """The component's name of a struct or enum."""
        reference: str = self._by_repr[repr(kind)]["$ref"]
        return reference.rpartition("/")[2]

    def of(self, annotation: Any) -> Schema:
        """The schema of an annotation given to the constructor."""
        if _is_union(annotation):
            return {"anyOf": [self.of(part) for part in get_args(annotation)]}
        if get_origin(annotation) is list:
            return {"type": "array", "items": self.of(get_args(annotation)[0])}
        return self._by_repr[repr(annotation)]

    def of_parameter(self, annotation: Any) -> Schema:
        """The schema of one query parameter, as the readers in `wire.py` take it."""
        if get_origin(annotation) is Annotated:
            return {"type": "string", "format": "date-time"}
        if _is_union(annotation):
            return self.of_parameter(_first_present(annotation))
        if get_origin(annotation) is tuple:
            return {"type": "array", "items": self.of_parameter(get_args(annotation)[0])}
        if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
            return dict(self._by_repr[repr(annotation)])
        simple: dict[Any, Schema] = {
            bool: {"type": "boolean"},
            int: {"type": "integer", "format": "int64"},
            str: {"type": "string"},
        }
        return dict(simple[annotation])


def query_kinds(kind: type[Query] | None) -> list[Any]:
    """What has to be known of a query struct to describe it: its words."""
    return [] if kind is None else list(_enums_in(get_type_hints(kind).values()))


def query_parameters(kind: type[Query], schemas: Schemas) -> list[Schema]:
    """The parameters of a query struct, in its order."""
    hints = get_type_hints(kind, include_extras=True)
    return [_parameter(kind, field, schemas.of_parameter(hints[field.name])) for field in msgspec.structs.fields(kind)]


def _parameter(kind: type[Query], field: msgspec.structs.FieldInfo, schema: Schema) -> Schema:
    found: Schema = {"name": field.encode_name, "in": "query", "required": field.required}
    if schema.get("type") == "array":
        found |= {"style": "form", "explode": True, "description": "May be repeated or joined by commas."}
    if not any(field.default is nothing or field.default == nothing for nothing in _NO_DEFAULT):
        default = field.default.value if isinstance(field.default, enum.Enum) else field.default
        schema = {**schema, "default": default}
    if issubclass(kind, Paged) and field.name in ("page", "page_size"):
        schema = {**schema, "minimum": 1}
    if issubclass(kind, Paged) and field.name == "page_size":
        # Every paged query says its own limit where it checks it.
        schema["maximum"] = inspect.signature(kind.to_page).parameters["size_limit"].default
    return {**found, "schema": schema}


def _complete(component: Schema, struct: type[msgspec.Struct]) -> None:
    """What msgspec cannot know: answers are whole, and secret fields may be null in them."""
    if "description" in component:
        component["description"] = published_text(component["description"])
    if not issubclass(struct, Out | ProblemBody):
        return
    properties: Schema = component["properties"]
    optional = {name for name, hint in _hints(struct).items() if msgspec.UnsetType in get_args(hint)}
    if struct.__struct_config__.omit_defaults:
        optional |= {field.encode_name for field in msgspec.structs.fields(struct) if not field.required}
    component["required"] = [name for name in properties if name not in optional]
    for schema in properties.values():
        schema.pop("default", None)
    attributes = dict(zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True))
    for attribute in secret_fields(struct):
        properties[attributes[attribute]] = _nullable(properties[attributes[attribute]])


def _hints(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """Annotations by wire name."""
    hints = get_type_hints(struct)
    return {field.encode_name: hints[field.name] for field in msgspec.structs.fields(struct)}


def _nullable(schema: Schema) -> Schema:
    options = schema.get("anyOf", [schema])
    if any(option.get("type") == "null" for option in options):
        return schema
    return {"anyOf": [*options, {"type": "null"}]}


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def _first_present(annotation: Any) -> Any:
    return next(part for part in get_args(annotation) if part is not type(None))


def _parts(annotation: Any) -> list[Any]:
    """An annotation taken apart where msgspec cannot look at it whole: answers may be one list or another."""
    if _is_union(annotation) or get_origin(annotation) is list:
        return [inner for part in get_args(annotation) for inner in _parts(part)]
    return [annotation]


def _enums_in(annotations: Iterable[Any]) -> list[type[enum.Enum]]:
    found: list[type[enum.Enum]] = []
    for annotation in annotations:
        if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
            found.append(annotation)
        else:
            found += _enums_in(get_args(annotation))
    return found


def _classes(annotations: Iterable[Any]) -> tuple[list[type[msgspec.Struct]], list[type[enum.Enum]]]:
    """All structs and enums that the annotations reach."""
    structs: dict[type[msgspec.Struct], None] = {}
    enums: dict[type[enum.Enum], None] = {}
    waiting: list[Any] = [msgspec.inspect.type_info(annotation) for annotation in annotations]
    while waiting:
        info = waiting.pop()
        if isinstance(info, msgspec.inspect.EnumType):
            enums[info.cls] = None
        elif isinstance(info, msgspec.inspect.StructType) and info.cls not in structs:
            structs[info.cls] = None
            waiting += [field.type for field in info.fields]
        else:
            waiting += _inner(info)
    return list(structs), list(enums)


def _inner(info: Any) -> list[Any]:
    if isinstance(info, msgspec.inspect.UnionType):
        return list(info.types)
    if isinstance(info, msgspec.inspect.DictType):
        return [info.value_type]
    parts = (getattr(info, name, None) for name in ("item_type", "type"))
    return [part for part in parts if isinstance(part, msgspec.inspect.Type)]
