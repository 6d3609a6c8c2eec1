"""Tiny seeded checkpoints, made where a test runs: right in every shape, and wrong in every score.

Two layers of 32 dimensions over the words of the sampler. The transform in front of the vocabulary
is nearly the identity, so a text activates its own words first and rankings mean something; the
bias is set so that about 2 % of the dimensions are active, as in a trained SPLADE model (a random
model without it activates half of them).
"""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import torch
from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
from tokenizers.models import BPE, WordPiece
from tokenizers.trainers import BpeTrainer
from transformers import (
    BertConfig,
    BertForMaskedLM,
    DistilBertConfig,
    DistilBertForMaskedLM,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaForMaskedLM,
)
from transformers.utils.logging import disable_progress_bar

import harness.collection.open
from harness.collection import Collection

HIDDEN = 32
POSITIONS = 192
SHARE = 0.02


@cache
def sampler() -> Collection:
    return harness.collection.open.open_collection("sampler")


@cache
def texts() -> tuple[str, ...]:
    return tuple(doc.text for doc in sampler().corpus)


@cache
def questions() -> tuple[str, ...]:
    return tuple(query.text for query in sampler().queries)


def word_pieces(length: int = POSITIONS) -> PreTrainedTokenizerFast:
    """BERT's kind: whole words that the sampler has twice, single letters for the others."""
    words = Counter(word for text in texts() for word in re.findall("[a-z]+", text.lower()))
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    entries = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    entries += [*letters, *(f"##{letter}" for letter in letters), *".,'?!-:;()"]
    entries += [word for word, count in words.items() if count >= 2 and len(word) > 1]
    backend = Tokenizer(WordPiece({e: n for n, e in enumerate(entries)}, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        model_max_length=length,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


def byte_pairs(length: int = POSITIONS) -> PreTrainedTokenizerFast:
    """RoBERTa's kind: no unknown token, and white space that counts."""
    backend = Tokenizer(BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = BpeTrainer(
        vocab_size=1200,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(texts(), trainer)
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        model_max_length=length,
        bos_token="<s>",
        cls_token="<s>",
        pad_token="<pad>",
        eos_token="</s>",
        sep_token="</s>",
        unk_token="<unk>",
        mask_token="<mask>",
    )


def bert(tokenizer: PreTrainedTokenizerFast, seed: int = 0, **config) -> BertForMaskedLM:
    torch.manual_seed(seed)
    model = BertForMaskedLM(
        BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=HIDDEN,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=2 * HIDDEN,
            max_position_embeddings=POSITIONS,
            initializer_range=0.2,
            pad_token_id=tokenizer.pad_token_id,
            **config,
        )
    )
    return sparse(model, model.cls.predictions.transform.dense, tokenizer)


def distilbert(tokenizer: PreTrainedTokenizerFast, seed: int = 0) -> DistilBertForMaskedLM:
    torch.manual_seed(seed)
    model = DistilBertForMaskedLM(
        DistilBertConfig(
            vocab_size=len(tokenizer),
            dim=HIDDEN,
            n_layers=2,
            n_heads=4,
            hidden_dim=2 * HIDDEN,
            max_position_embeddings=POSITIONS,
            initializer_range=0.2,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    return sparse(model, model.vocab_transform, tokenizer)


def roberta(tokenizer: PreTrainedTokenizerFast, seed: int = 0) -> RobertaForMaskedLM:
    torch.manual_seed(seed)
    model = RobertaForMaskedLM(
        RobertaConfig(
            vocab_size=len(tokenizer),
            hidden_size=HIDDEN,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=2 * HIDDEN,
            max_position_embeddings=POSITIONS + 2,
            initializer_range=0.2,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    return sparse(model, model.lm_head.dense, tokenizer)


def save(folder: Path, model: torch.nn.Module, tokenizer: PreTrainedTokenizerFast) -> Path:
    """A bare masked language model in a folder."""
    disable_progress_bar()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def save_beir(folder: Path, documents: dict[str, str], queries: dict[str, str], qrels) -> Path:
    """A collection in BEIR's layout; `qrels` are (query, document, grade)."""
    (folder / "qrels").mkdir(parents=True)
    for name, rows in (("corpus", documents), ("queries", queries)):
        lines = [json.dumps({"_id": key, "text": text}) + "\n" for key, text in rows.items()]
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    lines = ["query-id\tcorpus-id\tscore\n", *("\t".join(map(str, row)) + "\n" for row in qrels)]
    (folder / "qrels" / "test.tsv").write_text("".join(lines), encoding="utf-8")
    return folder


def sparse(model, transform: torch.nn.Linear, tokenizer: PreTrainedTokenizerFast):
    """Let words activate themselves, and hide all but a few dimensions below zero."""
    model.eval().requires_grad_(False)
    transform.weight.copy_(torch.eye(HIDDEN) + 0.3 * transform.weight)
    for name, weight in model.named_parameters():
        # What places and layers add to the words is made less than the words themselves.
        if name.endswith(("output.dense.weight", "out_lin.weight", "ffn.lin2.weight")):
            weight.mul_(0.3)
        if name.endswith(("position_embeddings.weight", "token_type_embeddings.weight")):
            weight.mul_(0.3)
    encoded = tokenizer(list(texts()[:60]), padding=True, truncation=True, return_tensors="pt")
    ids, mask = encoded["input_ids"], encoded["attention_mask"]
    logits = model(input_ids=ids, attention_mask=mask).logits
    largest = logits.masked_fill(mask[:, :, None] == 0, -torch.inf).amax(1)
    bias = model.get_output_embeddings().bias
    # Unlike biases, so that none may be forgotten without a test that fails.
    bias.add_(0.5 * torch.randn(len(bias)))
    bias.sub_(torch.quantile(largest.flatten()[::7], 1 - SHARE))
    return model
