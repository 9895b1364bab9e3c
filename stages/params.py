"""How a stage reads its section of params.yaml, and refuses to start while any section does not fit."""

import difflib
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

STAGES = Path(__file__).parent


class Section(BaseModel):
    """One section of params.yaml: read once, never changed, unknown names refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_for_a_number(cls, value: Any, info: ValidationInfo) -> Any:
        kind = cls.model_fields[info.field_name or ""].annotation
        kinds = {kind, *get_args(kind)}
        if isinstance(value, bool) and kinds & {int, float} and bool not in kinds:
            raise ValueError(f"Input should be a number, not {str(value).lower()}")  # Python takes true for 1
        return value


S = TypeVar("S", bound=Section)


def load(section: str, model: type[S], path: str | Path = "params.yaml") -> S:
    """Read a stage's parameters, and check those of all other stages.

    So a slip in a late stage's section is found before the first stage has worked for hours.

    Args:
        section: name of the section, which is the stage's name.
        model: the stage's parameters as a frozen model; what the file leaves out takes the model's default.
        path: the parameter file.

    Raises:
        SystemExit: the file is missing, is not YAML, or holds a section, name or value that does not fit. The message
            names every parameter that is wrong.
    """
    document = _read(Path(path))
    wrong = [line for name in document if name != section for line in _check_other(name, document[name])]
    try:
        params = model.model_validate(_content(document.get(section)))
    except ValidationError as error:
        wrong = [*_lines(section, error), *wrong]
    if wrong:
        raise SystemExit(f"{path} does not fit:\n  " + "\n  ".join(wrong))
    return params


def _read(path: Path) -> dict[Any, Any]:
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SystemExit(f"{path} not found in {Path.cwd()}: run from the repository's root") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SystemExit(f"{path} is not valid YAML: {error}") from None
    if not isinstance(document, dict | None):
        raise SystemExit(f"{path} does not fit: it holds sections, `train:` and so on, each with parameters below it")
    return document or {}


def _content(value: Any) -> Any:
    return {} if value is None else value


def _lines(section: str, error: ValidationError) -> Iterator[str]:
    for detail in error.errors():
        said = detail["msg"].removeprefix("Value error, ")
        if detail["type"] == "model_type":
            said = f"Input should be parameters by name, not {detail['input']!r}"
        yield f"{'.'.join(map(str, (section, *detail['loc'])))}: {said}"


def _check_other(name: Any, value: Any) -> list[str]:
    """What is wrong with the section of another stage.

    It is imported by name, so that it is no dependency in dvc.yaml: it says whether a stage starts, not what comes out.
    """
    known = isinstance(name, str) and name.isidentifier() and (STAGES / f"{name}.py").is_file()
    try:
        model = getattr(importlib.import_module(f"stages.{name}"), "Params", None) if known else None
    except ImportError:  # this environment has not what that stage needs (as JAX's for `train`); it checks for itself
        return []
    if model is None:
        near = difflib.get_close_matches(str(name), {path.stem for path in STAGES.glob("*.py")} - {name}, n=1)
        return [f"{name}: no stage has this name" + (f"; did you mean {near[0]}?" if near else "")]
    try:
        model.model_validate(_content(value))
    except ValidationError as error:
        return list(_lines(name, error))
    return []
