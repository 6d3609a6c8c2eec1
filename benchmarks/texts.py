"""The texts and models that the benchmarks run on."""

import gzip
import json
import shutil
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


BASE = {"hidden_size": 768, "num_attention_heads": 12, "intermediate_size": 3072}
SHAPES = {
    "tiny": ("Bert", {}),
    "mini": (
        "Bert",
        {
            "num_hidden_layers": 4,
            "hidden_size": 256,
            "num_attention_heads": 4,
            "intermediate_size": 1024,
        },
    ),
    "distilbert-base": ("DistilBert", {}),
    "bert-base": ("Bert", {"num_hidden_layers": 12, **BASE}),
    "roberta-30m": (
        "Roberta",
        {
            "vocab_size": 50_265,
            "num_hidden_layers": 6,
            "hidden_size": 384,
            "num_attention_heads": 12,
            "intermediate_size": 1536,
            "max_position_embeddings": 514,
            "type_vocab_size": 1,
            "pad_token_id": 0,
        },
    ),
    # transformers' defaults are ModernBERT-base: 22 layers, every third sees everything.
    "modernbert-base": (
        "ModernBert",
        {
            "pad_token_id": 0,
            "bos_token_id": 101,
            "cls_token_id": 101,
            "eos_token_id": 102,
            "sep_token_id": 102,
        },
    ),
}
"""By name: transformers' name of the architecture, and what differs from its defaults."""

SMALL = ("tiny", "mini")
"""Shapes that encode hundreds of documents in seconds."""

ACTIVE = 180
"""Dimensions of a document that a random model has, as the published splade-mini does."""


def documents_of(shape: str) -> int:
    """How many documents are enough for a shape on a CPU."""
    return 300 if shape in SMALL else 80


def model(shape: str, folder: Path) -> Path:
    """The folder of a model: the real splade-tiny, or a random one of that shape.

    A random one's bias is lowered until about 180 of its dimensions are active, as in the published
    splade-mini: half of all would be active otherwise, which no method is made for. All have the
    tokenizer of splade-tiny, so that all encode the same tokens, also those of larger vocabularies.
    """
    from harness.assets import fetch

    tiny = fetch("splade-tiny")
    if shape == "tiny":
        return tiny
    target = folder / shape
    if target.is_dir():
        return target
    import torch
    import transformers

    name, settings = SHAPES[shape]
    torch.manual_seed(0)
    kind, config = getattr(transformers, f"{name}ForMaskedLM"), f"{name}Config"
    made = kind(getattr(transformers, config)(**settings)).eval().requires_grad_(False)
    ids = torch.randint(1000, 30_000, (8, 64))
    with torch.inference_mode():
        highest = made(input_ids=ids).logits.amax(1)
    projection = made.get_output_embeddings()
    projection.bias.data -= highest.quantile(1 - ACTIVE / highest.shape[1])
    made.save_pretrained(target)
    shutil.copy(tiny / "tokenizer.json", target)
    settings = json.loads((tiny / "tokenizer_config.json").read_text(encoding="utf-8"))
    if name not in ("Bert", "DistilBert"):
        settings |= {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_input_names": ["input_ids", "attention_mask"],
        }
    (target / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return target
