"""How a stage reads its section of params.yaml."""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError


class Section(BaseModel):
    """One section of params.yaml: read once, never changed, unknown names refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


S = TypeVar("S", bound=Section)


def load(section: str, model: type[S], path: str | Path = "params.yaml") -> S:
    """Read a stage's parameters.

    Args:
        section: name of the section, which is the stage's name.
        model: the stage's parameters as a frozen model; what the file leaves out takes the model's default.
        path: the parameter file.

    Raises:
        SystemExit: the file is missing, is not YAML, or holds a name or value that the model refuses. The message
            names the parameter.
    """
    try:
        document = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}
    except FileNotFoundError:
        raise SystemExit(f"{path} not found: run from the repository's root") from None
    except yaml.YAMLError as error:
        raise SystemExit(f"{path} is not valid YAML: {error}") from None
    try:
        return model.model_validate(document.get(section) or {})
    except ValidationError as error:
        lines = [f"{section}.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise SystemExit(f"{path} does not fit:\n  " + "\n  ".join(lines)) from None
