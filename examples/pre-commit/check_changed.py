"""Run `harness check` for each experiment whose file or result is about to be committed.

An experiment with a `[margin]` or a budget of a change is held against the result of the last
commit. The exit code is the worst of all: 1 a number is off, 2 the input is wrong, 3 out of reach.
"""

import subprocess
import sys
from pathlib import Path

from harness.errors import HarnessError
from harness.experiment.spec import Experiment, open_experiment

EXPERIMENTS, RESULTS = Path("experiments"), Path("results")


def main(changed: list[str]) -> int:
    """Check every experiment that the changed files belong to."""
    try:
        known = {path: open_experiment(path.as_posix()) for path in EXPERIMENTS.glob("*.toml")}
    except HarnessError as error:
        print(error)
        return error.exit_code
    wanted = {
        path
        for path, experiment in known.items()
        if {path.as_posix(), result_of(experiment)} & set(changed)
    }
    alone = set(changed) - {path.as_posix() for path in known} - set(map(result_of, known.values()))
    for name in sorted(alone):
        print(f"{name} belongs to no experiment in {EXPERIMENTS}: nothing says what it must hold.")
    codes = [check(path, known[path]) for path in sorted(wanted)]
    return max([*codes, 2 if alone else 0])


def result_of(experiment: Experiment) -> str:
    """The file of its result, as git names it."""
    return (RESULTS / f"{experiment.name}.json").as_posix()


def check(path: Path, experiment: Experiment) -> int:
    """One `harness check`, against the last commit where the experiment says what may differ."""
    baseline = []
    if experiment.margin or experiment.budgets.change:
        baseline = ["--baseline", f"git:HEAD:{result_of(experiment)}"]
    command = [sys.executable, "-m", "harness", "check", str(path), "--results", str(RESULTS)]
    return subprocess.run([*command, *baseline], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
