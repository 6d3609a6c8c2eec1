"""The texts and models that the benchmarks run on."""

import gzip
import json
from pathlib import Path

DL_POOL = Path(__file__).parents[2] / "shared/collections/msmarco-dl-pool/corpus.jsonl.gz"
"""28,606 MS MARCO v1 passages; not obtainable by a user, so InsuranceQA stands in elsewhere."""


def texts(kind: str, count: int) -> list[str]:
    """`count` short passages (60 words on average) or long ones (192), spread over their source."""
    from harness.collection.open import open_collection

    if kind == "long":
        found = [doc.text for doc in open_collection("crowdrag-25").corpus]
    elif DL_POOL.is_file():
        with gzip.open(DL_POOL, "rt", encoding="utf-8") as stream:
            found = [json.loads(line)["text"] for line in stream]
    else:
        found = [doc.text for doc in open_collection("insuranceqa").corpus]
    return found[:: max(1, len(found) // count)][:count]


def model(shape: str, folder: Path) -> Path:
    """The folder of a model: the real splade-tiny, or a random one of BERT-mini's shape.

    The random one's bias is lowered until about 180 of its dimensions are active, as in the
    published splade-mini: half of all would be active otherwise, which no method is made for.
    """
    from harness.assets import fetch

    tiny = fetch("splade-tiny")
    if shape == "tiny":
        return tiny
    import shutil

    import torch
    from transformers import BertConfig, BertForMaskedLM

    target = folder / "mini"
    if target.is_dir():
        return target
    torch.manual_seed(0)
    mini = BertForMaskedLM(
        BertConfig(
            num_hidden_layers=4, hidden_size=256, num_attention_heads=4, intermediate_size=1024
        )
    ).eval()
    ids = torch.randint(1000, 30_000, (8, 64))
    with torch.inference_mode():
        highest = mini(input_ids=ids).logits.amax(1)
    mini.cls.predictions.decoder.bias.data -= highest.quantile(1 - 180 / 30_522)
    mini.save_pretrained(target)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tiny / name, target)
    return target
