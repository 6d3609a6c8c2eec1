"""The good files that every case begins with, and the numbers they give.

    python -m benchmarks.hostile.good FOLDER

A process of its own makes them: it may start torch's threads, which one that forks must not.
"""

import io
import json
import os
import shutil
import sys
from contextlib import chdir, redirect_stdout
from pathlib import Path

EXPERIMENT = """\
name = "mine"
title = "a tiny model on forty documents"

[model]
id = "model"

[collection]
id = "beir"

[evaluation]
policy = "st"
depth = 100

[published]
source = "made for the campaign"
exact = true

[published.values]
{values}

[[deviations]]
measure = "map@100"
tolerance = 0.01
because = "to have one"
"""


COMPILED = Path(".cache/hostile-numba").resolve()
"""What numba compiles, which takes half a minute: kept from campaign to campaign."""


def make(folder: Path) -> None:
    """Model, collections, results, experiment, run, qrels and a warm cache below `folder`."""
    os.environ["NUMBA_CACHE_DIR"] = str(COMPILED)
    from tests.support import CARDS, models

    work = folder / "work"
    tokenizer = models.word_pieces()
    models.save(work / "model", models.bert(tokenizer), tokenizer)
    _sentence_transformers(work)
    _collections(work)
    shutil.copytree(CARDS, work / "cards")
    _harness(folder, "eval", "--model", "model", "--collection", "beir")
    _harness(folder, "eval", "--model", "model", "--collection", "beir2")
    scores = json.loads((work / "results/beir-model.json").read_text())["scores"]
    values = "\n".join(f'"{measure}" = "{value!r}"' for measure, value in scores.items())
    (work / "my.toml").write_text(EXPERIMENT.format(values=values))
    _harness(folder, "eval", "my.toml")
    _harness(folder, "mean", "both", "results/beir-model.json", "results/beir2-model.json")
    _harness(folder, "report")
    # More queries than six: the kernels that only they need are compiled, too.
    given = ("--model", "model", "--collection", "sampler", "--results", "../more")
    _harness(folder, "eval", *given)
    shutil.copytree(COMPILED, folder / "numba")
    truth = {"eval": scores, "mean": json.loads((work / "results/both.json").read_text())["scores"]}
    (folder / "truth.json").write_text(json.dumps(truth))
    for path in folder.rglob("*"):  # numba's files are for their owner alone
        path.chmod(path.stat().st_mode | 0o444)


def _sentence_transformers(work: Path) -> None:
    """The same checkpoint with the files by which sentence-transformers reads it."""
    shutil.copytree(work / "model", work / "st")
    of = "sentence_transformers.sparse_encoder.models"
    modules = [("MLMTransformer", ""), ("SpladePooling", "1_SpladePooling")]
    listed = [
        {"idx": n, "name": str(n), "path": path, "type": f"{of}.{name}"}
        for n, (name, path) in enumerate(modules)
    ]
    contents = {
        "modules.json": listed,
        "sentence_bert_config.json": {"max_seq_length": 192, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "model_type": "SparseEncoder",
            "prompts": {"query": "", "document": ""},
            "default_prompt_name": None,
            "similarity_fn_name": "dot",
        },
        "1_SpladePooling/config.json": {"pooling_strategy": "max", "activation_function": "relu"},
    }
    for name, content in contents.items():
        (work / "st" / name).parent.mkdir(exist_ok=True)
        (work / "st" / name).write_text(json.dumps(content, indent=1))


def _collections(work: Path) -> None:
    """Six questions with forty documents, and six others with others."""
    from tests.support import models

    sampler = models.sampler()
    for name, first in (("beir", 0), ("beir2", 6)):
        asked = sampler.queries[first : first + 6]
        relevant = {q.query_id: sampler.qrels.relevant(q.query_id) for q in asked}
        wanted = {doc_id for doc_ids in relevant.values() for doc_id in doc_ids}
        chosen = [doc for doc in sampler.corpus if doc.doc_id in wanted]
        others = [doc for doc in sampler.corpus if doc.doc_id not in wanted]
        qrels = [(q, doc_id, 1) for q, doc_ids in relevant.items() for doc_id in doc_ids]
        documents = dict(chosen + others[: 40 - len(chosen)])
        models.save_beir(work / name, documents, dict(asked), qrels)


def _harness(folder: Path, *arguments: str) -> None:
    """One command line, in this process: to import torch once is enough."""
    from harness.cli import run

    os.environ |= {"HARNESS_CACHE": str(folder / "cache"), "HF_HUB_OFFLINE": "1"}
    with chdir(folder / "work"), redirect_stdout(io.StringIO()):
        if run([*arguments]) != 0:
            raise SystemExit(f"harness {' '.join(arguments)} does not work here")


if __name__ == "__main__":
    make(Path(sys.argv[1]).resolve())
