"""An author who publishes: a tiny checkpoint, and a card with the numbers that it really has.

The card's 19 numbers are made by sentence-transformers' evaluator in the cell of the notebook of
rasyosef/splade-tiny-msmarco; its usage example is what the model prints.
"""

import json
import os
import subprocess
import sys

import yaml

from tests.support import ROOT, models
from tests.support.pool_data import notebook

MODEL = "someone/mini"

ASKED = ("how does bread rise", ["Yeast makes the dough rise.", "Ships carry grain.", "Bread."])

PROGRAM = """
import contextlib, io, json, sys
from harness.cli import run

told = []
for arguments in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    told.append({"code": code, "out": out.getvalue(), "err": err.getvalue()})
print(json.dumps(told))
"""


def harness(commands, folder, **settings):
    """What each command line gave: its exit code, stdout and stderr."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HARNESS_"))}
    own = {
        "PYTHONPATH": str(ROOT),
        "HF_HOME": str(folder / "hf"),
        "IR_DATASETS_HOME": str(folder / "irds"),
        "HARNESS_CACHE": str(folder / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, json.dumps(commands)],
        env=kept | own | settings,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def publish(folder):
    """The author's side: a checkpoint on disk, and the numbers that its card prints."""
    from sentence_transformers import SparseEncoder
    from sentence_transformers.sparse_encoder.evaluation import (
        SparseInformationRetrievalEvaluator,
    )
    from sentence_transformers.sparse_encoder.modules import MLMTransformer, SpladePooling

    tokenizer = models.word_pieces()
    bare = models.save(folder / "bare", models.bert(tokenizer), tokenizer)
    model = SparseEncoder(modules=[MLMTransformer(str(bare)), SpladePooling("max")], device="cpu")
    model.save_pretrained(str(folder / "model"), create_model_card=False)
    (folder / "model" / "pytorch_model.bin").write_bytes(b"a pickle that nobody asks for")
    queries, corpus, relevant = notebook(36)
    evaluator = SparseInformationRetrievalEvaluator(
        queries=queries,
        corpus=corpus,
        relevant_docs=relevant,
        batch_size=64,
        corpus_chunk_size=2048,
        show_progress_bar=False,
    )
    scores = {key: float(value) for key, value in evaluator(model).items() if "flops" not in key}
    query, documents = ASKED
    similarity = model.similarity(model.encode_query([query]), model.encode_document(documents))
    card = readme(scores, [f"{score:.4f}" for score in similarity.to_dense()[0].tolist()])
    (folder / "model" / "README.md").write_text(card, encoding="utf-8")
    return scores


def readme(scores, similarity):
    metrics = [{"type": key, "value": value} for key, value in scores.items()]
    index = {
        "name": "A mini model",
        "results": [
            {
                "task": {"type": "sparse-information-retrieval"},
                "dataset": {"name": "Unknown", "type": "unknown"},
                "metrics": metrics,
            }
        ],
    }
    table = "".join(f"| {key} | {round(value, 4)} |\n" for key, value in scores.items())
    documents = "".join(f"    {text!r},\n" for text in ASKED[1])
    return f"""---
{yaml.safe_dump({"model-index": [index]}, sort_keys=False)}---
# A mini model
```python
from sentence_transformers import SparseEncoder
model = SparseEncoder("{MODEL}")
queries = [
    {ASKED[0]!r},
]
documents = [
{documents}]
query_embeddings = model.encode_query(queries)
document_embeddings = model.encode_document(documents)
similarities = model.similarity(query_embeddings, document_embeddings)
print(similarities)
# tensor([[{", ".join(similarity)}]])
```
| Metric | Value |
|:--|:--|
{table}"""
