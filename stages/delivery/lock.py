"""Stop a change to stages or params that no pipeline run belongs to.

Run as `python -m stages.delivery.lock`: exit status 1, and one line for each stage, where dvc.lock is of other code,
parameters or commands than what is checked out, or is put together from several runs. It needs no data, so it works on
a bare clone. New data is not its business: `stages.watch` looks for that.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dvc.stage import Stage

CODE = ("stages", "bentos")
ADVICE = "run `dvc repro` and commit dvc.lock with the change; `dvc push` gives its outputs to others"


def stale() -> dict[str, list[str]]:
    """Why dvc.lock is not of this code, by stage; empty when it is.

    Raises:
        NotDvcRepoError: the current folder is not in a DVC repository.
    """
    from dvc.repo import Repo

    with Repo() as repo:
        # a stage that always runs, and puts nothing into the folder, leaves no trace in the lock
        stages = [stage for stage in repo.index.stages if stage.cmd and not stage.always_changed]
        made = {str(out): out.hash_info.value for stage in stages for out in stage.outs}
        found = {stage.addressing: list(_reasons(stage, made)) for stage in stages}
    return {name: reasons for name, reasons in found.items() if reasons}


def _reasons(stage: "Stage", made: dict[str, str | None]) -> Iterator[str]:
    """Why a stage has to run, in words.

    Args:
        stage: what dvc.yaml and dvc.lock together say.
        made: path of every output → its checksum in dvc.lock.
    """
    from dvc.dependency.param import ParamsDependency

    if not any(out.hash_info for out in stage.outs):
        yield "dvc.lock has no run of it"
        return
    if stage.changed_stage():
        yield "its command has changed"
    for dep in stage.deps:
        path = str(dep)
        if path in made:
            if dep.hash_info.value != made[path]:
                yield f"{path} comes from another run"
        elif isinstance(dep, ParamsDependency):
            if changed := sorted(name for names in dep.status().values() for name in names):
                yield f"parameters have changed: {', '.join(changed)}"
        elif path.split("/")[0] in CODE and dep.status():
            yield f"{path} has changed"


def main() -> None:
    """Run the check."""
    from dvc.exceptions import NotDvcRepoError

    try:
        found = stale()
    except NotDvcRepoError:
        raise SystemExit(f"{Path.cwd()} is in no clone: run from the repository's root") from None
    sys.stdout.writelines(f"{name}: {'; '.join(reasons)}\n" for name, reasons in found.items())
    if found:
        raise SystemExit(f"dvc.lock is not of exactly this code: {ADVICE}")
    sys.stdout.write("dvc.lock is of exactly this code\n")


if __name__ == "__main__":
    main()
