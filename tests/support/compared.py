"""Results with per-query scores beside them, as `harness eval` leaves them."""

import json
import shutil
from dataclasses import replace

import numpy as np

from harness.experiment.parts import RecipeInfo, ResultCounts
from harness.experiment.result import write_result
from tests.support.fakes import result

MEASURES = ("accuracy@1", "ndcg@10", "mrr@10")


def scores(queries=60, seed=0):
    """float64 [queries, 3]: an accuracy and two shares."""
    chance = np.random.default_rng(seed)
    found = chance.integers(0, 1_000, (queries, 3)) / 1_000
    found[:, 0] = found[:, 0] > 0.5
    return found


def save(folder, name, values, measures=MEASURES, ids=None, **changed):
    """Write NAME.json and NAME.per-query.csv; the path is the result's."""
    ids = ids or [f"q{n}" for n in range(len(values))]
    folder.mkdir(exist_ok=True)
    means = {f"dot_{m}": float(np.mean(values[:, n])) for n, m in enumerate(measures)}
    whole = {
        "scores": means | {"query_active_dims": 20.0, "corpus_active_dims": 200.0},
        "counts": ResultCounts(
            queries=len(values),
            encoded_queries=len(values),
            truncated_queries=0,
            empty_queries=0,
            encoded_documents=1_000,
            truncated_documents=10,
            empty_documents=0,
        ),
    }
    path = folder / f"{name}.json"
    write_result(result(name=name, **(whole | changed)), path)
    lines = [",".join(("query_id", *measures))]
    lines += [",".join((i, *map(repr, row))) for i, row in zip(ids, values.tolist(), strict=True)]
    path.with_name(f"{name}.per-query.csv").write_text("\n".join(lines) + "\n")
    return path


def pruned():
    """A model that keeps 32 dims of each text."""
    model = result().model
    recipe = RecipeInfo(max_length=512, pooling="max", max_active_dims=32)
    return replace(model, recipe=recipe)


def save_pruned(checkpoint, folder, dims):
    """A bare masked language model with the files that make sentence-transformers prune texts."""
    of = "sentence_transformers.sparse_encoder.models"
    listed = [("MLMTransformer", ""), ("SpladePooling", "1_SpladePooling")]
    contents = {
        "modules.json": [
            {"idx": n, "name": str(n), "path": path, "type": f"{of}.{name}"}
            for n, (name, path) in enumerate(listed)
        ],
        "sentence_bert_config.json": {"max_seq_length": 512, "do_lower_case": False},
        "config_sentence_transformers.json": {
            "model_type": "SparseEncoder",
            "prompts": {"query": "", "document": ""},
            "similarity_fn_name": "dot",
            "max_active_dims": dims,
        },
        "1_SpladePooling/config.json": {"pooling_strategy": "max", "activation_function": "relu"},
    }
    folder.mkdir()
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(checkpoint / name, folder / name)
    for name, content in contents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content))
    return folder
