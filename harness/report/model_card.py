"""A model card from results: metadata, tables and a usage example that are right by construction.

The metadata is written by the hub's own client (`ModelCardData`), with the keys and names of
sentence-transformers' cards, every score as a full double; the tables round the same numbers to
four decimals, and the usage example is what this very checkpoint printed. So a reader of the card,
`harness card`, `harness audit` and `harness reproduce` among them, finds what was measured.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.errors import InputError
from harness.experiment.identity import identity, unlike
from harness.experiment.result import Result
from harness.measures.policy import ST
from harness.system import inert

TASK = "sparse-information-retrieval"


@dataclass(frozen=True)
class PrintedExample:
    """A usage example with its output.

    Attributes:
        queries, documents: the texts.
        similarity: of each query with each document, [queries][documents], as printed.
    """

    queries: tuple[str, ...]
    documents: tuple[str, ...]
    similarity: tuple[tuple[str, ...], ...]


def require_one_model(results: Sequence[Result], weights_sha256: str) -> None:
    """Refuse results that are not all of this checkpoint under the same settings.

    Raises:
        InputError: there is none, one is of other weights or settings, or is scored otherwise than
            cards of this kind are, two are of one collection, or a usage example is broken.
    """
    if not results:
        raise InputError("A card needs one result or more.")
    first = results[0]
    for result in results:
        if result.model.weights_sha256 != weights_sha256:
            raise InputError(
                f"'{result.name}' was measured on other weights (SHA-256 "
                f"{result.model.weights_sha256[:12]}…) than this checkpoint's "
                f"({weights_sha256[:12]}…): evaluate it again."
            )
        found = unlike(identity(first).model, identity(result).model)
        if found.differences:
            raise InputError(
                f"'{first.name}' and '{result.name}' were not measured alike "
                f"({found.differences[0]}): a card is of one model under one setting."
            )
        if result.evaluation.policy != ST.name:
            raise InputError(
                f"'{result.name}' is scored by the policy {result.evaluation.policy}, and the "
                f"numbers of such a card are by definition those of {ST.name}: evaluate it with "
                f"--policy {ST.name}."
            )
        if broken := next((one for one in result.examples if not one.holds), None):
            raise InputError(
                f"'{result.name}' did not reproduce the usage example in {broken.source}: it is "
                "not a result to publish."
            )
    ids = [result.collection.id for result in results]
    if len(set(ids)) < len(ids):
        raise InputError(f"Two results are of one collection: {', '.join(ids)}.")


def model_card(name: str, results: Sequence[Result], example: PrintedExample) -> str:
    """The text of a README.md.

    Args:
        name: the model's id on the hub, as users will load it.
        results: of one model, one for each collection.
        example: what it printed.

    Raises:
        InputError: the id is not of the form `owner/name`.
    """
    if name.count("/") != 1 or not inert.line(name, 200) == name or not all(name.split("/")):
        raise InputError(f"{name[:80]!r} is no id of the hub: give --id OWNER/NAME.")
    return "\n".join(
        (
            "---",
            _metadata(name, results),
            "---",
            "",
            f"# {name.rpartition('/')[2]}",
            "",
            *_usage(name, example),
            "",
            "## Evaluation",
            *(line for result in results for line in _table(result)),
            "",
        )
    )


def _metadata(name: str, results: Sequence[Result]) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    found = [
        EvalResult(
            task_type=TASK,
            task_name=_title(TASK.replace("-", " ")),
            # Results of one type are put together, whatever their names (huggingface_hub 1.0).
            dataset_type=result.collection.id,
            dataset_name=result.collection.id,
            metric_type=key,
            metric_name=_title(key.replace("_", " ")),
            metric_value=value,
        )
        for result in results
        for key, value in result.scores.items()
    ]
    data = ModelCardData(
        library_name="sentence-transformers",
        pipeline_tag="feature-extraction",
        tags=["sentence-transformers", "sparse-encoder", "sparse", "splade"],
        model_name=name.rpartition("/")[2],
        eval_results=found,
    )
    return str(data.to_yaml()).strip()


def _title(text: str) -> str:
    return " ".join(word.capitalize() for word in text.split())


def _usage(name: str, example: PrintedExample) -> Iterator[str]:
    rows = ["[" + ", ".join(row) + "]" for row in example.similarity]
    yield from ("## Usage", "", "```python", "from sentence_transformers import SparseEncoder", "")
    yield f"model = SparseEncoder({inert.json(name)})"
    for noun, texts in (("queries", example.queries), ("documents", example.documents)):
        yield f"{noun} = ["
        yield from (f"    {inert.json(text)}," for text in texts)
        yield "]"
    yield "query_embeddings = model.encode_query(queries)"
    yield "document_embeddings = model.encode_document(documents)"
    yield "similarities = model.similarity(query_embeddings, document_embeddings)"
    yield "print(similarities)"
    joined = (",\n#         ").join(rows)
    yield f"# tensor([{joined}])"
    yield "```"


def _parameters(result: Result) -> dict[str, int | bool]:
    """What is not as sentence-transformers' evaluator has it, by the names of an experiment's file.

    Whoever reads the card must apply them, and `harness reproduce` does.
    """
    told, recipe = result.evaluation, result.model.recipe
    found: dict[str, int | bool] = {}
    if told.relevance_level != 1:
        found["relevance_level"] = told.relevance_level
    if told.ignore_identical_ids:
        found["ignore_identical_ids"] = True
    if recipe.max_active_dims is not None and recipe.kind != "autoencoder":
        found["max_active_dims"] = recipe.max_active_dims
    return found


def _table(result: Result) -> Iterator[str]:
    told, counts = result.evaluation, result.counts
    yield from ("", "### Sparse Information Retrieval", "")
    yield f"* Dataset: `{inert.line(result.collection.id, 200)}`"
    yield (
        f"* {result.collection.documents:,} documents, {counts.queries:,} queries, content "
        f"{result.collection.sha256[:12]}; policy {told.policy}, relevant from grade "
        f"{told.relevance_level}, {result.model.recipe.max_length} tokens, "
        f"{result.model.precision}; weights {result.model.weights_sha256[:12]}; measured by "
        f"harness {(result.provenance.packages or {}).get('harness', '')}".rstrip()
    )
    if parameters := _parameters(result):
        yield from ("* Evaluated with these parameters:", "  ```json")
        yield f"  {inert.json(parameters)}"
        yield "  ```"
    yield from ("", "| Metric | Value |", "|:--|:--|")
    for key, value in result.scores.items():
        yield f"| {key} | {round(value, 4)} |"
