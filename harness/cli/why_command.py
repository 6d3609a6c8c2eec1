"""`harness why`: under which convention does a published number come out?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli import options
from harness.cli.say import say, say_beside, say_json, say_page

if TYPE_CHECKING:
    from harness.claims.claims import Claims
    from harness.experiment.result import Result
    from harness.pipeline.run_experiment import Settings
    from harness.why.explain import Explanation


@click.command("why")
@click.argument("result")
@options.results
@click.option("--experiment", help="Explain what this experiment publishes (a name or a file).")
@click.option(
    "--published",
    multiple=True,
    metavar="MEASURE=DIGITS",
    help="Explain these digits, as they are printed: map@100=0.5127; may be given again.",
)
@click.option("--encode", is_flag=True, help="Encode again too: 256 tokens, pooling, and so on.")
@click.option(
    "--max-active-dims", type=click.IntRange(1), help="With --encode: what a card says of it."
)
@options.weights
@options.style
def command(
    *,
    result: str,
    results: Path,
    experiment: str | None,
    published: tuple[str, ...],
    encode: bool,
    max_active_dims: int | None,
    weights: str | None,
    style: str,
) -> int:
    """Find the convention under which the published numbers of RESULT come out.

    RESULT is a file that `harness eval` wrote, or its name in the results folder; its rankings are
    scored under every rule for ties, gains, denominators, depth and so on (docs/why.md). Exit code
    0 when one class of conventions prints all published digits, or nothing is off; 1 when none
    does.

    \b
    Examples:
      harness why crowdrag-splade-tiny
      harness why out/mine.json --published map@100=0.5127 --published ndcg@10=0.4841
      harness why mine --experiment mine.toml --encode
    """
    from harness.api.conventions import claims_asked, run_beside
    from harness.experiment.result import read_result
    from harness.pipeline.run_experiment import Settings
    from harness.why.explain import explain

    if experiment and published:
        raise click.UsageError("Give --experiment or --published, not both.")
    if max_active_dims is not None and not encode:
        raise click.UsageError("--max-active-dims goes with --encode.")
    path = _path(result, results)
    found = read_result(path)
    claims = claims_asked(found, experiment, _digits(published))
    settings = Settings(weights=weights)
    explanation = explain(found, run_beside(path), claims=claims, settings=settings)
    variants: list[Explanation | str] = []
    if encode and not explanation.explained:
        variants = _encoded(found, claims, settings, max_active_dims)
    _show(explanation, variants, style)
    fits = [explanation, *(one for one in variants if not isinstance(one, str))]
    return int(not any(one.explained for one in fits))


def _path(result: str, results: Path) -> Path:
    from harness.system.paths import expand

    return expand(result) if result.endswith(".json") else results / f"{result}.json"


def _digits(published: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in published:
        measure, equals, digits = one.partition("=")
        if not equals:
            raise click.UsageError(f"--published is {one!r}; write MEASURE=DIGITS.")
        if measure.strip() in found:
            raise click.UsageError(f"--published gives {measure.strip()} twice.")
        found[measure.strip()] = digits.strip()
    return found


def _encoded(
    result: "Result", claims: "Claims | None", settings: "Settings", max_active_dims: int | None
) -> "list[Explanation | str]":
    from harness.why.question import question_of
    from harness.why.sources import collection_of
    from harness.why.variants import explained_by_encoding

    question = question_of(result, claims or result.claims)
    found: list[Explanation | str] = []
    for one in explained_by_encoding(question, collection_of(result), settings, max_active_dims):
        say_beside(one if isinstance(one, str) else f"{one.variant}: {one.answer}")
        found.append(one)
    return found


def _show(explanation: "Explanation", variants: "list[Explanation | str]", style: str) -> None:
    from harness.why.page import as_data, page, sentence

    if style == "json":
        encoded = [one if isinstance(one, str) else as_data(one) for one in variants]
        say_json({"name": explanation.name} | as_data(explanation) | {"encoded": encoded})
        return
    for one in (explanation, *variants):
        if isinstance(one, str):
            say(one)
            continue
        say(f"{one.variant or one.name}: {sentence(one)}")
        text = page(one, "markdown" if style == "markdown" else "table")
        if text:
            say()
            say_page(text)
        if variants:
            say()
