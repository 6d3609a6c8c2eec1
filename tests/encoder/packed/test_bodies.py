"""Unpadded bodies are transformers' own: every architecture, every weight, every length."""

import copy
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from transformers import (
    BertConfig,
    BertForMaskedLM,
    CamembertConfig,
    CamembertForMaskedLM,
    DistilBertConfig,
    DistilBertForMaskedLM,
    ElectraConfig,
    ElectraForMaskedLM,
    ModernBertConfig,
    ModernBertForMaskedLM,
    MPNetConfig,
    MPNetForMaskedLM,
    RobertaConfig,
    RobertaForMaskedLM,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
)

from harness.encoder.body import PaddedBody, split_model
from harness.encoder.build import _body
from harness.encoder.packed.parts import attend, by_length
from harness.encoder.packed.readers import _by_distance
from harness.encoder.packed.registry import READERS, packed_body
from harness.encoder.products import Linear, products_for

VOCABULARY, POSITIONS = 90, 200
CPU = torch.device("cpu")
PROBE = torch.arange(6, 15)[None]
SHAPE = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 56,
    "max_position_embeddings": POSITIONS,
    "initializer_range": 0.3,
}
DISTIL = {
    "vocab_size": VOCABULARY,
    "dim": 32,
    "n_layers": 2,
    "n_heads": 4,
    "hidden_dim": 56,
    "max_position_embeddings": POSITIONS,
    "initializer_range": 0.3,
}
MODERN = (
    SHAPE
    | {"num_hidden_layers": 4, "local_attention": 32, "pad_token_id": 0}
    | {f"{name}_token_id": number for number, name in enumerate(("bos", "eos", "cls", "sep"), 1)}
)
MODELS = {
    "bert": lambda **more: BertForMaskedLM(BertConfig(**SHAPE | more)),
    "bert, eps": lambda **more: BertForMaskedLM(BertConfig(**SHAPE, layer_norm_eps=0.1)),
    "camembert": lambda **more: CamembertForMaskedLM(CamembertConfig(**SHAPE | more)),
    "distilbert": lambda **more: DistilBertForMaskedLM(DistilBertConfig(**DISTIL | more)),
    "electra": lambda **more: ElectraForMaskedLM(ElectraConfig(**SHAPE, embedding_size=24, **more)),
    "electra, one width": lambda: ElectraForMaskedLM(ElectraConfig(**SHAPE, embedding_size=32)),
    "modernbert": lambda **more: ModernBertForMaskedLM(ModernBertConfig(**MODERN | more)),
    "modernbert, biases": lambda: ModernBertForMaskedLM(
        ModernBertConfig(
            **MODERN, attention_bias=True, mlp_bias=True, norm_bias=True, classifier_bias=True
        )
    ),
    "modernbert, other turns": lambda: ModernBertForMaskedLM(
        ModernBertConfig(
            **MODERN, global_attn_every_n_layers=2, global_rope_theta=500.0, local_rope_theta=9.0
        )
    ),
    "mpnet": lambda **more: MPNetForMaskedLM(MPNetConfig(**SHAPE | more)),
    "roberta": lambda **more: RobertaForMaskedLM(RobertaConfig(**SHAPE | more)),
    "roberta, pads with 5": lambda: RobertaForMaskedLM(RobertaConfig(**SHAPE, pad_token_id=5)),
    "xlm-roberta": lambda **more: XLMRobertaForMaskedLM(XLMRobertaConfig(**SHAPE | more)),
}
LENGTHS = np.array([150, 97, 41, 41, 41, 34, 33, 17, 8, 8, 3, 1, 1])
"""Longer than a window of 16 to either side and than MPNet's farthest bucket, as long, and less."""


@pytest.fixture(autouse=True)
def one_core():
    """So small a model waits for threads longer than it computes."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def made(name, **settings):
    """A model whose every weight, norms and biases among them, is unlike every other."""
    torch.manual_seed(3)
    model = MODELS[name](**settings).eval().requires_grad_(False)
    for weight in model.parameters():
        if weight.ndim == 1:
            weight.add_(0.3 * torch.randn(len(weight)))
    return split_model(model, torch.arange(1, 9)[None]).model


def flat_texts(lengths):
    generator = torch.Generator().manual_seed(5)
    return torch.randint(6, VOCABULARY, (int(lengths.sum()),), generator=generator)


@pytest.fixture(params=("torch", "onednn"))
def products(request):
    """Either library, where it is there."""
    if request.param == "onednn":
        onednn()
    return request.param


def onednn():
    try:
        return products_for("onednn", CPU)
    except ValueError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", MODELS)
def test_a_packed_body_is_transformers_body(name, products):
    model = made(name)
    fast = packed_body(model, products)
    ids = flat_texts(LENGTHS)
    with torch.inference_mode():
        expected = PaddedBody(model, model.config.pad_token_id or 0)(ids, LENGTHS)
        found = fast(ids, LENGTHS)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    assert fast.name == "packed"


@pytest.mark.parametrize("name", MODELS)
def test_a_text_has_the_same_vectors_alone_as_among_others(name):
    fast = packed_body(made(name), "torch")
    ids = flat_texts(LENGTHS)
    ends = np.cumsum(LENGTHS)
    with torch.inference_mode():
        together = fast(ids, LENGTHS)
        for start, end in pairwise([0, *ends]):
            alone = fast(ids[start:end], np.array([end - start]))
            torch.testing.assert_close(together[start:end], alone, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["roberta", "roberta, pads with 5", "mpnet", "bert"])
def test_a_text_that_holds_the_padding_token_is_counted_as_transformers_counts(name):
    model = made(name)
    pad_id = model.config.pad_token_id
    lengths = np.array([20, 9, 4])
    ids = flat_texts(lengths)
    ids[[3, 4, 11, 22, 32]] = pad_id
    with torch.inference_mode():
        expected = PaddedBody(model, pad_id)(ids, lengths)
        found = packed_body(model, "torch")(ids, lengths)
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


ROPE = {
    kind: {"rope_type": "linear", "factor": 2.0, "rope_theta": 9.0}
    for kind in ("full_attention", "sliding_attention")
}


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("bert", {"hidden_act": "relu"}),
        ("bert", {"is_decoder": True}),
        ("camembert", {"hidden_act": "gelu_new"}),
        ("distilbert", {"activation": "relu"}),
        ("electra", {"hidden_act": "silu"}),
        ("modernbert", {"hidden_activation": "silu"}),
        ("modernbert", {"classifier_activation": "relu"}),
        ("modernbert", {"rope_parameters": ROPE}),
        ("mpnet", {"hidden_act": "relu"}),
        ("mpnet", {"relative_attention_num_buckets": 64}),
        ("roberta", {"hidden_act": "gelu_pytorch_tanh"}),
        ("xlm-roberta", {"hidden_act": "relu"}),
    ],
)
def test_a_setting_that_is_not_understood_leaves_the_body_to_transformers(name, settings, caplog):
    model = made(name, **settings)
    assert packed_body(model, "torch") is None
    body, _ = _body(model, PROBE, "torch", POSITIONS - 8)
    assert body.name == "padded"
    assert "differs from" not in caplog.text


@pytest.mark.parametrize("setting", ["position_embedding_type", "add_cross_attention"])
def test_settings_of_other_versions_of_transformers_are_seen(setting):
    model = made("bert")
    setattr(model.config, setting, "relative_key" if "position" in setting else True)
    assert packed_body(model, "torch") is None


def test_a_module_of_another_class_leaves_the_body_to_transformers():
    class Adapted(torch.nn.Linear):
        def forward(self, x):
            return 2 * super().forward(x)

    model = made("distilbert")
    model.distilbert.transformer.layer[1].ffn.lin2 = Adapted(56, 32)
    assert packed_body(model, "torch") is None


def test_what_differs_from_transformers_is_found_on_opening(monkeypatch, caplog):
    """A window that is too narrow shows in a text longer than it, and the probe is short."""
    model = made("modernbert")
    narrow = packed_body(model, "torch")
    object.__setattr__(narrow, "window", 15)
    monkeypatch.setattr("harness.encoder.build.packed_body", lambda *_: narrow)
    body, _ = _body(model, PROBE, "torch", POSITIONS)
    assert body.name == "padded"
    assert "differs from transformers'" in caplog.text


ONE_OF_EACH = ("bert", "roberta", "electra", "distilbert", "mpnet", "modernbert, biases")
"""A model for each reader."""

NO_MATTER = ("self.key.bias", "attn.k.bias", "k_lin.bias", "predictions.bias", "lm_head.bias")
"""Biases of keys, which the softmax cancels, and of the vocabulary, which is not in the body."""


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_a_weight_that_is_forgotten_is_found_on_opening(name, monkeypatch, caplog):
    """Each in turn: a factor is one, whatever is added is nothing."""
    model = made(name)
    kind = model.config.model_type
    read = READERS[kind]
    for weight_name, weight in model.named_parameters():
        if weight_name.endswith(NO_MATTER):
            continue
        mutant = copy.deepcopy(model)
        factor = weight.ndim == 1 and weight_name.endswith("weight")
        mutant.get_parameter(weight_name).fill_(1 if factor else 0)
        monkeypatch.setitem(READERS, kind, lambda _, products, m=mutant: read(m, products))
        caplog.clear()
        assert _body(model, PROBE, "torch", POSITIONS - 8)[0].name == "padded", weight_name
        assert "differs from transformers'" in caplog.text


def near_only(body):
    layers = tuple(layer._replace(local=True) for layer in body.layers)
    return replace(body, layers=layers)


def gates_exchanged(body):
    layers = tuple(layer._replace(up=layer.gate, gate=layer.up) for layer in body.layers)
    return replace(body, layers=layers)


FAULTS = [
    ("bert", lambda b: replace(b, heads=8)),
    ("bert", lambda b: replace(b, layers=b.layers[:-1])),
    ("bert", lambda b: replace(b, layers=b.layers[::-1])),
    ("bert", lambda b: replace(b, last_norm=b.last_norm._replace(eps=1.0))),
    ("bert", lambda b: replace(b, pad_id=0)),
    ("roberta", lambda b: replace(b, pad_id=None)),
    ("roberta", lambda b: replace(b, pad_id=2)),
    ("mpnet", lambda b: replace(b, distances=None)),
    ("mpnet", lambda b: replace(b, distances=lambda n: b.distances(n).transpose(1, 2))),
    ("mpnet", lambda b: replace(b, distances=lambda n: b.distances(n).triu(-120))),
    ("modernbert", lambda b: replace(b, window=b.window + 1)),
    ("modernbert", lambda b: replace(b, window=b.window - 1)),
    ("modernbert", lambda b: replace(b, window=10_000)),
    ("modernbert", lambda b: replace(b, frequencies=b.frequencies[::-1])),
    ("modernbert", near_only),
    ("modernbert", gates_exchanged),
]


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_a_body_that_is_put_together_wrongly_is_found_on_opening(name, fault, monkeypatch, caplog):
    model = made(name)
    kind = model.config.model_type
    read = READERS[kind]
    monkeypatch.setitem(READERS, kind, lambda *given: fault(read(*given)))
    assert _body(model, PROBE, "torch", POSITIONS - 8)[0].name == "padded"
    assert "differs from transformers'" in caplog.text


@pytest.mark.parametrize("window", [1, 3, 16, 40])
@pytest.mark.parametrize("length", [1, 2, 4, 5, 33, 64, 65, 150])
def test_attention_within_a_window_is_its_formula(length, window):
    torch.manual_seed(length)
    texts, heads, width = 2, 3, 4
    qkv = torch.randn(texts * length, 3 * heads * width)
    found = attend(qkv, by_length(np.array([length] * texts)), heads, window=window)
    query, key, value = qkv.double().view(texts, length, 3, heads, width).permute(2, 0, 3, 1, 4)
    scores = query @ key.transpose(2, 3) / width**0.5
    at = torch.arange(length)
    scores[:, :, (at[:, None] - at).abs() > window] = -torch.inf
    expected = (scores.softmax(-1) @ value).transpose(1, 2).reshape(texts * length, -1)
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["bert", "modernbert", "bert, relu"])
def test_products_that_give_something_else_are_not_used(name, monkeypatch, caplog):
    """Also where the body is transformers', and its layers are made torch's again."""
    model = made("bert", hidden_act="relu") if name == "bert, relu" else made(name)

    def wrong(self, x):
        found = torch.nn.functional.linear(x, self.weight, self.bias)
        found = torch.nn.functional.gelu(found) if self.gelu else found
        return found * 1.01 if self.products == "onednn" else found

    monkeypatch.setattr(Linear, "__call__", wrong)
    monkeypatch.setattr(
        Linear,
        "_with",
        lambda self, x, other, how: self(x) + other if how == "add" else self(x) * other,
    )
    ids, lengths = flat_texts(LENGTHS), LENGTHS
    with torch.inference_mode():
        expected = PaddedBody(model, 0)(ids, lengths)
        body, products = _body(model, PROBE, "onednn", POSITIONS - 8)
        torch.testing.assert_close(body(ids, lengths), expected, rtol=1e-5, atol=1e-5)
    assert products == "torch"
    assert body.name == ("padded" if "relu" in name else "packed")
    assert "torch's are used" in caplog.text


@pytest.mark.parametrize("name", MODELS)
def test_every_body_stands_its_proof_on_opening(name, caplog):
    model = made(name)
    assert _body(model, PROBE, "torch", POSITIONS - 8)[0].name == "packed"
    assert "differs from" not in caplog.text


def test_every_row_of_the_registry_is_tried_here():
    assert {name.split(",")[0] for name in MODELS} == {*READERS}


def test_an_architecture_is_one_row(monkeypatch):
    """What has BERT's modules and another name needs its name in the table, and nothing else."""
    model = made("bert")
    model.config.model_type = "newbert"
    assert packed_body(model, "torch") is None
    monkeypatch.setitem(READERS, "newbert", READERS["bert"])
    assert packed_body(model, "torch").name == "packed"


def test_buckets_of_distances_by_hand():
    """T5, 2.1: 8 distances by themselves, 8 that grow to 128; those ahead after those behind."""
    bias = torch.arange(32.0)[:, None]
    (found,) = _by_distance(bias, 200)
    assert found[50, 50] == 0
    assert found[50, 43] == 7
    assert found[50, 57] == 16 + 7
    assert found[150, 142] == 8  # log(8 / 8) = 0
    assert found[150, 118] == 8 + 4  # log(32 / 8) / log(16) is one half of 8 buckets
    assert found[199, 0] == 15
    assert found[0, 199] == 31


def test_no_weight_stands_in_memory_twice():
    """But the joined ones of attention, whose parts go when the model does."""
    model = made("distilbert")
    body = packed_body(model, "torch")
    own = {weight.data_ptr() for weight in model.parameters()}
    assert body.words.data_ptr() in own
    for layer in body.layers:
        assert {part.weight.data_ptr() for part in (layer.out, layer.up, layer.down)} <= own
