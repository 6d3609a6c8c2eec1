"""What a model is that is not a masked language model: named, so that a refusal says it."""

from pathlib import Path
from typing import Final

_OTHERS: Final = {
    "ForCausalLM": "a causal language model",
    "LMHeadModel": "a causal language model",
    "ForConditionalGeneration": "a model that writes texts",
    "ForSequenceClassification": "a classifier, as rerankers are",
    "ForPreTraining": "a model with the heads of pretraining, not that of a language model alone",
    "Model": "an encoder without a head, as dense models are",
}
"""By the end of the class's name in config.json."""

_BGE_M3: Final = ("sparse_linear.pt", "colbert_linear.pt")


def kind_of(folder: Path, classes: list[str]) -> str:
    """What a model with these classes in config.json is.

    Args:
        folder: of the model; BGE-M3 has the layers of its other heads beside it.
        classes: as config.json names them.
    """
    head = next((name for name in _BGE_M3 if (folder / name).exists()), None)
    if head is not None:
        return f"an encoder with BGE-M3's heads ({head}), which weigh a text's own tokens"
    kinds = (kind for end, kind in _OTHERS.items() for name in classes if name.endswith(end))
    return next(kinds, "another kind of model")
