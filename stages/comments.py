"""Write what each parameter means beside it in params.yaml: python -m stages.comments

It stands once, as the description of the field in the stage's Params; the comments of params.yaml are copies.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import yaml
from pydantic import BaseModel

from stages.start import StageError, command

PARAMS = Path("params.yaml")
log = logging.getLogger(__name__)

Name = tuple[str, ...]  # ("train", "gislr", "dim")


def meanings(name: Name, model: type[BaseModel]) -> Iterator[tuple[Name, str]]:
    """What each field means, also of sections within the section; "" where it has no description.

    Args:
        name: of the section.
        model: its parameters.
    """
    for field, info in model.model_fields.items():
        yield (*name, field), info.description or ""
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from meanings((*name, field), info.annotation)


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
        PARAMS.write_text(commented(text), encoding="utf-8")
        log.info("%s says of each parameter what its field says", PARAMS)


if __name__ == "__main__":
    main()
