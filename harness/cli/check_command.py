"""`harness check`: does a result still say what its source publishes, and its baseline?"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import options
from harness.cli.pipelines import check_reports, pointed_at, reports, write_reports
from harness.cli.say import say, say_beside, say_json, say_page
from harness.system.paths import expand

if TYPE_CHECKING:
    from harness.claims.compare import Comparison
    from harness.comparison.baseline import Baseline
    from harness.comparison.gate import Gate
    from harness.experiment.result import Result
    from harness.experiment.spec import Experiment


@click.command("check")
@click.argument("experiment", required=False)
@options.results
@click.option(
    "--baseline",
    metavar="FILE|git:REF[:PATH]",
    help="Compare with this earlier result as well: a .json file, or that of a commit.",
)
@options.undecided
@click.option(
    "--update-baseline", is_flag=True, help="Then put the result in the baseline's place."
)
@click.option("--because", help="Why; the baseline's file keeps it, with what it replaces.")
@reports
@options.style
def command(
    *,
    experiment: str | None,
    results: Path,
    baseline: str | None,
    undecided: str,
    update_baseline: bool,
    because: str | None,
    style: str,
    **files: Path | None,
) -> int:
    """Compare the result of EXPERIMENT in the results folder with its published numbers.

    With a baseline, three questions are kept apart: is it the same; are the [budgets] of the
    experiment's file kept on these queries; is its [margin] held on queries like these
    (docs/compare.md). Where the file declares neither, every difference to the baseline is off.

    Exit code 1 when any number is off, either way, or a budget or margin is broken; 2 when the
    result is not of this experiment, or the baseline of another collection or scored otherwise, or
    there is nothing to compare. A baseline may be of another model: what differs is said first.

    \b
    Examples:
      harness check crowdrag-splade-tiny
      harness check my.toml --results out --baseline results/my.json
      harness check my.toml --baseline git:main --undecided pass
      harness check my.toml --baseline kept/my.json --update-baseline --because "32 dims now"
    """
    from harness.claims.compare import compare
    from harness.cli.notices import show_alarms
    from harness.comparison.answers import report_of
    from harness.comparison.gate import gate
    from harness.experiment.identity import not_run, require_claimed
    from harness.experiment.result import read_result
    from harness.experiment.spec import DEFAULT, open_experiment

    _check_update(baseline, because, update=update_baseline)
    check_reports(files)
    chosen = open_experiment(experiment or DEFAULT)
    path = results / f"{chosen.name}.json"
    result = read_result(path)
    require_claimed(chosen, result)
    alarms = (*result.alarms, *not_run(chosen, result))
    earlier = _baseline(baseline, path, update=update_baseline)
    told: tuple[str, ...] | None = None
    against: tuple[Comparison, ...] = ()
    if earlier is not None:
        told, against = _against(earlier, chosen, path, result)
    elif update_baseline:
        chosen = replace(chosen, margin={}, budgets=replace(chosen.budgets, change={}))
    found = gate(chosen, result, path, earlier, undecided_holds=undecided == "pass")
    published, deviations = chosen.claims.published, chosen.claims.deviations
    own = compare(result.scores, published, deviations, result.intervals or {})
    rows = own if found.judges_baseline else own + against
    if not update_baseline:
        _require_something(chosen, result, rows, found)
    if style == "json":
        say_json(_summary(chosen.name, result, rows, told, found) | {"alarms": alarms})
    else:
        _show(chosen.name, result, rows, found, (baseline, told), style)
    show_alarms(alarms)
    write_reports(
        files,
        report_of(
            chosen.name,
            pointed_at(experiment, path),
            result,
            rows,
            found,
            holds=result.holds_by(rows) and found.holds,
        ),
    )
    if not update_baseline:
        return int(not (result.holds_by(rows) and found.holds))
    _update(str(baseline), earlier, path, str(because))
    absolute = replace(found, margins=(), budgets=tuple(b for b in found.budgets if b.base is None))
    return int(not (result.holds_by(own) and absolute.holds))


def _check_update(baseline: str | None, because: str | None, *, update: bool) -> None:
    """Refuse half of what a new baseline needs, and a path that can be none, before the work."""
    if baseline is not None and not baseline.startswith("git:"):
        expand(baseline)
    if update and (baseline is None or baseline.startswith("git:")):
        raise click.UsageError("--update-baseline writes into a file: name it with --baseline.")
    if update and because is None:
        raise click.UsageError('--update-baseline needs a reason: give --because "…".')
    if because is not None and not update:
        raise click.UsageError("--because is the reason of --update-baseline: give both.")


def _baseline(given: str | None, path: Path, *, update: bool) -> "Baseline | None":
    from harness.comparison.baseline import open_baseline
    from harness.system.foreign_files import is_file

    if given is None or (update and not is_file(expand(given))):
        return None
    return open_baseline(given, path)


def _update(given: str, earlier: "Baseline | None", path: Path, because: str) -> None:
    from harness.comparison.baseline import update_baseline

    update_baseline(expand(given), earlier, path, because)
    say_beside(f"{given} is the result {path} now; it says why, and what it replaced.")


def _require_something(
    chosen: "Experiment", result: "Result", rows: "tuple[Comparison, ...]", found: "Gate"
) -> None:
    """Refuse a check of nothing, which would always hold."""
    from harness.errors import InputError

    if any(row.published for row in rows) or result.examples or found.budgets or found.margins:
        return
    raise InputError(
        f"The experiment '{chosen.name}' publishes nothing that '{result.name}' could be "
        "checked against: add [published], or give an earlier result by --baseline."
    )


def _against(
    baseline: "Baseline", chosen: "Experiment", path: Path, result: "Result"
) -> "tuple[tuple[str, ...], tuple[Comparison, ...]]":
    """How a baseline is another than the result at `path`, and the two side by side."""
    from harness.claims.compare import baseline as claims
    from harness.claims.compare import compare
    from harness.errors import InputError
    from harness.experiment.identity import require_same_task

    before = baseline.result
    found = require_same_task(result, before, baseline.source)
    itself = baseline.path is not None and baseline.path.samefile(path)
    told = (
        *(("the very file that is checked, which shows nothing",) if itself else ()),
        *(f"another {one}" for one in found.differences),
        *(f"{one} not known of both" for one in found.unknown),
    )
    earlier = claims(before.scores, baseline.source)
    tolerated = chosen.tolerated([number.name for number in earlier])
    rows = compare(result.scores, earlier, tolerated, result.intervals or {})
    if not any(row.published and row.measured is not None for row in rows):
        raise InputError(
            f"'{chosen.name}' and {baseline.source} have no score in common, so there is nothing "
            "to compare: give a result with the same measures."
        )
    return told, rows


def _show(
    name: str,
    result: "Result",
    rows: "tuple[Comparison, ...]",
    found: "Gate",
    baseline: tuple[str | None, tuple[str, ...] | None],
    style: str,
) -> None:
    from harness.comparison.text import gate_text
    from harness.report.files import verdict_sentence
    from harness.report.tables import comparison_table

    given, told = baseline
    if told:
        say(f"The baseline {given}: {'; '.join(told)}.")
        say()
    say_page(comparison_table(rows, "markdown" if style == "markdown" else "table"))
    say()
    say(f"{name}: {verdict_sentence(rows, result)}")
    answers = gate_text(found, "markdown" if style == "markdown" else "table")
    if answers:
        say()
        say_page(answers)


def _summary(
    name: str,
    result: "Result",
    rows: "tuple[Comparison, ...]",
    told: tuple[str, ...] | None,
    found: "Gate",
) -> dict[str, Any]:
    """The one object of --format json; how the baseline differs only where there is one."""
    from harness.comparison.as_json import gate_json
    from harness.experiment.result import as_json

    about: dict[str, Any] = {
        "name": name,
        "scores": result.scores,
        "verdicts": {c.measure: str(c.verdict) for c in rows if c.published},
        "holds": result.holds_by(rows) and found.holds,
        "intervals": as_json(result).get("intervals"),
        "because": {c.measure: c.because for c in rows if c.because},
    }
    about |= gate_json(found)
    return about if told is None else about | {"baseline_differs": told}
