"""Unpadded bodies against transformers' own, each text alone, and proven when a model is opened."""

import copy
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch

from harness.encoder.best_body import best_body
from harness.encoder.body import PaddedBody
from harness.encoder.packed import architectures, attention, modernbert, post_norm
from harness.encoder.packed.architectures import ARCHITECTURES, architecture_of
from harness.encoder.packed.runs import positions, positions_after, runs_of
from harness.encoder.products import ONEDNN, TORCH
from tests.support.bodies import FAMILIES, PAD_ID, VOCABULARY, alone, shaken

LENGTHS = (190, 150, 64, 64, 17, 12, 11, 10, 7, 7, 7, 2, 1, 1)
"""Beyond the local window (5 on either side) and beyond MPNet's last bucket (128), to one token."""

PRODUCTS = [TORCH, *([ONEDNN] if torch.backends.mkldnn.is_available() else [])]
PROBE = torch.tensor([[0, 7, 8, 9, 4, 11, 33, 2]])


ONE_OF_EACH = ("bert", "roberta", "electra, narrow", "distilbert", "mpnet", "modernbert, biases")
"""A family for each way of reading; the others differ from these in a name or a size."""


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Tiny matrices are multiplied faster by one thread than by several that wait."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module", params=FAMILIES)
def model(request):
    return shaken(request.param)


def chosen(model, products=TORCH):
    return best_body(model, PROBE, products)[0]


def batch(seed=0, lengths=LENGTHS, padding=()):
    """(ids laid end to end, lengths), the padding id in some texts."""
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(6, VOCABULARY, (sum(lengths),), generator=generator)
    ids[list(padding)] = PAD_ID
    return ids, np.array(lengths)


def parts(flat, lengths):
    ends = np.cumsum([0, *lengths])
    return [flat[start:end] for start, end in pairwise(ends)]


@pytest.mark.parametrize("products", PRODUCTS, ids=lambda one: one.name)
def test_every_text_has_the_vectors_that_transformers_gives_it_alone(model, products):
    ids, lengths = batch(padding=(3, 191, 500, -1))
    with torch.inference_mode():
        found = chosen(model, products)(ids, lengths)
    for text, rows in zip(parts(ids, lengths), parts(found, lengths), strict=True):
        torch.testing.assert_close(rows, alone(model, text), rtol=1e-5, atol=1e-5)


def test_every_family_is_packed(model, caplog):
    assert chosen(model).name == "packed"
    assert not caplog.records


def test_every_row_of_the_table_is_held_against_transformers():
    tried = {shaken(family).config.model_type for family in FAMILIES}
    assert tried == {*ARCHITECTURES}


def test_threads_that_share_a_body_give_the_same_bits(model):
    body = chosen(model)
    batches = [batch(seed) for seed in range(6)]

    def run(given):
        torch.set_num_threads(1)
        with torch.inference_mode():
            return body(*given)

    expected = [run(given) for given in batches]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(run, batches[::-1]))[::-1]
    assert all(map(torch.equal, found, expected))


def weights_that_matter(model):
    """All but what no vector goes through: key biases (softmax cancels them), rows of no token."""
    unused = ("attention.self.key.bias", "attn.k.bias", "k_lin.bias", "predictions.bias")
    unused += ("lm_head.bias", "generator_lm_head.bias", "decoder.bias")
    return [name for name in model.state_dict() if not name.endswith(unused)]


@pytest.mark.parametrize("family", ONE_OF_EACH)
def test_a_body_that_forgets_a_weight_is_not_used(family, monkeypatch, caplog):
    model = shaken(family)
    kind = model.config.model_type
    row = ARCHITECTURES[kind]
    for name in weights_that_matter(model):
        mutant = copy.deepcopy(model)
        weight = mutant.state_dict()[name]
        if weight.dtype != torch.float32 or "position_ids" in name:
            continue
        weight.fill_(1 if weight.ndim == 1 and name.endswith("weight") else 0)
        monkeypatch.setitem(
            architectures.ARCHITECTURES,
            kind,
            row._replace(read=lambda _, one, m=mutant: row.read(m, one)),
        )
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            assert type(chosen(model)) is PaddedBody, name
        assert "differs from transformers'" in caplog.text


def changed(body, **parts):
    """The same body with other parts."""
    return replace(body, **parts)


WRONG = {
    "roberta": {
        "positions from 0": lambda b: changed(b, embeddings=b.embeddings._replace(pad_id=None)),
        "positions after another id": lambda b: changed(
            b, embeddings=b.embeddings._replace(pad_id=PAD_ID + 1)
        ),
    },
    "bert": {
        "positions after an id": lambda b: changed(
            b, embeddings=b.embeddings._replace(pad_id=PAD_ID)
        ),
        "heads": lambda b: changed(b, heads=8),
        "a layer": lambda b: changed(b, layers=b.layers[:-1]),
        "eps": lambda b: changed(b, norm=b.norm._replace(eps=1.0)),
    },
    "electra, narrow": {
        "order": lambda b: changed(b, layers=b.layers[::-1]),
    },
    "mpnet": {
        "no bias of distances": lambda b: changed(b, distances=None),
        "distances turned round": lambda b: changed(b, distances=b.distances.flip(1)),
        "far distances": lambda b: changed(
            b, distances=b.distances * (torch.arange(-199, 200).abs() < 100)
        ),
    },
    "modernbert": {
        "a wider window": lambda b: changed(b, reach=b.reach + 1),
        "a narrower window": lambda b: changed(b, reach=b.reach - 1),
        "no window": lambda b: changed(b, reach=10_000),
        "one base": lambda b: changed(
            b, frequencies=dict.fromkeys(b.frequencies, b.frequencies[modernbert.NEAR])
        ),
        "kinds": lambda b: changed(
            b, layers=tuple(lay._replace(kind=modernbert.NEAR) for lay in b.layers)
        ),
        "the gate": lambda b: changed(
            b, layers=tuple(lay._replace(up=lay.gate, gate=lay.up) for lay in b.layers)
        ),
    },
}


@pytest.mark.parametrize(
    ("family", "fault"), [(family, fault) for family in WRONG for fault in WRONG[family]]
)
def test_a_body_that_is_built_wrongly_is_not_used(family, fault, monkeypatch, caplog):
    model = shaken(family)
    kind = model.config.model_type
    row = ARCHITECTURES[kind]
    wrong = row._replace(read=lambda *given: WRONG[family][fault](row.read(*given)))
    monkeypatch.setitem(architectures.ARCHITECTURES, kind, wrong)
    assert type(chosen(model)) is PaddedBody
    assert "differs from transformers'" in caplog.text


def test_a_window_that_is_as_wide_as_modernberts_own_is_proven(monkeypatch):
    """128 tokens, so that only a text that is longer can tell."""
    model = shaken("modernbert", local_attention=128)
    assert chosen(model).name == "packed"
    row = ARCHITECTURES["modernbert"]
    for reach in (63, 65):
        wrong = row._replace(read=lambda *given, r=reach: replace(row.read(*given), reach=r))
        monkeypatch.setitem(architectures.ARCHITECTURES, "modernbert", wrong)
        assert type(chosen(model)) is PaddedBody


def test_a_model_whose_weights_have_other_names_is_run_by_transformers(monkeypatch, caplog):
    model = shaken("bert")
    row = ARCHITECTURES["bert"]
    named = row._replace(read=ARCHITECTURES["roberta"].read)
    monkeypatch.setitem(architectures.ARCHITECTURES, "bert", named)
    assert type(chosen(model)) is PaddedBody
    assert "differs from transformers'" in caplog.text


NOT_UNDERSTOOD = [
    ("bert", {"hidden_act": "gelu_new"}),
    ("bert", {"hidden_act": "relu"}),
    ("bert", {"position_embedding_type": "relative_key"}),
    ("bert", {"is_decoder": True}),
    ("bert", {"add_cross_attention": True}),
    ("roberta", {"hidden_act": "gelu_new"}),
    ("roberta", {"pad_token_id": None}),
    ("electra", {"hidden_act": "silu"}),
    ("distilbert", {"activation": "relu"}),
    ("mpnet", {"hidden_act": "relu"}),
    ("mpnet", {"relative_attention_num_buckets": 40}),
    ("modernbert", {"hidden_activation": "silu"}),
    ("modernbert", {"classifier_activation": "relu"}),
    ("modernbert", {"head_dim": 16}),
    ("modernbert", {"layer_types": ["full_attention", "chunked_attention"]}),
    ("modernbert", {"rope_parameters": None}),
    ("bert", {"model_type": "eurobert"}),
]


@pytest.mark.parametrize(("family", "setting"), NOT_UNDERSTOOD)
def test_a_setting_that_is_not_understood_is_left_to_transformers(family, setting):
    model = shaken(family)
    assert architecture_of(model) is not None
    for name, value in setting.items():
        object.__setattr__(model.config, name, value)
    assert architecture_of(model) is None


@pytest.mark.parametrize(
    "turns", [{"rope_type": "yarn", "factor": 2.0}, {"partial_rotary_factor": 0.5}, {"factor": 2.0}]
)
def test_scaled_rotary_positions_are_left_to_transformers(turns):
    model = shaken("modernbert")
    given = copy.deepcopy(model.config.rope_parameters)
    given["sliding_attention"] |= turns
    object.__setattr__(model.config, "rope_parameters", given)
    assert architecture_of(model) is None


# the parts


def test_positions_start_anew_with_every_text():
    ids, lengths = batch(lengths=(3, 1, 2))
    assert positions(ids, lengths).tolist() == [0, 1, 2, 0, 0, 1]


def test_positions_after_the_padding_id_by_hand():
    ids = torch.tensor([7, 1, 8, 1, 9, 9, 1, 1, 5])
    found = positions_after(ids, np.array([3, 1, 2, 3]), 1)
    assert found.tolist() == [2, 1, 3, 1, 2, 3, 1, 1, 2]


def test_runs_are_neighbours_of_one_length():
    runs = runs_of(np.array([5, 5, 3, 5]))
    assert [(r.texts, r.length, r.tokens) for r in runs] == [
        (2, 5, slice(0, 10)),
        (1, 3, slice(10, 13)),
        (1, 5, slice(13, 18)),
    ]


@pytest.mark.parametrize("reach", [1, 3, 16, 40])
@pytest.mark.parametrize("length", [1, 2, 4, 5, 33, 64, 65])
def test_local_attention_is_its_formula(length, reach):
    torch.manual_seed(length)
    texts, heads, width = 2, 3, 4
    qkv = torch.randn(texts * length, 3 * heads * width)
    found = attention.attend(qkv, runs_of(np.array([length] * texts)), heads, reach=reach)
    query, key, value = qkv.double().view(texts, length, 3, heads, width).permute(2, 0, 3, 1, 4)
    scores = query @ key.transpose(2, 3) / width**0.5
    place = torch.arange(length)
    scores[:, :, (place[:, None] - place).abs() > reach] = -torch.inf
    expected = (scores.softmax(-1) @ value).transpose(1, 2).reshape(texts * length, -1)
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)


def test_the_bias_of_a_distance_is_that_of_the_token_seen():
    distances = torch.arange(7.0)[None] - 3
    expected = [[0, 1, 2], [-1, 0, 1], [-2, -1, 0]]
    assert post_norm._by_distance(distances, 3)[0].tolist() == expected
