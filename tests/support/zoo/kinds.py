"""The kinds of sparse encoders: what they are, and who uses them."""

from typing import NamedTuple


class Kind(NamedTuple):
    """One row of the table in docs/models.md: what it is, and models or programs that are of it."""

    what: str
    who: str


KINDS = {
    "splade": Kind("a masked language model under SpladePooling", "most SPLADE models"),
    "bare": Kind(
        "a masked language model without sentence-transformers' files",
        "naver's, our default checkpoint",
    ),
    "files": Kind("weights in several files, untied, or with a padded vocabulary", "any"),
    "settings": Kind("prompts, lengths, lower case, pooling, max_active_dims", "any"),
    "pickled": Kind(
        "weights only in pytorch_model.bin",
        "naver/splade-v3, splade-cocondenser-*, prithivida/Splade_PP_en_v1",
    ),
    "stored": Kind("weights stored in bfloat16 or float16", "granite-embedding-30m-sparse"),
    "static": Kind(
        "a Router with queries by static weights (inference-free)",
        "opensearch neural-sparse doc-v1, -v2-distill, -v2-mini, -v3-distill; splade-v3-doc",
    ),
    "two": Kind("a Router with two language models", "efficient-splade-VI-BT-large"),
    "lexical": Kind("static weights behind SpladePooling", "splade-v3-lexical"),
    "routed": Kind("other ways of a Router", "rare"),
    "unrouted": Kind("a Router that leads nowhere", "nobody"),
    "by role": Kind("query_length and document_length", "sentence-transformers 6"),
    "obeyed": Kind(
        "other keys of sentence_bert_config.json that sentence-transformers obeys", "rare"
    ),
    "task": Kind("a Transformer whose task is not fill-mask", "rare"),
    "chat": Kind(
        "a chat template that texts are rendered by", "encoders made of language models that chat"
    ),
    "left": Kind("padding on the left", "some with rotary positions; rare with learned ones"),
    "foreign": Kind("code or weights from elsewhere", "rare"),
    "requires": Kind("requirements on versions", "sentence-transformers 6"),
    "no encoder": Kind("a model that is not a SparseEncoder", "rare"),
    "by batch": Kind("a body whose vectors depend on their batch", "ConvBERT, FNet"),
    "cosine": Kind("cosine similarity", "few"),
    "other similarity": Kind("euclidean or manhattan similarity", "rare"),
    "csr": Kind("a SparseAutoEncoder over a dense model (CSR)", "few"),
    "normalize": Kind("Normalize behind SpladePooling", "rare"),
    "larger": Kind("a tokenizer larger than the embeddings", "rare"),
    "deberta": Kind("DeBERTa-v2 with the head of its later versions (legacy=false)", "rare"),
    "another head": Kind("BGE-M3's head, and other dense encoders", "growing"),
    "causal": Kind("a causal language model", "growing"),
    "left to": Kind(
        "a model that `--encoder sentence-transformers` is to encode",
        "whoever has no other way",
    ),
    "remote": Kind("a model with Python code of its own", "growing"),
}
"""In the order of the table."""
