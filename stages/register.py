"""Register the model in MLflow and promote it when it is at least as good as Production.

Without a command it does what the pipeline wants: give an empty registry the base model, fill MLflow with the runs,
register the export once, ask the gate.
With one, a person looks at the registry or changes what serves.
"""

import argparse
import json
import logging
import sys
import tempfile
from pathlib import Path

from pydantic import Field

from bentos.contract.registry import MODEL_NAME
from stages import paths
from stages.dataset.spec import TensorSpec
from stages.params import Section, load
from stages.reports.files import write_json
from stages.reports.release import Registration
from stages.start import StageError, command, stage
from stages.tracking import facts, filling, founding, promotion, versions
from stages.tracking.connect import connect, sentences
from stages.tracking.gate import Limits
from stages.tracking.packing import travelling
from stages.tracking.runs import experiment

log = logging.getLogger(__name__)


class Params(Section):
    """Section `register` of params.yaml."""

    auto_promote: bool = Field(True, description="promote what passes the gate; false: a person does it")
    gate: Limits = Field(Limits(), description="what a new version must keep to, against Production")


def register(client) -> tuple:
    """Fill MLflow from the stages' outputs and register the export if it is new; returns (version, is it new)."""
    key, provenance = versions.fingerprint(paths.EXPORT), facts.provenance()
    run_id = filling.pipeline(client, key, provenance)
    work = filling.Work(client, provenance, run_id)
    trained = filling.trainings(work)
    for fill in (filling.tuning, filling.evaluation, filling.translation):
        fill(work)
    made = versions.find(client, key)
    new = made is None
    if new:
        metadata = json.loads((paths.EXPORT / "metadata.json").read_text(encoding="utf-8"))
        training = trained.get(metadata.get("training_run_key")) or run_id
        tags = versions.describing(metadata) | {versions.FINGERPRINT: key, "training_run": training}
        with tempfile.TemporaryDirectory() as scratch:
            made = versions.create(client, paths.EXPORT, run_id, tags, provenance, travelling(Path(scratch)))
    filling.finish(client, run_id)
    return made, new


def begin(client) -> None:
    """Give an empty registry the base model, and say so."""
    first = founding.found(client)
    if first is not None:
        said = "the registry was empty: version %s of %s is the base model of %s now, and Production"
        log.info(said, first.version, MODEL_NAME, paths.BASE)


def run_stage(params: Params) -> Registration:
    """What the pipeline does; returns what goes into reports/registration.json."""
    client = connect(make=True)
    begin(client)
    made, new = register(client)
    log.info("version %s of %s %s", made.version, MODEL_NAME, "registered" if new else "is registered already")
    rate = TensorSpec.read(paths.SPEC).frame_rate
    yes, reason = promotion.decide(
        client,
        made,
        experiment(),
        params.auto_promote,
        params.gate,
        lambda: promotion.consider(client, made, params.gate, rate),
    )
    if yes:
        promotion.promote(client, made.version, reason, by="the gate")
        log.info("version %s is Production now: %s", made.version, reason)
    else:
        log.info("version %s is not promoted: %s", made.version, reason)
        if promotion.production(client) != str(made.version):
            log.info("a person can promote it all the same: `python -m stages.register promote %s`", made.version)
    tags = client.get_model_version(MODEL_NAME, made.version).tags
    return Registration(
        version=str(made.version),
        new=new,
        promoted=yes,
        reason=reason,
        production=promotion.production(client),
        run_id=made.run_id,
        fingerprint=tags[versions.FINGERPRINT],
        gate={name: tags[name] for name in ("gate", "gate_reason", "gate_against") if name in tags},
    )


def main(arguments: list[str] | None = None) -> None:
    """Run the stage, or a person's command."""
    given = sys.argv[1:] if arguments is None else arguments
    if given:
        from stages.tracking import commands

        with command():
            return commands.run(parser(), given, lambda: load("register", Params).gate)
    with stage("register", Params) as params:
        missing = [str(p) for p in (paths.EXPORT / "model.tflite", paths.METRICS) if not p.is_file()]
        if missing:
            raise StageError(f"{', '.join(missing)} missing: run `dvc repro`")
        with sentences():
            report = run_stage(params)
        write_json(paths.REGISTRATION, report)
        write_json(paths.VERSION, {"version": int(report.version), "run": (report.run_id or "")[:8]})
    return None


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m stages.register", description=__doc__.splitlines()[0])
    commands = p.add_subparsers(dest="command", metavar="command")
    commands.add_parser("list", help="all versions, newest first, and which one serves")
    one = commands.add_parser("promote", help="make a version Production, whatever the gate says")
    one.add_argument("version")
    one.add_argument("--why", default="a person's choice", help="kept in the history")
    commands.add_parser(
        "history", help="all promotions, the last one first: when, who, from which version to which, why"
    )
    old = commands.add_parser("seal", help="register a version from before anew, with the fingerprint of its files")
    old.add_argument("version")
    back = commands.add_parser("rollback", help="make the version before this one Production again")
    back.add_argument("--why", default="a person's choice", help="kept as a tag of the version that is left")
    back.add_argument("--only", metavar="VERSION", help="do nothing unless this version is Production")
    asked = commands.add_parser("gate", help="ask the gate about a version now; exit status 1 when it refuses")
    asked.add_argument("version")
    two = commands.add_parser("diff", help="compare a version with Production, or two versions")
    two.add_argument("version", nargs="?", help="the challenger; the newest by default")
    two.add_argument("against", nargs="?", help="Production by default")
    two.add_argument("--score", action="store_true", help="score both now, on the val and test clips of this clone")
    return p


if __name__ == "__main__":
    main()
