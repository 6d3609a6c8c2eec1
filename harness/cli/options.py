"""Options that several commands share, so that they read the same everywhere."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.system.paths import expand

if TYPE_CHECKING:
    from harness.pipeline.run_experiment import Settings

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def together(*decorators: Decorator) -> Decorator:
    """Several options as one decorator, in the order in which help shows them."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


class HomePath(click.Path):
    """A path as a shell reads it, also where the shell has not: `~/x` after `=` or in quotes."""

    def convert(
        self,
        value: "str | os.PathLike[str]",
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Path:
        """A path without `~` at its start.

        Raises:
            InputError: nobody has the home folder of that name.
            click.UsageError: as `click.Path`.
        """
        return Path(os.fsdecode(super().convert(expand(os.fspath(value)), param, ctx)))


style = click.option(
    "--format",
    "style",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    show_default=True,
    help="What stdout holds; json is exactly one object.",
)

results = click.option(
    "--results",
    "-o",
    type=HomePath(file_okay=False, path_type=Path),
    default=Path("results"),
    show_default=True,
    help="Folder of the result files.",
)

weights = click.option(
    "--weights",
    type=click.Choice(["pytorch_model.bin"]),
    help="Read this pickle (tensors only, its code never runs) in place of safetensors.",
)

source = together(
    click.argument("experiment", required=False),
    click.option("--model", "-m", help="Folder or hub id, instead of an experiment."),
    click.option("--collection", help="BEIR folder or ir_datasets id, with --model."),
    click.option("--revision", default="main", show_default=True, help="The model's, on the hub."),
    weights,
)

machine = together(
    click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:1 or auto."),
    click.option(
        "--head",
        type=click.Choice(["auto", "screened", "float32"]),
        default="auto",
        show_default=True,
        help="How the vocabulary head is computed; the vectors are the same.",
    ),
    click.option(
        "--products",
        type=click.Choice(["auto", "torch", "onednn"]),
        default="auto",
        show_default=True,
        help="Who multiplies the body's matrices; auto goes by the processor.",
    ),
    click.option(
        "--precision",
        type=click.Choice(["float32", "tf32"]),
        default="float32",
        show_default=True,
        help="Of matrix products; tf32 (on a GPU) gives other scores, and the result says so.",
    ),
    click.option(
        "--encoder",
        type=click.Choice(["harness", "sentence-transformers"]),
        default="harness",
        show_default=True,
        help="Who encodes; sentence-transformers (an extra) for a model that is none of ours.",
    ),
    click.option("--threads", type=click.IntRange(1), help="Cores to use.  [default: all]"),
    click.option(
        "--batch-tokens", type=click.IntRange(1), help="Tokens in a batch.  [default: by device]"
    ),
    click.option(
        "--limit", type=click.IntRange(1), help="Only the first so many queries (whole corpus)."
    ),
    click.option(
        "--allow-missing-docs",
        is_flag=True,
        help="Accept judgements of documents that the corpus lacks (they score as not found).",
    ),
)


def settings(given: Mapping[str, Any]) -> "Settings":
    """What the options of `machine` say."""
    from harness.encoder import EncoderOptions
    from harness.pipeline.run_experiment import Settings

    return Settings(
        encoder=EncoderOptions(
            device=given["device"],
            head=given["head"],
            products=given["products"],
            precision=given["precision"],
            threads=given["threads"],
            batch_tokens=given["batch_tokens"],
            encoder=given["encoder"],
        ),
        queries=given["limit"],
        allow_missing_docs=given["allow_missing_docs"],
        weights=given["weights"],
    )


margins = click.option(
    "--margin",
    "margins",
    multiple=True,
    metavar="NAME=X",
    help="ndcg@10=0.005: on queries like these no more than that worse.",
)

undecided = click.option(
    "--undecided",
    type=click.Choice(["fail", "pass"]),
    default="fail",
    show_default=True,
    help="What a margin does to the exit code that so few queries cannot decide.",
)


def numbers(given: tuple[str, ...], option: str) -> dict[str, float]:
    """What `NAME=X` options say.

    Raises:
        click.UsageError: one is not of that form, or a name stands there twice.
    """
    found: dict[str, float] = {}
    for text in given:
        name, equals, value = text.rpartition("=")
        try:
            number = float(value)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise click.UsageError(f"{option} {text} is not of the form NAME=X, as ndcg@10=0.005.")
        if name.strip() in found:
            raise click.UsageError(f"{option} is given twice for {name.strip()}.")
        found[name.strip()] = number
    return found
