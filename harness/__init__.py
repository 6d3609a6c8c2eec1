"""Reproduces the reported metrics of SPLADE sparse encoders.

    score(run, qrels, measures, policy)     any run, as sentence-transformers or trec_eval would
    evaluate(model, collection)             encode, search and score
    reproduce(experiment)                   the same, compared with what is published: .holds
    reproduce_card(source)                  all that a model card claims, with one verdict
    find_convention(result)                 under which convention published digits come out
    load_encoder(model).encode(texts)       sparse vectors: .to_scipy()
    compare(base, new)                      two systems, query by query: what is sure of it
    read_card(source), audit(card)          a model card's numbers, and whether they can be true
    open_collection(name)                   corpus, queries and qrels
    Experiment, Policy, Run, Qrels          the values that these take and give

Data flows one way through the packages below (docs/architecture.md has the picture):

    experiment   what to run on what, and what is claimed of it (one TOML file)
    collection   corpus, queries, qrels          <- assets, ir_datasets, BEIR folders
    checkpoint   weights and how they are run    <- assets, the hub, folders
    encoder      texts to sparse vectors         -> vector cache (shards on disk)
    search       vectors to a run
    measures     a run and qrels to scores
    claims       scores and published numbers to verdicts
    report       verdicts to tables and files
    pipeline     all of it for one experiment
    inspection   a result looked into: why a rank, what terms cost, what pruning does
    reproduction a card, a result or an experiment to one verdict
    why          one result under every convention
    api, cli     thin skins over it

Names are loaded when they are asked for (PEP 562): importing this package takes a millisecond.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.api.cards import audit, read_card
    from harness.api.comparing import compare
    from harness.api.conventions import find_convention
    from harness.api.encoders import load_encoder
    from harness.api.evaluation import evaluate, reproduce
    from harness.api.reproduction import reproduce_card
    from harness.api.scoring import score
    from harness.collection.open import open_collection
    from harness.data.qrels import Qrels
    from harness.data.run import Run
    from harness.experiment.spec import Experiment
    from harness.measures.policy import Policy

    __version__: str

__all__ = [
    "Experiment",
    "Policy",
    "Qrels",
    "Run",
    "__version__",
    "audit",
    "compare",
    "evaluate",
    "find_convention",
    "load_encoder",
    "open_collection",
    "read_card",
    "reproduce",
    "reproduce_card",
    "score",
]

_HOMES = {
    "Experiment": "experiment.spec",
    "Policy": "measures.policy",
    "Qrels": "data.qrels",
    "Run": "data.run",
    "audit": "api.cards",
    "compare": "api.comparing",
    "evaluate": "api.evaluation",
    "find_convention": "api.conventions",
    "load_encoder": "api.encoders",
    "open_collection": "collection.open",
    "read_card": "api.cards",
    "reproduce": "api.evaluation",
    "reproduce_card": "api.reproduction",
    "score": "api.scoring",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - functions, classes and a text
    if name == "__version__":
        from importlib.metadata import version

        return version("harness")
    if name not in _HOMES:
        raise AttributeError(f"module 'harness' has no attribute '{name}'")
    return getattr(import_module(f"harness.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
