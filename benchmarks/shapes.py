"""The models that encoding is measured on: one real, the others random weights of published shapes.

A random model activates half of its vocabulary, which no method is made for: the bias is lowered
until about 180 dimensions are active, as in the published splade-mini. All of them read texts with
splade-tiny's tokenizer, so that every shape sees the same number of tokens.
"""

import shutil
from pathlib import Path

ACTIVE = 180

SHAPES = ("tiny", "mini", "distilbert-base", "bert-base", "roberta-30m", "modernbert-base")
SMALL = ("tiny", "mini")
"""Those of which a core encodes dozens of documents a second and more."""


def model(shape: str, folder: Path) -> Path:
    """The folder of a model: the real splade-tiny, or a random one made below `folder`."""
    from harness.assets import fetch

    tiny = fetch("splade-tiny")
    target = folder / shape
    if shape == "tiny" or target.is_dir():
        return tiny if shape == "tiny" else target
    import torch

    torch.manual_seed(0)
    made = _random(shape).eval()
    ids = torch.randint(1000, 30_000, (8, 64))
    with torch.inference_mode():
        highest = made(input_ids=ids).logits.amax(1)
    vocabulary = highest.shape[1]
    made.get_output_embeddings().bias.data -= highest.quantile(1 - ACTIVE / vocabulary)
    made.save_pretrained(target)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(tiny / name, target)
    return target


def _random(shape: str):
    import transformers as t

    if shape == "mini":
        return t.BertForMaskedLM(
            t.BertConfig(
                num_hidden_layers=4, hidden_size=256, num_attention_heads=4, intermediate_size=1024
            )
        )
    if shape == "distilbert-base":
        return t.DistilBertForMaskedLM(t.DistilBertConfig())
    if shape == "bert-base":
        return t.BertForMaskedLM(t.BertConfig())
    if shape == "roberta-30m":  # granite-embedding-30m-sparse; the tokenizer above pads with 0
        return t.RobertaForMaskedLM(
            t.RobertaConfig(
                num_hidden_layers=6,
                hidden_size=384,
                num_attention_heads=12,
                intermediate_size=1536,
                vocab_size=50_265,
                max_position_embeddings=514,
                type_vocab_size=2,
                pad_token_id=0,
                bos_token_id=101,
                eos_token_id=102,
            )
        )
    # The configuration's own defaults are ModernBERT-base's: 22 layers of 768, every third one
    # sees all, the others 64 tokens to either side.
    return t.ModernBertForMaskedLM(t.ModernBertConfig(pad_token_id=0))
