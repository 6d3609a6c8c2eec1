"""The encoder: every text once, in order, and the same whatever stands beside it."""

import shutil
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from harness.checkpoint.masked_lm import load_tokenizer
from harness.checkpoint.open import open_checkpoint
from harness.checkpoint.recipe import Recipe
from harness.data.vectors import SparseVectors
from harness.encoder import EncoderOptions
from harness.encoder.body import PaddedBody, split_model
from harness.encoder.build import build_encoder
from harness.encoder.heads import Float32Head
from harness.encoder.packing import pack_batches
from harness.encoder.steps import largest
from harness.encoder.tokens import FastTokenizer, Tokens
from harness.errors import InputError
from tests.support import models

HEADS = ("auto", "float32")


@pytest.fixture(scope="module", params=HEADS)
def encoder(request, tiny_bert):
    """The tiny BERT with either head; 256 tokens in a batch, so that there are many batches."""
    checkpoint = open_checkpoint(str(tiny_bert))
    return build_encoder(
        checkpoint, EncoderOptions(device="cpu", head=request.param, threads=2, batch_tokens=256)
    )


def encoder_with(tiny_bert, **recipe):
    checkpoint = open_checkpoint(str(tiny_bert))
    recipe = replace(checkpoint.recipe, **recipe)
    return build_encoder(
        replace(checkpoint, recipe=recipe), EncoderOptions(device="cpu", threads=1)
    )


def dense(vectors):
    rows = np.zeros((len(vectors), vectors.vocab_size), np.float32)
    for row, (indices, values) in enumerate(vectors.rows()):
        rows[row, indices] = values
    return rows


def same(first, second):
    return all(
        np.array_equal(getattr(first, name), getattr(second, name))
        for name in ("indptr", "indices", "values")
    )


# packing


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(1, 100))
def test_packing_takes_every_text_once_within_the_budget(lengths, budget):
    lengths = np.array(lengths, np.int64)
    batches = pack_batches(lengths, budget)
    assert sorted(text for batch in batches for text in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) >= 1
        assert len(batch) == 1 or lengths[batch].max() * len(batch) <= budget
    order = [int(lengths[text]) for batch in batches for text in batch]
    assert order == sorted(order, reverse=True)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60), st.integers(1, 100))
def test_packing_fills_its_batches(lengths, budget):
    lengths = np.array(lengths, np.int64)
    batches = pack_batches(lengths, budget)
    for batch in batches[:-1]:
        assert (len(batch) + 1) * lengths[batch].max() > budget


def test_texts_of_one_length_keep_their_order():
    batches = pack_batches(np.array([3, 5, 3, 5, 3]), 10)
    assert [batch.tolist() for batch in batches] == [[1, 3], [0, 2, 4]]


# tokens


def tokenize(tiny_bert, length):
    backend, _ = load_tokenizer(tiny_bert, Recipe(max_length=length))
    return FastTokenizer(backend, length, backend.token_to_id("[UNK]"))


def test_texts_are_cut_and_counted(tiny_bert):
    run = tokenize(tiny_bert, 6)
    tokens = run(["yeast", "yeast " * 4, "yeast " * 5, "yeast " * 5000, ""])
    assert tokens.lengths.tolist() == [3, 6, 6, 6, 2]
    assert tokens.truncated == 2
    yeast = run(["yeast"]).ids[1]
    assert tokens.ids[tokens.offsets[3] : tokens.offsets[4]].tolist() == [2, *[yeast] * 4, 3]
    assert tokens.of(np.array([4, 0])).tolist() == [2, 3, 2, yeast, 3]


def test_unknown_tokens_are_counted_and_not_guessed(tiny_bert):
    tokens = tokenize(tiny_bert, 20)(["東 yeast 京", "\U0001f600", "yeast"])
    assert tokens.unknown == 3
    assert len(tokens) == 3


def test_a_term_is_spelled_as_in_the_vocabulary(tiny_bert):
    run = tokenize(tiny_bert, 20)
    assert run.term(int(run(["yeast"]).ids[1])) == "yeast"
    assert run.term(10**6) == "[1000000]"


# vectors


def test_order_is_kept_whatever_the_lengths(encoder):
    texts = ["a " * n for n in (1, 90, 3, 60, 2, 90, 30, 1)] + list(models.texts()[:20])
    together = dense(encoder.encode(texts, "document").vectors)
    for row, text in enumerate(texts):
        alone = dense(encoder.encode([text], "document").vectors)[0]
        np.testing.assert_allclose(together[row], alone, rtol=1e-6, atol=1e-6)
        assert alone.any()


def test_vectors_do_not_depend_on_their_batch(encoder):
    texts = models.texts()[:80]
    expected = dense(encoder.encode(texts, "document").vectors)
    for batch_tokens in (1, 200, 100_000):
        other = replace(encoder, facts=replace(encoder.facts, batch_tokens=batch_tokens))
        found = dense(other.encode(texts[::-1], "document").vectors)[::-1]
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_vectors_are_the_same_bits_with_any_number_of_threads(encoder):
    texts = models.texts()[:80]
    expected = encoder.on(1).encode(texts, "document").vectors
    for threads in (2, 3, 8):
        before = torch.get_num_threads()
        found = encoder.on(threads).encode(texts, "document").vectors
        assert same(found, expected)
        assert torch.get_num_threads() == before
    assert same(encoder.on(1).encode(texts, "document").vectors, expected)


def test_both_heads_give_the_same_vectors(tiny_bert):
    checkpoint = open_checkpoint(str(tiny_bert))
    auto, plain = (
        build_encoder(checkpoint, EncoderOptions(device="cpu", head=head)) for head in HEADS
    )
    texts = models.texts()[:80]
    found, expected = (e.encode(texts, "document").vectors for e in (auto, plain))
    np.testing.assert_allclose(dense(found), dense(expected), rtol=1e-5, atol=1e-6)
    # Of one fingerprint are only vectors of the same bits.
    assert (auto.fingerprint == plain.fingerprint) == (auto.head.name == plain.head.name)


def test_counts_tell_what_befell_the_texts(encoder):
    texts = ["yeast", "", "yeast " * 1000, "東 京"]
    encoded = encoder.encode(texts, "document")
    assert (encoded.tokens, encoded.truncated, encoded.unknown) == (3 + 2 + 192 + 4, 1, 2)
    assert len(encoded.vectors) == 4


def test_a_long_text_is_its_beginning(encoder):
    first, second = encoder.encode(
        ["yeast " * 190, "yeast " * 190 + "hiccups " * 9], "document"
    ).vectors.rows()
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])


def test_no_texts_give_no_vectors(encoder):
    encoded = encoder.encode([], "query")
    assert (len(encoded.vectors), encoded.tokens) == (0, 0)
    assert encoded.vectors.vocab_size == encoder.vocab_size


def test_a_text_without_any_token_has_no_active_dimension(encoder):
    """Where a tokenizer adds no special tokens, an empty text is empty."""
    bare = replace(encoder, tokenize=Bare(encoder.tokenize))
    texts = ["", *models.texts()[:2], ""]
    found = bare.encode(texts, "document").vectors
    assert found.active_dims[[0, 3]].tolist() == [0, 0]
    assert same(found.take(np.array([1, 2])), bare.encode(texts[1:3], "document").vectors)
    assert bare.encode([""], "query").vectors.indptr.tolist() == [0, 0]


class Bare:
    """A tokenizer whose special tokens are taken off again."""

    def __init__(self, tokenize):
        self.tokenize = tokenize

    def __call__(self, texts):
        whole = self.tokenize(texts)
        parts = [whole.ids[start + 1 : end - 1] for start, end in pairwise(whole.offsets)]
        offsets = np.cumsum([0, *map(len, parts)])
        return Tokens(np.concatenate(parts), offsets, whole.truncated, whole.unknown)


def test_prompts_stand_before_the_texts_of_their_role_only(tiny_bert):
    plain = encoder_with(tiny_bert)
    prompted = encoder_with(tiny_bert, query_prompt="what is ", document_prompt="passage: ")
    texts = models.texts()[:5]
    for role, prompt in (("query", "what is "), ("document", "passage: ")):
        found = prompted.encode(texts, role).vectors
        assert same(found, plain.encode([prompt + text for text in texts], role).vectors)
        assert not same(found, plain.encode(texts, role).vectors)
    assert same(plain.encode(texts, "query").vectors, plain.encode(texts, "document").vectors)


def test_a_limit_on_active_dims_keeps_the_largest(tiny_bert):
    texts = models.texts()[:10]
    whole = dense(encoder_with(tiny_bert).encode(texts, "document").vectors)
    found = dense(encoder_with(tiny_bert, max_active_dims=5).encode(texts, "document").vectors)
    for row, kept in zip(whole, found, strict=True):
        best = np.sort(row)[::-1][:5]
        assert np.array_equal(np.sort(kept)[::-1][:5], best)
        assert (kept > 0).sum() == 5
        assert np.array_equal(kept[kept > 0], row[kept > 0])


def test_largest_by_hand():
    vectors = SparseVectors(
        np.array([0, 4, 4, 6]),
        np.array([1, 3, 5, 7, 0, 2], np.int32),
        np.array([2.0, 1.0, 2.0, 2.0, 0.5, 0.1], np.float32),
        9,
    )
    kept = largest(vectors, 2)  # of three equal weights the lower dimensions stay
    assert kept.indptr.tolist() == [0, 2, 2, 4]
    assert kept.indices.tolist() == [1, 5, 0, 2]
    assert kept.values.tolist() == pytest.approx([2.0, 2.0, 0.5, 0.1])
    assert largest(vectors, 1).indices.tolist() == [1, 0]
    assert same(largest(vectors, 4), vectors)


# heads, by a formula that makes the whole matrix


@pytest.mark.parametrize("pooling", ["max", "sum"])
@pytest.mark.parametrize("activation", ["relu", "log1p_relu"])
def test_the_float32_head_is_its_formula(pooling, activation):
    torch.manual_seed(1)
    weight, bias = torch.randn(3000, 16), torch.randn(3000) - 8
    lengths = [1, 700, 3, 3, 20, 20, 20, 2]
    hidden = torch.randn(sum(lengths), 16)
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    found = dense(Float32Head(weight, bias, pooling, activation)(hidden, offsets).vectors)
    for row, (start, end) in enumerate(pairwise(offsets)):
        logits = hidden[start:end].double() @ weight.double().T + bias.double()
        weights = torch.log1p(torch.relu(logits))
        if activation == "log1p_relu":
            weights = torch.log1p(weights)
        expected = weights.amax(0) if pooling == "max" else weights.sum(0)
        np.testing.assert_allclose(found[row], expected.numpy(), rtol=1e-5, atol=1e-5)


# bodies


@pytest.mark.parametrize(
    ("make", "tokenizer"),
    [
        (models.bert, models.word_pieces),
        (models.distilbert, models.word_pieces),
        (models.roberta, models.byte_pairs),
    ],
)
def test_a_split_model_and_its_projection_are_the_model(make, tokenizer):
    tokenizer = tokenizer()
    model = make(tokenizer)
    ids = torch.tensor([tokenizer("what does yeast do in bread dough")["input_ids"]])
    with torch.inference_mode():
        whole = model(input_ids=ids).logits
        cut = split_model(model, ids)
        hidden = PaddedBody(cut.model, tokenizer.pad_token_id)(ids[0], np.array([ids.shape[1]]))
    assert bool((cut.bias != 0).any())
    torch.testing.assert_close(hidden @ cut.weight.T + cut.bias, whole[0], rtol=1e-5, atol=1e-5)


class Scaled(torch.nn.Module):
    """Multiplies the logits, as some architectures do (Cohere, Gemma's softcap)."""

    def __init__(self, model):
        super().__init__()
        self.inner = model

    def get_output_embeddings(self):
        return self.inner.get_output_embeddings()

    def forward(self, input_ids):
        given = self.inner(input_ids=input_ids)
        given.logits = given.logits * 0.5
        return given


def test_a_model_that_does_more_after_its_projection_is_refused():
    tokenizer = models.word_pieces()
    ids = torch.tensor([tokenizer("what does yeast do")["input_ids"]])
    with pytest.raises(InputError, match="more after its vocabulary projection"):
        split_model(Scaled(models.bert(tokenizer)), ids)


def test_a_model_without_a_linear_head_is_refused():
    model = models.bert(models.word_pieces())
    model.cls.predictions.decoder = torch.nn.Bilinear(2, 2, 2)
    with pytest.raises(InputError, match="not one linear projection"):
        split_model(model, torch.tensor([[2, 3]]))


# opening


def broken(tiny_bert, folder, change):
    copy = shutil.copytree(tiny_bert, folder / "model")
    weights = load_file(copy / "model.safetensors")
    change(weights)
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    return open_checkpoint(str(copy))


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize(
    "name",
    [
        "bert.encoder.layer.0.output.dense.weight",
        "bert.embeddings.word_embeddings.weight",
        "cls.predictions.bias",
    ],
)
def test_weights_that_are_no_numbers_are_refused(tiny_bert, tmp_path, name, value, head):
    def spoil(weights):
        # Of one word only: what is met late must be refused as what is met at once.
        weights[name].view(-1)[-1] = value

    with pytest.raises(InputError, match=f"{name}.* NaN or infinite"):
        build_encoder(
            broken(tiny_bert, tmp_path, spoil), EncoderOptions(device="cpu", head=head, threads=1)
        ).encode(models.texts()[:200], "document")


@pytest.mark.parametrize("device", ["cudnn", "cuda:99", "cpu:x", "", "mars"])
def test_a_device_that_is_not_here(tiny_bert, device):
    with pytest.raises(InputError, match="cannot be used here"):
        build_encoder(open_checkpoint(str(tiny_bert)), EncoderOptions(device=device))


def test_a_tokenizer_of_another_model_is_refused(tiny_bert, tmp_path):
    copy = shutil.copytree(tiny_bert, tmp_path / "model")
    tokenizer = models.word_pieces()
    tokenizer.add_tokens(["onemoreword"])
    tokenizer.save_pretrained(copy)
    with pytest.raises(InputError, match="do not belong together"):
        build_encoder(open_checkpoint(str(copy)))


def test_screening_is_refused_where_there_is_none(tiny_bert):
    checkpoint = open_checkpoint(str(tiny_bert))
    summing = replace(checkpoint, recipe=replace(checkpoint.recipe, pooling="sum"))
    with pytest.raises(InputError, match="no screened head"):
        build_encoder(summing, EncoderOptions(device="cpu", head="screened"))


def test_the_fingerprint_is_of_what_decides_a_vector_and_of_nothing_else(tiny_bert, tmp_path):
    checkpoint = open_checkpoint(str(tiny_bert))

    def fingerprint(changed, **options):
        return build_encoder(
            changed, EncoderOptions(device="cpu", head="float32", **options)
        ).fingerprint

    moved = shutil.copytree(tiny_bert, tmp_path / "model")
    expected = fingerprint(checkpoint, threads=1)
    assert fingerprint(open_checkpoint(str(moved)), threads=2) == expected
    # The texts in a batch may move the last bit of each other's weights.
    assert fingerprint(checkpoint, batch_tokens=999) != expected
    others = [
        replace(checkpoint, weights_sha256="0" * 64),
        replace(checkpoint, tokenizer_sha256="0" * 64),
        replace(checkpoint, configuration_sha256="0" * 64),
        replace(checkpoint, recipe=replace(checkpoint.recipe, max_length=100)),
        replace(checkpoint, recipe=replace(checkpoint.recipe, query_prompt="q: ")),
        replace(checkpoint, recipe=replace(checkpoint.recipe, pooling="sum")),
    ]
    assert len({expected, *map(fingerprint, others)}) == 1 + len(others)
