"""Write every parameter into params.yaml, and beside it what it means: python -m stages.comments

Both stand once, as the default and the description of a field in the stage's Params. A parameter that the file leaves
out is added with its default, since `-S` of `dvc exp run` sets only what is there; values that are there stay.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, TypeAdapter

from stages.start import StageError, command

PARAMS = Path("params.yaml")
log = logging.getLogger(__name__)

Name = tuple[str, ...]  # ("train", "gislr", "dim")


def section_of(model: type[BaseModel], field: str) -> type[BaseModel] | None:
    """The parameters that a field holds as a section of its own; None where it is a value."""
    kind = model.model_fields[field].annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def meanings(name: Name, model: type[BaseModel]) -> Iterator[tuple[Name, str]]:
    """What each field means, also of sections within the section; "" where it has no description.

    Args:
        name: of the section.
        model: its parameters.
    """
    for field, info in model.model_fields.items():
        yield (*name, field), info.description or ""
        if inner := section_of(model, field):
            yield from meanings((*name, field), inner)


def ends(text: str) -> dict[Name, tuple[int, int]]:
    """Line and column, from 0, where each name of a YAML text and its value end, and a comment may begin."""
    return dict(_ends((), yaml.compose(text)))


def _ends(above: Name, node: yaml.MappingNode) -> Iterator[tuple[Name, tuple[int, int]]]:
    for key, value in node.value:
        name = (*above, key.value)
        if isinstance(value, yaml.MappingNode) and not value.flow_style:
            yield name, (key.end_mark.line, key.end_mark.column + 1)  # its colon
            yield from _ends(name, value)
        else:
            yield name, (value.end_mark.line, value.end_mark.column)


def is_remark(line: str) -> bool:
    """Whether a line is nothing but a comment; it belongs to the name in the next line."""
    return line.lstrip().startswith("#")


def comments(text: str) -> dict[Name, str]:
    """The comment behind each name's value, or in the line above; "" where there is none."""
    lines = text.splitlines()
    said = {
        name: lines[line - 1] if is_remark(lines[line - 1]) else lines[line][c:]
        for name, (line, c) in ends(text).items()
    }
    return {name: remark.strip().removeprefix("#").strip() for name, remark in said.items()}


def completed(text: str) -> str:
    """The text with all fields that it leaves out, each with its default and behind the field it follows in Params.

    Raises:
        ImportError: a section is of no stage.
    """
    for section in yaml.safe_load(text):
        text = _completed(text, (section,), import_module(f"stages.{section}").Params)
    return text


def _completed(text: str, name: Name, model: type[BaseModel]) -> str:
    before = name
    for field, info in model.model_fields.items():
        here, inner, places = (*name, field), section_of(model, field), ends(text)
        if here not in places:
            lines = text.splitlines()
            inside = [line for known, (line, _) in places.items() if known[: len(before)] == before]
            last = places[name][0] if before == name else max(inside)
            lines[last + 1 : last + 1] = _written(field, info.get_default(call_default_factory=True), len(name))
            text = "\n".join(lines) + "\n"
        elif inner and any(known[:-1] == here for known in places):
            text = _completed(text, here, inner)
        before = here
    return text


def _written(field: str, value: Any, depth: int) -> list[str]:
    """The lines of a field: a section as a block, everything else in one line."""
    if isinstance(value, BaseModel):
        inner = [_written(name, getattr(value, name), depth + 1) for name in type(value).model_fields]
        return ["  " * depth + f"{field}:", *chain.from_iterable(inner)]
    plain = TypeAdapter(Any).dump_python(value, mode="json")
    shown = yaml.safe_dump(plain, default_flow_style=True, width=1000).removesuffix("...\n").strip()
    return ["  " * depth + f"{field}: {shown}"]


def commented(text: str) -> str:
    """The text with the comments that the fields' descriptions ask for; all else stays as it is.

    Raises:
        ImportError: a section is of no stage.
    """
    lines, places = text.splitlines(), ends(text)
    for section in {name[0] for name in places}:
        known = dict(meanings((section,), import_module(f"stages.{section}").Params))
        written = {name: places[name] for name in known if name in places}
        columns = Counter(lines[line].find("#", column) for line, column in written.values())
        usual = max((column for column in columns if column > 0), key=lambda column: columns[column], default=0)
        for name, (line, column) in written.items():
            remark, found = f"# {known[name]}" if known[name] else "", lines[line].find("#", column)
            if is_remark(lines[line - 1]):
                lines[line - 1] = lines[line - 1].partition("#")[0] + remark
            else:
                start = found if found > column else max(usual, column + 1)
                lines[line] = (lines[line][:column].ljust(start) + remark).rstrip()
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the command."""
    with command():
        if not PARAMS.is_file():
            raise StageError(f"there is no {PARAMS} in {Path.cwd()}: run from the repository's root")
        text = PARAMS.read_text(encoding="utf-8")
        PARAMS.write_text(commented(completed(text)), encoding="utf-8")
        log.info("%s holds every parameter, and says of each what its field says", PARAMS)


if __name__ == "__main__":
    main()
