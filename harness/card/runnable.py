"""What keeps a claimed evaluation from being run, or its numbers from coming out: in sentences."""

from collections.abc import Iterator, Mapping
from typing import Final

from harness.card import Architecture, Card, same_name
from harness.card.cells import is_average
from harness.card.claimed import ClaimedEvaluation
from harness.card.nano_beir import is_mean
from harness.measures.names import SPARSITY

_LAST_BITS: Final = "in the last bits only"

_WITHOUT_EFFECT: Final = {
    "batch_size": _LAST_BITS,
    "corpus_chunk_size": _LAST_BITS,
    "dataset_id": "not at all",
    "dataset_names": "not at all",
    "show_progress_bar": "not at all",
    "write_csv": "not at all",
    "write_predictions": "not at all",
}
"""Parameters of an evaluator, and in what they change its numbers."""

_NANO_BEIR: Final = {"sentence-transformers/nanobeir-en", "zeta-alpha-ai/nanobeir"}

_SIMILARITIES: Final = {
    "dotproduct": "dot",
    "dot": "dot",
    "cosinesimilarity": "cosine",
    "cosine": "cosine",
    "euclideandistance": "euclidean",
    "manhattandistance": "manhattan",
}


def why_not(card: Card, evaluation: ClaimedEvaluation) -> str:
    """A sentence on why the evaluation cannot be run as the card claims it; "" where it can."""
    return next(_obstacles(card, evaluation), "")


def _obstacles(card: Card, evaluation: ClaimedEvaluation) -> Iterator[str]:
    build = card.architecture
    task = evaluation.task.lower()
    if "rerank" in task or "fusion" in task:
        yield (
            f"its numbers on {evaluation.label} are of the task '{evaluation.task}', which ranks "
            "candidates that the evaluation was given; harness searches whole collections, so they "
            "cannot be reproduced."
        )
    if is_average(evaluation.dataset) and not is_mean(evaluation.dataset):
        yield (
            f"its numbers of '{evaluation.dataset}' are a mean over several data sets; evaluate "
            "each, and write their mean with harness mean."
        )
    other = other_kind(build)
    if other:
        yield f"its model is {other}; harness runs sparse encoders only."
    if evaluation.similarity in {"euclidean", "manhattan"}:
        yield f"its numbers are of {evaluation.similarity} similarity, which harness has not."
    own = own_similarity(build)
    if own and evaluation.similarity and own != evaluation.similarity:
        yield (
            f"its numbers are of {evaluation.similarity} similarity, and the model's own is {own}, "
            "which is what harness measures; choose an evaluation of that (--evaluation N)."
        )
    unapplied = [
        f"{key} = {value!r}"[:100]
        for key, value in evaluation.parameters.items()
        if not _applied(key, value, evaluation)
    ]
    if unapplied:
        given = ", ".join(unapplied)
        yield (
            f"its numbers on {evaluation.dataset or 'the unnamed data set'} were measured with "
            f"{given}, which an experiment has no key for; choose another evaluation "
            "(--evaluation N), or set it in the model's own files and write the experiment by hand."
        )


def notes(card: Card, evaluation: ClaimedEvaluation) -> tuple[str, ...]:
    """What a reader of the experiment must know: settings of the card that are not written."""
    own = own_similarity(card.architecture)
    found = [
        f"The card's evaluator had {key} = {value!r}, which changes numbers {_WITHOUT_EFFECT[key]}."
        for key, value in evaluation.parameters.items()
        if _WITHOUT_EFFECT.get(key) == _LAST_BITS
    ]
    found += [*_of_nano_beir(evaluation), *_of_convention(evaluation)]
    if evaluation.similarity == "cosine" and not own:
        found.append(
            "The numbers are of cosine similarity and the card does not say the model's own: where "
            "that is dot product they cannot hold."
        )
    if evaluation.split or evaluation.config:
        named = [f"split {evaluation.split}", f"config {evaluation.config}"]
        said = " and ".join(one for one in named if not one.endswith(" "))
        found.append(f"The card's numbers are of its data set's {said}.")
    build = card.architecture
    if build.max_seq_length and one_length(build) is None:
        found.append(
            "Queries and documents may be cut at different lengths, so max_length is left to the "
            "model's own files."
        )
    if evaluation.revision:
        found.append(f"The card's data set is at revision {evaluation.revision}.")
    return tuple(found)


def _of_nano_beir(evaluation: ClaimedEvaluation) -> Iterator[str]:
    given = evaluation.parameters
    if is_mean(evaluation.dataset):
        names = f" {given['dataset_names']}" if "dataset_names" in given else " its data sets"
        yield (
            f"The numbers are a mean over{names}: evaluate each (harness eval), write their mean "
            "(harness mean) and compare that (harness check)."
        )
    if not in_english(given):
        yield f"The card's data are those of {given['dataset_id']}, not NanoBEIR's own."


def one_length(build: Architecture) -> int | None:
    """The tokens that the model keeps of every text; None where queries may be cut elsewhere."""
    apart = build.routes or build.query_length or build.document_length
    return None if apart else build.max_seq_length


def in_english(parameters: Mapping[str, str]) -> bool:
    """Whether a NanoBEIR set is the one that ir_datasets has, as far as the card says."""
    stated = parameters.get("dataset_id", "")
    return not stated or stated.lower() in _NANO_BEIR


def by_sentence_transformers(evaluation: ClaimedEvaluation) -> bool:
    """Whether keys or task are those that its evaluators write."""
    named = evaluation.similarity or any(n.name in SPARSITY for n in evaluation.numbers)
    return bool(named) or evaluation.task.startswith("sparse-")


def by_mteb(evaluation: ClaimedEvaluation) -> bool:
    """Whether the metadata is what mteb writes, whose measures are those of trec_eval."""
    return evaluation.dataset.startswith("MTEB ") or evaluation.dataset_type.startswith("mteb/")


def _of_convention(evaluation: ClaimedEvaluation) -> Iterator[str]:
    if by_mteb(evaluation):
        yield (
            "The numbers are mteb's, so the policy is trec; where it left out the document that "
            "is the query, set ignore_identical_ids."
        )
    elif not by_sentence_transformers(evaluation):
        yield (
            "The card does not say what computed its numbers: policy st is sentence-transformers' "
            "(gains of 0 and 1); BEIR's own script has trec's."
        )


def own_similarity(build: Architecture) -> str:
    """The model's similarity function as the keys of numbers have it; "" where it is not known."""
    plain = "".join(letter for letter in (build.similarity or "").lower() if letter.isalpha())
    return _SIMILARITIES.get(plain, "")


def other_kind(build: Architecture) -> str:
    """What a model is that is no sparse encoder; "" where it is one, or where nothing says."""
    plain = same_name(build.kind or "")
    if "crossencoder" in plain:
        return "a cross-encoder"
    if "multivector" in plain or "colbert" in plain:
        return "a multi-vector encoder"
    return "a dense encoder (SentenceTransformer)" if plain == "sentencetransformer" else ""


def active_dims_limit(evaluation: ClaimedEvaluation) -> int | None:
    """The evaluator's max_active_dims; None where it was given none, or none that is understood."""
    value = evaluation.parameters.get("max_active_dims", "")
    plain = value.isascii() and value.isdigit() and len(value) < 8
    return int(value) or None if plain else None


def scored_by(evaluation: ClaimedEvaluation) -> dict[str, int | bool]:
    """The parameters that are keys of an experiment's `[evaluation]`; our own cards have them."""
    found: dict[str, int | bool] = {}
    level = evaluation.parameters.get("relevance_level", "")
    if level.isascii() and level.isdigit() and 0 < int(level[:6]) == int(level):
        found["relevance_level"] = int(level)
    if evaluation.parameters.get("ignore_identical_ids") == "true":
        found["ignore_identical_ids"] = True
    return found


def _applied(key: str, value: str, evaluation: ClaimedEvaluation) -> bool:
    """Whether a run has the parameter, or would give the same without it."""
    if key == "max_active_dims" and active_dims_limit(evaluation):
        return True
    if key in scored_by(evaluation):
        return True
    return key in _WITHOUT_EFFECT or value in {"", "null", "false"}
