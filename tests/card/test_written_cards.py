"""Cards by sentence-transformers' own code: every number is read, and none is mixed with another.

Two cards of each kind; what is expected is what the evaluators returned.
"""

import tomllib
from itertools import chain

import pytest

from harness.card.chosen import of_dataset
from harness.card.claimed import of_model
from harness.card.read import read_card
from harness.card.to_experiment import to_experiment
from harness.errors import InputError
from tests.support.written_cards import DOT_AND_COSINE, card, csr, evaluator, nano, router, splade

CARDS = {
    "one data set": lambda: (splade(), [evaluator("nq")]),
    "one unnamed": lambda: (splade(), [evaluator(first=3, mrr_at_k=[10, 100], map_at_k=[10])]),
    "several": lambda: (splade(), [evaluator("nq"), evaluator("fi-qa_2018", first=9)]),
    "several of other measures": lambda: (
        splade(),
        [evaluator("nq", ndcg_at_k=[5, 10]), evaluator("fiqa", first=9, accuracy_at_k=[1])],
    ),
    "NanoBEIR": lambda: (splade(), [nano("msmarco", "nq")]),
    "NanoBEIR of three": lambda: (router(), [nano("msmarco", "scifact", "nfcorpus")]),
    "before and after": lambda: (splade(), [evaluator("nq", first=7), evaluator("nq")]),
    "three times": lambda: (
        splade(),
        [evaluator("a-b", first=7), evaluator("a-b"), evaluator("c"), evaluator("a-b", first=2)],
    ),
    "few sets, then all": lambda: (
        splade(),
        [nano("msmarco", "nq", first=7), nano("msmarco", "nq", "nfcorpus", "fiqa2018")],
    ),
    "other measures, then all": lambda: (
        splade(),
        [evaluator("nq", first=7, accuracy_at_k=[3], map_at_k=[10]), evaluator("nq")],
    ),
    "limits, unnamed": lambda: (
        csr(max_active_dims=12),
        [evaluator(max_active_dims=k, first=k) for k in (4, 8)] + [evaluator(first=1)],
    ),
    "limits by name": lambda: (
        csr(),
        [nano("nq", "scidocs", max_active_dims=k, first=k) for k in (8, 16)],
    ),
    "dot and cosine": lambda: (splade(), [evaluator("nq", score_functions=DOT_AND_COSINE)]),
    "dot and cosine twice": lambda: (
        splade(),
        [
            evaluator("nq", score_functions=DOT_AND_COSINE),
            evaluator("nq", first=5, score_functions=DOT_AND_COSINE),
        ],
    ),
}


@pytest.fixture(scope="module", params=CARDS)
def made(request):
    encoder, evaluators = CARDS[request.param]()
    text, given = card(encoder, evaluators)
    return read_card(text, "README.md"), [one for each in given for one in by_name(each)]


def by_name(given):
    """What an evaluator returned, by data set and similarity: {measure: float}."""
    functions = [f for f in ("dot", "cosine") if any(f"{f}_" in key for key in given)]
    names = dict.fromkeys(
        key.rpartition("query_active_dims")[0] for key in given if "query_active_dims" in key
    )
    for name in names:
        own = {
            key.removeprefix(name): float(value)
            for key, value in given.items()
            if key.startswith(name)
            and not any(key.startswith(other) for other in names if len(other) > len(name))
        }
        for function in functions:
            others = tuple(f"{f}_" for f in functions if f != function)
            yield name, {k: v for k, v in own.items() if not k.startswith(others)}


def test_every_evaluation_is_read_with_all_its_numbers_and_no_other(made):
    read, given = made
    found = of_model(read, "sparse_encoder_model_id")
    assert [len(one.numbers) for one in found] == [
        len({number.name for number in one.numbers}) for one in found
    ]
    said = [{number.measure: float(number.text) for number in one.numbers} for one in found]
    expected = [numbers for _, numbers in given]
    assert len(said) == len(expected)
    assert all(numbers in said for numbers in expected)
    assert read.disagreements == ()
    assert [sentence for sentence in read.refused if "metric" in sentence] == []


def test_names_orders_and_places(made):
    read, given = made
    found = of_model(read, "sparse_encoder_model_id")
    for one in found:
        assert all(number.source in one.where for number in one.numbers)
        name = one.dataset.replace(" ", "").replace("Unknown", "")
        numbers = {number.measure: float(number.text) for number in one.numbers}
        names = [n for n, values in given if values == numbers]
        assert name in [n.replace("_", "").replace("-", "") for n in names]
    for dataset in {one.dataset for one in found}:
        for function in ("dot", "cosine"):
            same = [o for o in found if (o.dataset, o.similarity) == (dataset, function)]
            assert [one.order for one in same] == list(range(1, len(same) + 1))


def test_the_tables_alone_give_the_same_numbers_rounded():
    """Where nothing but the tables is left, each evaluation keeps to its own."""
    for kind in ("before and after", "dot and cosine twice", "limits, unnamed", "several"):
        encoder, evaluators = CARDS[kind]()
        text, given = card(encoder, evaluators)
        body = text.partition("\n---\n")[2]
        found = of_model(read_card(body, "README.md"), "sparse_encoder_model_id")
        expected = [numbers for each in given for _, numbers in by_name(each)]
        said = [{n.measure: float(n.text) for n in one.numbers} for one in found]
        assert len(said) == len(expected), kind
        for numbers in expected:
            rounded = {key: round(value, 4) for key, value in numbers.items()}
            assert rounded in said, kind


def test_limits_are_read_and_an_experiment_has_them():
    text, _ = card(*CARDS["limits, unnamed"]())
    read = read_card(text, "README.md")
    found = of_model(read, "a/b")
    assert [one.parameters.get("max_active_dims") for one in found] == ["4", "8", None]
    with pytest.raises(InputError, match="--evaluation N: 1 is Unknown, dot, max_active_dims '4'"):
        of_dataset(read, "a/b")
    models = [
        tomllib.loads(to_experiment(read, "a/b", "main", number=n))["model"] for n in (1, 2, 3)
    ]
    assert [model.get("max_active_dims") for model in models] == [4, 8, None]
    assert tomllib.loads(to_experiment(read, "a/b", "main", number=3))["published"]["exact"]
    text, _ = card(csr(max_active_dims=12), [evaluator("nq", max_active_dims=12)])
    assert to_experiment(read_card(text, "README.md"), "a/b", "main")


def test_a_limit_behind_a_name_is_one_without_a_table_too():
    text, _ = card(*CARDS["limits by name"]())
    front = text.partition("\n## Evaluation")[0]
    read = read_card(front, "README.md")
    found = of_model(read, "a/b")
    assert [one.parameters for one in found] == [
        {"max_active_dims": "8"},
        {"max_active_dims": "8"},
        {"max_active_dims": "8"},
        {"max_active_dims": "16"},
        {"max_active_dims": "16"},
        {"max_active_dims": "16"},
    ]
    toml = tomllib.loads(to_experiment(read, "a/b", "main", "NanoNQ_16"))
    assert toml["model"]["max_active_dims"] == 16
    text, _ = card(csr(max_active_dims=16), [nano("nq", max_active_dims=16)])
    toml = tomllib.loads(to_experiment(read_card(text, "R"), "a/b", "main", "NanoNQ_16"))
    assert toml["collection"]["id"] == "nano-beir/nq"


def test_a_translation_of_nano_beir_is_not_taken_for_it():
    text, _ = card(splade(), [nano("msmarco", "nq", dataset_id="lightonai/NanoBEIR-de")])
    read = read_card(text, "README.md")
    one, _, mean = of_model(read, "a/b")
    assert one.parameters["dataset_id"] == mean.parameters["dataset_id"] == "lightonai/NanoBEIR-de"
    toml = to_experiment(read, "a/b", "main", "NanoMSMARCO")
    assert tomllib.loads(toml)["collection"]["id"] == "unknown"
    assert "lightonai/NanoBEIR-de" in toml.partition("\nname =")[0]
    text, _ = card(splade(), [nano("msmarco", "nq")])
    toml = tomllib.loads(to_experiment(read_card(text, "R"), "a/b", "main", "NanoMSMARCO"))
    assert toml["collection"]["id"] == "nano-beir/msmarco"


@pytest.mark.parametrize("limit", [12, 40])
def test_the_build_of_an_autoencoder(limit):
    text, _ = card(csr(max_active_dims=limit), [])
    build = read_card(text, "README.md").architecture
    assert (build.kind, build.max_active_dims) == ("SparseEncoder", limit)
    assert (build.output_dims, build.pooling) == (128, "mean")
    assert build.routes == {}


@pytest.mark.parametrize("encoder", [router, lambda: router(similarity_fn_name="cosine")])
def test_the_build_of_a_router(encoder):
    text, _ = card(encoder(), [evaluator("nq")])
    flat = "\n".join(line.strip() for line in text.split("\n"))
    for printed in (text, flat):
        read = read_card(printed, "README.md")
        build = read.architecture
        kinds = {
            way: [module.partition("(")[0] for module in modules]
            for way, modules in build.routes.items()
        }
        assert kinds == {
            "query": ["SparseStaticEmbedding"],
            "document": ["Transformer", "SpladePooling"],
        }
        assert (build.pooling, build.activation, build.max_seq_length) == ("max", "relu", 192)
    assert list(chain.from_iterable(build.routes.values())) == list(build.modules)
