"""The protocol of /live for people, and what the page hears from the server, made from the types of both.

    python -m bentos.live.protocol

writes the table in README.md and the page's `protocol.d.ts`; a test compares both with the types.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from bentos.http.schemas import Embedded, Metadata, Predictions, Translation, Vocabulary
from bentos.live.messages import ClientMessage, ServerEvent

BENTOS = Path(__file__).resolve().parents[1]
README = BENTOS / "README.md"
TYPES = BENTOS / "web" / "protocol.d.ts"
MARKED = re.compile(r"(?<=<!-- protocol -->\n).*?(?=<!-- /protocol -->)", re.DOTALL)
UNIONS: dict[str, tuple[Any, str]] = {
    "ClientMessage": (ClientMessage, "client to server"),
    "ServerEvent": (ServerEvent, "server to client"),
}
ANSWERS = (Predictions, Embedded, Translation, Metadata, Vocabulary)  # of other routes, for the page
SIMPLE = {
    "string": "string",
    "number": "number",
    "integer": "number",
    "boolean": "boolean",
    "null": "null",
    "object": "object",
}


@dataclass(frozen=True)
class Member:
    """A field of a message.

    Attributes:
        name: as in the JSON.
        type: in TypeScript.
        optional: whether it may be left out.
        description: what it means, with its unit, limits and default.
    """

    name: str
    type: str
    optional: bool
    description: str


@dataclass(frozen=True)
class Shape:
    """A message, or a part of one, whose `type` is ""."""

    name: str
    type: str
    description: str
    members: tuple[Member, ...]


def shapes(union: Any) -> list[Shape]:
    """All messages of a union and their parts, messages first, in the order of the union."""
    schema = TypeAdapter(union).json_schema()
    messages = [_type(ref) for ref in schema["oneOf"]]
    parts = [name for name in schema["$defs"] if name not in messages]
    return [_shape(name, schema["$defs"][name], union is ServerEvent) for name in messages + parts]


def answers() -> Iterator[Shape]:
    """The answers of other routes and their parts."""
    for answer in ANSWERS:
        schema = answer.model_json_schema()
        for name, part in (schema.get("$defs", {}) | {answer.__name__: schema}).items():
            yield _shape(name, part, sent=False)


def _shape(name: str, schema: dict[str, Any], sent: bool) -> Shape:
    fields = schema["properties"]
    kind = fields.get("type", {}).get("const", "")
    required = {"type", *schema.get("required", ())}
    members = [
        Member(key, _type(fields[key], drop_null=sent), key not in required, _meaning(fields[key], sent))
        for key in sorted(fields, key=lambda key: key != "type")
    ]
    return Shape(name, kind, schema["description"], tuple(members))


def _type(schema: dict[str, Any], drop_null: bool = False) -> str:
    """A JSON schema in TypeScript; the server leaves fields out instead of sending null."""
    if "$ref" in schema:
        return schema["$ref"].rpartition("/")[2]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"]))
    if "anyOf" in schema:
        return " | ".join(t for t in map(_type, schema["anyOf"]) if not (drop_null and t == "null"))
    if "prefixItems" in schema:
        return f"[{', '.join(map(_type, schema['prefixItems']))}]"
    if schema["type"] == "array":
        return f"{_type(schema['items'])}[]"
    return SIMPLE[schema["type"]]


def _meaning(schema: dict[str, Any], sent: bool) -> str:
    bounds = schema | next(iter(schema.get("anyOf", ())), {})
    parts = [schema.get("description", "")]
    if "minimum" in bounds:
        parts.append(f"{bounds['minimum']} to {bounds['maximum']}" if "maximum" in bounds else f"≥ {bounds['minimum']}")
    if "maxLength" in bounds:
        parts.append(f"at most {bounds['maxLength']} characters")
    if not sent and schema.get("default") is not None and "const" not in schema:
        parts.append(f"{json.dumps(schema['default'])} when left out")
    return "; ".join(filter(None, parts))


def table() -> str:
    """The unions as Markdown tables."""
    return "\n".join(line for union in UNIONS for line in _table(union))


def _table(union: str) -> Iterator[str]:
    kind, direction = UNIONS[union]
    yield f"`{union}`, {direction}:\n"
    yield "| `type` | field | JSON | what |\n|---|---|---|---|"
    for shape in shapes(kind):
        yield f"| {f'`{shape.type}`' if shape.type else f'a {shape.name}'} | | | {shape.description} |"
        for member in shape.members:
            if member.name != "type":
                json_type = member.type.replace("|", "\\|")
                yield f"| | `{member.name}`{' (optional)' * member.optional} | {json_type} | {member.description} |"
    yield ""


def types() -> str:
    """The unions as TypeScript declarations."""
    lines = [
        "/** The messages of /live. Written by `python -m bentos.live.protocol`: change bentos/live/messages.py. */"
    ]
    messages = {shape.name: shape for kind, _ in UNIONS.values() for shape in shapes(kind)}
    found = messages | {shape.name: shape for shape in answers() if shape.name not in messages}
    for shape in found.values():
        lines += ["", f"/** {shape.description} */", f"export interface {shape.name} {{"]
        for member in shape.members:
            lines += [f"  /** {member.description} */"] if member.description else []
            lines += [f"  {member.name}{'?' * member.optional}: {member.type};"]
        lines += ["}"]
    for name, (kind, _) in UNIONS.items():
        lines += ["", f"export type {name} = {' | '.join(shape.name for shape in shapes(kind) if shape.type)};"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write both."""
    README.write_text(MARKED.sub(lambda _: table(), README.read_text(encoding="utf-8")), encoding="utf-8")
    TYPES.write_text(types(), encoding="utf-8")


if __name__ == "__main__":
    main()
