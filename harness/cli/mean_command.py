"""`harness mean`: one result for several collections, as NanoBEIR cards have it."""

from pathlib import Path

import click

from harness.cli import options
from harness.cli.say import say, say_json, say_page


@click.command("mean")
@click.argument("name")
@click.argument("parts", nargs=-1, required=True, type=options.HomePath(path_type=Path))
@options.results
@options.style
def command(*, name: str, parts: tuple[Path, ...], results: Path, style: str) -> None:
    """Write the mean of the results PARTS (.json files of one model) as the result NAME.

    Measures are averaged over the collections and active dims over all texts, as it is done by
    sentence-transformers' SparseNanoBEIREvaluator. `harness check` then compares NAME with a card.

    \b
    Examples:
      harness eval --model ./my-splade --collection nano-beir/nfcorpus
      harness eval --model ./my-splade --collection nano-beir/scifact
      harness mean nanobeir results/nano-beir-*-my-splade.json
      harness card ./my-splade --dataset "NanoBEIR mean" --to-experiment > nanobeir.toml
      harness check nanobeir.toml
    """
    from harness.cli.notices import show_alarms
    from harness.experiment.mean import mean_result
    from harness.experiment.result import read_result, write_result
    from harness.experiment.spec import check_name
    from harness.report.files import make_folder
    from harness.report.own_files import refuse_another, refuse_foreign
    from harness.report.tables import scores_table
    from harness.system.same_file import refuse_input_as_output

    check_name(name)
    path = results / f"{name}.json"
    refuse_input_as_output(path, parts)
    combined = mean_result(name, [read_result(part) for part in parts])
    refuse_foreign([path])
    refuse_another(path, combined.model.id, combined.collection.id)
    make_folder(results)
    write_result(combined, path)
    show_alarms(combined.alarms)
    if style == "json":
        about = {"name": name, "scores": dict(combined.scores), "result": str(path)}
        say_json(about | {"alarms": combined.alarms})
        return
    say_page(scores_table(combined.scores, "markdown" if style == "markdown" else "table"))
    say()
    say(f"mean over {len(parts)} collections; written to {path}")
