"""Write one of the sizes in presets.yaml into params.yaml: python -m stages.preset wlasl100 fetch.folder=/path/to/zips

Comments and all other values stay. `dvc repro` and `dvc exp run` then do that size; `python -m stages.preset sample`
goes back. More fields can be set in the same breath, as `-S` of `dvc exp run` would.
"""

import argparse
import logging
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, YAMLError

PARAMS, PRESETS = Path("params.yaml"), Path(__file__).with_name("presets.yaml")
log = logging.getLogger(__name__)


def editor() -> YAML:
    """A reader and writer that leaves comments, quotes and layout as they are."""
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 1000
    yaml.representer.add_representer(type(None), lambda r, _: r.represent_scalar("tag:yaml.org,2002:null", "null"))
    return yaml


def presets() -> dict[str, dict[str, Any]]:
    """All presets: by name, values by "section.field"."""
    return editor().load(PRESETS.read_text(encoding="utf-8"))


def put(document: dict[str, Any], field: str, value: Any) -> None:
    """Set `section.field` in a parameter file.

    Args:
        document: the file, changed in place.
        field: names from the top, joined by dots.
        value: new value.

    Raises:
        KeyError: the file has no such field; what follows the second name may be new.
    """
    *above, last = field.split(".")
    place = document
    for depth, name in enumerate(above):
        if name not in place:
            raise KeyError(f"{field}: {PARAMS} has no {'.'.join(above[: depth + 1])}")
        place = place[name]
    if last not in place and len(above) < 2:
        raise KeyError(f"{field}: {PARAMS} has no such field")
    place[last] = value


def main(arguments: list[str] | None = None) -> None:
    """Write a preset."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    known = presets()
    parser = argparse.ArgumentParser(prog="python -m stages.preset", description=__doc__)
    parser.add_argument("preset", choices=tuple(known))
    parser.add_argument("fields", nargs="*", metavar="section.field=value", help="more values to write")
    told = parser.parse_args(arguments)
    if wrong := [item for item in told.fields if "=" not in item]:
        parser.error(f"{wrong[0]!r} is no section.field=value")
    yaml = editor()
    try:
        document = yaml.load(PARAMS.read_text(encoding="utf-8"))
        more = {name: editor().load(value) for name, value in (item.split("=", 1) for item in told.fields)}
        for field, value in (dict(known["sample"]) | dict(known[told.preset]) | more).items():
            put(document, field, value)
    except FileNotFoundError:
        raise SystemExit(f"{PARAMS} not found: run from the repository's root") from None
    except (YAMLError, KeyError) as error:
        raise SystemExit(str(error.args[0] if isinstance(error, KeyError) else error)) from None
    with PARAMS.open("w", encoding="utf-8") as file:
        yaml.dump(document, file)
    log.info("%s is of the size %s now; `git diff %s` shows it, `dvc repro` runs it", PARAMS, told.preset, PARAMS)


if __name__ == "__main__":
    main()
