"""Google's own description of the API, and what it says about a request that does not keep to it.

The discovery document comes with google-api-python-client. It is read here directly: a walk of forty lines is forty
times faster than a general JSON Schema validator on a batch of rows, and can answer with Google's own sentences.
`json_schema()` gives the same document as JSON Schema 2020-12; the tests hold the two against each other.

Google is laxer than this (it takes ``"5"`` for a number and snake_case names); a client that is strict passes both.
"""

import json
import math
import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.google_double.errors import ApiError, JsonObject, bad_field, invalid

INT32 = 2**31
ONE_OF = {"Request": "kind", "ExtendedValue": "value"}
"""Messages of which only one field may be set, by the name of the choice: the document only says so in prose."""


@cache
def discovery() -> JsonObject:
    found = find_spec("googleapiclient")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("google-api-python-client carries the description of the Sheets API: install it")
    path = Path(found.origin).parent / "discovery_cache" / "documents" / "sheets.v4.json"
    document: JsonObject = json.loads(path.read_text("utf-8"))
    return document


@cache
def fields_of(schema: str) -> JsonObject:
    """The properties of a message, by name."""
    properties: JsonObject = discovery()["schemas"][schema]["properties"]
    return properties


@cache
def method(name: str) -> JsonObject:
    """A method by its dotted name: ``spreadsheets.values.get``."""
    node = discovery()
    *resources, last = name.split(".")
    for resource in resources:
        node = node["resources"][resource]
    found: JsonObject = node["methods"][last]
    return found


def without_nulls(value: Any) -> Any:
    """In proto3 JSON a null field is an absent field; a null inside an array of values stays what it is."""
    if isinstance(value, dict):
        return {name: without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def check_body(body: Any, method_name: str) -> None:
    """Raise the 400 that Google answers to a body which does not fit the method."""
    schema = method(method_name)["request"]["$ref"]
    if not isinstance(body, dict):
        raise invalid('Invalid JSON payload received. Unknown name "": Root element must be a message.')
    _message(body, schema, "data" if schema == "ValueRange" else "")


def check_reply(body: Any, schema: str) -> None:
    """The same walk over a reply, for what the double itself says."""
    _message(body, schema, "")


def check_parameters(given: dict[str, list[str]], method_name: str) -> None:
    known = {**discovery()["parameters"], **method(method_name)["parameters"]}
    for name, values in given.items():
        if name not in known:
            raise bad_field(
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                f"Field '{name}' could not be found in request message.",
                "",
            )
        for value in values:
            _parameter(name, value, known[name])


def _parameter(name: str, value: str, spec: JsonObject) -> None:
    allowed = spec.get("enum")
    if allowed and value not in allowed and name not in discovery()["parameters"]:
        raise _wrong(snake(name), "TYPE_ENUM", value)
    if spec["type"] == "boolean" and value.lower() not in {"true", "false"}:
        raise _wrong(snake(name), "TYPE_BOOL", value)


def _message(value: JsonObject, schema: str, path: str) -> None:
    properties = fields_of(schema)
    for name, item in value.items():
        if name not in properties:
            where = f" at '{path}'" if path else ""
            raise bad_field(f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.', path)
        _value(item, properties[name], f"{path}.{snake(name)}" if path else snake(name))
    if schema in ONE_OF and len(value) > 1:
        second = list(value)[1]
        sentence = f"oneof field '{ONE_OF[schema]}' is already set. Cannot set '{second}'"
        raise bad_field(f"Invalid value at '{path}' (oneof), {sentence}", path)


def _value(value: Any, spec: JsonObject, path: str) -> None:
    reference = spec.get("$ref")
    if reference is not None:
        if not isinstance(value, dict):
            raise _wrong(path, f"type.googleapis.com/google.apps.sheets.v4.{reference}", value)
        _message(value, reference, path)
    elif spec["type"] == "array":
        _array(value, spec["items"], path)
    elif spec["type"] == "object":
        _map(value, spec, path)
    else:
        _scalar(value, spec, path)


def _array(value: Any, items: JsonObject, path: str) -> None:
    if not isinstance(value, list):
        raise _wrong(path, _array_type(items), value)
    for index, item in enumerate(value):
        _value(item, items, f"{path}[{index}]")


def _array_type(items: JsonObject) -> str:
    if items.get("type") in {"array", "any"}:
        return "type.googleapis.com/google.protobuf.ListValue"
    return f"type.googleapis.com/google.apps.sheets.v4.{items.get('$ref', 'ListValue')}"


def _map(value: Any, spec: JsonObject, path: str) -> None:
    if not isinstance(value, dict):
        raise _wrong(path, "TYPE_MESSAGE", value)
    for name, item in value.items():
        _value(item, spec["additionalProperties"], f"{path}.{name}")


def _scalar(value: Any, spec: JsonObject, path: str) -> None:
    kind = spec["type"]
    if kind == "any":
        return
    if not _is(value, kind):
        raise _wrong(path, _proto(spec), value)
    if "enum" in spec and value not in spec["enum"]:
        raise _wrong(path, "TYPE_ENUM", value)


def _is(value: Any, kind: str) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if kind == "integer":
        return isinstance(value, int) and -INT32 <= value < INT32
    return isinstance(value, int | float) and math.isfinite(value)


def _proto(spec: JsonObject) -> str:
    if "enum" in spec:
        return "TYPE_ENUM"
    named = {"string": "STRING", "boolean": "BOOL", "integer": "INT32", "number": "DOUBLE"}
    return "TYPE_" + ("FLOAT" if spec.get("format") == "float" else named[spec["type"]])


def _wrong(path: str, kind: str, value: Any) -> ApiError:
    return bad_field(f"Invalid value at '{path}' ({kind}), {json.dumps(value, ensure_ascii=False)}", path)


@cache
def snake(name: str) -> str:
    """``updateCells`` as Google's sentences spell it: ``update_cells``."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


@cache
def json_schema() -> JsonObject:
    """The whole document as JSON Schema 2020-12, everything under ``$defs``."""
    return {"$defs": {name: _converted(schema) for name, schema in discovery()["schemas"].items()}}


def _converted(spec: JsonObject) -> JsonObject:
    if "$ref" in spec:
        return {"$ref": f"#/$defs/{spec['$ref']}"}
    if spec["type"] == "any":
        return {}
    made: JsonObject = {name: spec[name] for name in ("type", "enum") if name in spec}
    if spec.get("format") == "int32":
        made |= {"minimum": -INT32, "maximum": INT32 - 1}
    if "items" in spec:
        made["items"] = _converted(spec["items"])
    return made | _converted_names(spec)


def _converted_names(spec: JsonObject) -> JsonObject:
    if "properties" not in spec:
        return {"additionalProperties": _converted(spec["additionalProperties"])} if spec["type"] == "object" else {}
    properties = {name: _converted(item) for name, item in spec["properties"].items()}
    choice = {"maxProperties": 1} if spec.get("id") in ONE_OF else {}
    return {"properties": properties, "additionalProperties": False, **choice}
