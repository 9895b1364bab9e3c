"""What a person does with the registry at the command line."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bentos.contract import history
from bentos.contract.registry import MODEL_NAME, download, resolve_production
from stages import paths
from stages.dataset.spec import TensorSpec
from stages.start import StageError
from stages.tracking import gate, promotion, versions
from stages.tracking.connect import connect, sentences, tracking_uri
from stages.tracking.versions import all_versions

if TYPE_CHECKING:
    from mlflow import MlflowClient


def run(parser: argparse.ArgumentParser, arguments: list[str], limits: Callable[[], gate.Limits]) -> None:
    """Parse and carry out a command; what went wrong is one sentence and exit status 1.

    Args:
        parser: of all commands.
        arguments: as given.
        limits: reads what the gate goes by, when it is asked.
    """
    given = parser.parse_args(arguments)
    with sentences():
        carry_out(given, connect(), limits)


def carry_out(given: argparse.Namespace, client: "MlflowClient", limits: Callable[[], gate.Limits]) -> None:
    """Do what a command says."""
    if given.command == "list":
        list_versions(client)
    elif given.command == "promote":
        before = promotion.promote(client, given.version, given.why)
        say(f"version {given.version} is Production now" + (f", before it was version {before}" if before else ""))
    elif given.command == "history":
        list_promotions(client)
    elif given.command == "seal":
        made = versions.reseal(client, given.version)
        say(f"version {made.version} is version {given.version}, sealed; promote it to let it serve")
    elif given.command == "rollback":
        rollback(client, given.why, given.only)
    elif given.command == "gate":
        ask_gate(client, given.version, limits())
    elif given.command == "diff":
        diff(client, given.version, given.against, limits if given.score else None)


def say(text: str) -> None:
    """Write a line for a person."""
    sys.stdout.write(text + "\n")


def table(rows: list[dict[str, str]]) -> str:
    """Rows of equal keys as aligned text; empty columns are left out."""
    names = [name for name in rows[0] if any(row[name] for row in rows)]
    widths = [max(len(name), *(len(str(row[name])) for row in rows)) for name in names]
    lines = [names, ["-" * w for w in widths], *([str(row[name]) for name in names] for row in rows)]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def list_versions(client: "MlflowClient") -> None:
    """Print all versions and what serves."""
    rows = promotion.describe(client)
    if not rows:
        return say(f"no version of {MODEL_NAME} in {tracking_uri()}: run `dvc repro`")
    say(table(rows))
    resolution = resolve_production(client, MODEL_NAME, align=False)
    return say(f"\n{resolution.disagreement or resolution.reason}")


def list_promotions(client: "MlflowClient") -> None:
    """Print who made which version Production when, and why."""
    rows = [
        {
            "when": f"{p.when:%Y-%m-%d %H:%M:%S} UTC",
            "who": p.who,
            "from": p.before or "",
            "to": p.after,
            "why": p.why if p.done else f"{p.why} (cut off)",
        }
        for p in history.read(client, MODEL_NAME)
    ]
    say(table(rows) if rows else f"no version of {MODEL_NAME} has been promoted in {tracking_uri()}")


def rollback(client: "MlflowClient", why: str, only: str | None) -> None:
    """Go back one version; with `only`, nothing happens unless that version is Production."""
    now = promotion.production(client)
    if only is not None and only != now:
        return say(f"version {only} is not Production, version {now} is: there is nothing to roll back")
    left, now = promotion.rollback(client, why)
    return say(f"version {now} is Production again; version {left} will not be promoted by itself any more")


def ask_gate(client: "MlflowClient", version: str, limits: gate.Limits) -> None:
    """Print what the gate says of a version now, and keep it as the version's tags; exit status 1 when it refuses."""
    rate = TensorSpec.read(paths.SPEC).frame_rate
    verdict = promotion.consider(client, client.get_model_version(MODEL_NAME, version), limits, rate)
    say(f"the gate {'passes' if verdict.passed else 'refuses'} version {version}: {verdict.reason}")
    if not verdict.passed:
        raise SystemExit(1)


def diff(
    client: "MlflowClient",
    version: str | None = None,
    against: str | None = None,
    limits: Callable[[], gate.Limits] | None = None,
) -> None:
    """Print what differs between two versions: scores, glosses, origin, parameters; with limits, what the gate says.

    Args:
        client: connected.
        version: the challenger; the newest by default.
        against: what it is compared with; Production by default.
        limits: reads what the gate goes by, to ask it as well.

    Raises:
        StageError: there is nothing to compare, or nothing to compare it with.
    """
    newest = next(iter(all_versions(client)), None)
    if newest is None:
        raise StageError(f"no version of {MODEL_NAME} in {tracking_uri()}: run `dvc repro`")
    version = version or str(newest.version)
    against = against or resolve_production(client, MODEL_NAME, align=False).version
    if against is None:
        raise StageError("there is no Production version to compare with: name a second version")
    if version == against:
        raise StageError(f"version {version} is what it would be compared with: name two versions, `diff 3 2`")
    new, old = (client.get_model_version(MODEL_NAME, v) for v in (version, against))
    with tempfile.TemporaryDirectory() as scratch:
        folders = [download(client, MODEL_NAME, v.version, Path(scratch) / str(v.version)) for v in (new, old)]
        say(f"version {version} against version {against}\n")
        say(table(_rows(new, old, folders)))
        labels = [set(_metadata(f)["labels"]) for f in folders]
        for sign, glosses in (("+", labels[0] - labels[1]), ("-", labels[1] - labels[0])):
            if glosses:
                some = ", ".join(sorted(glosses)[:20]) + (" …" if len(glosses) > 20 else "")
                say(f"glosses {sign}{len(glosses)}: {some}")
        say("\nparameters that differ:" + _params(client, new, old))
        if limits:
            _score(folders, against, limits())


def _metadata(folder: Path) -> dict[str, Any]:
    return json.loads(next(folder.rglob("metadata.json")).read_text(encoding="utf-8"))


def _rows(new: Any, old: Any, folders: list[Path]) -> list[dict[str, str]]:
    """One row for each fact that versions are compared by."""
    rows = [
        {"": name, "new": new.tags.get(name, ""), "old": old.tags.get(name, "")}
        for name in (
            "language",
            "network",
            "glosses",
            "val_accuracy",
            "test_accuracy",
            "data_version",
            "git_commit",
        )
    ]
    sizes = [f"{next(f.rglob('model.tflite')).stat().st_size / 1e6:.2f} MB" for f in folders]
    return [*rows, {"": "size", "new": sizes[0], "old": sizes[1]}]


def _params(client: "MlflowClient", new: Any, old: Any) -> str:
    """Parameters of both pipelines' runs that are not the same."""
    both = [client.get_run(v.run_id).data.params if v.run_id else {} for v in (new, old)]
    names = sorted(n for n in both[0].keys() | both[1].keys() if both[0].get(n) != both[1].get(n))
    return "".join(f"\n  {n}: {both[1].get(n, '-')} → {both[0].get(n, '-')}" for n in names) or " none"


def _score(folders: list[Path], against: str, limits: gate.Limits) -> None:
    """Score both now and print what the gate would say."""
    rate = TensorSpec.read(paths.SPEC).frame_rate
    verdict = gate.examine(folders[0], folders[1], against, paths.TENSORS, rate, limits)
    say(f"\nthe gate {'passes' if verdict.passed else 'refuses'} it: {verdict.reason}")
    changed = [g for g in verdict.measures.get("glosses", ()) if g["new"] != g["old"]]
    for g in sorted(changed, key=lambda g: g["new"] - g["old"])[:20]:
        say(f"  {g['gloss']}: {g['old']:.0%} → {g['new']:.0%} of {g['n']} clips")
