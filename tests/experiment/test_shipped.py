"""The shipped experiments: where each has its numbers from, and that they stand there.

Comment lines `# > ` of a file are quotations of its sources.
"""

import re
from decimal import ROUND_HALF_EVEN, Decimal

import pytest

from harness.card.audit import audit
from harness.collection import irds
from harness.collection.sources import OWN
from harness.experiment.spec import SHIPPED, by_model, open_experiment, shipped

MADE_HERE = ("crowdrag-splade-tiny", "insuranceqa-splade-tiny")
"""Whose numbers nobody publishes: sentence-transformers' own evaluator was run for them."""

QUOTED = tuple(name for name in shipped() if name not in MADE_HERE)
NANO = tuple(name for name in shipped() if "ensembledistil-nano-" in name)
OPENSEARCH = tuple(name for name in shipped() if name.startswith("opensearch-"))

COLUMNS = {
    "beir/arguana": "ArguAna",
    "beir/fiqa/test": "FiQA",
    "beir/nfcorpus/test": "NFCorpus",
    "beir/scidocs": "SciDocs",
    "beir/scifact/test": "SciFact",
}
"""What OpenSearch's table calls each collection."""


def text(name):
    return (SHIPPED / f"{name}.toml").read_text(encoding="utf-8")


def quotation(name):
    return [line[4:] for line in text(name).splitlines() if line.startswith("# > ")]


def cells(row):
    return [cell.strip() for cell in row.strip("| ").split("|")]


def numbers(line):
    return re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\d)", line)


@pytest.mark.parametrize("name", QUOTED)
def test_every_published_number_stands_in_a_quotation_with_its_address(name):
    assert re.search(r"https://\S+\.\S+|github\.com/\S+", text(name))
    quoted = {number for line in quotation(name) for number in numbers(line)}
    published = open_experiment(name).published.numbers
    assert published
    assert {claim.text for claim in published} <= quoted


@pytest.mark.parametrize("name", QUOTED)
def test_the_quotation_of_a_row_names_the_model(name):
    """By the last part of its id, or by what its authors call it."""
    model = open_experiment(name).model.id.split("/")[-1].lower()
    known = (
        model,
        model.removesuffix("-doc"),
        model.removeprefix("opensearch-neural-sparse-encoding-"),
    )
    said = text(name).lower()
    assert any(one in said for one in known)


@pytest.mark.parametrize("name", shipped())
def test_the_collection_of_every_experiment_can_be_opened_by_its_name(name):
    collection = open_experiment(name).collection.id
    assert collection in OWN or irds.knows(collection)


@pytest.mark.parametrize(
    ("collection", "documents", "queries"),
    [
        # As the sources count them: Anserini's pages, sentence-transformers' printed evaluations,
        # rasyosef's README (55 thousand and 8.84 million), BEIR's table of its data sets.
        ("msmarco-passage/dev/small", 8_841_823, 6_980),
        ("msmarco-passage/dev/judged", 8_841_823, 55_578),
        ("msmarco-passage/trec-dl-2019/judged", 8_841_823, 43),
        ("msmarco-passage/trec-dl-2020/judged", 8_841_823, 54),
        ("nano-beir/msmarco", 5_043, 50),
        ("nano-beir/quora", 5_046, 50),
        ("nano-beir/nfcorpus", 2_953, 50),
        ("beir/nfcorpus/test", 3_633, 323),
        ("beir/scifact/test", 5_183, 300),
        ("beir/arguana", 8_674, 1_406),
        ("beir/scidocs", 25_657, 1_000),
        ("beir/fiqa/test", 57_638, 648),
    ],
)
def test_a_collection_has_the_size_that_the_sources_say(collection, documents, queries):
    import ir_datasets

    found = ir_datasets.load(collection).metadata()
    assert (found["docs"]["count"], found["queries"]["count"]) == (documents, queries)
    assert collection in {open_experiment(name).collection.id for name in shipped()}


@pytest.mark.parametrize("name", shipped())
def test_every_experiment_scores_as_its_source_does(name):
    experiment = open_experiment(name)
    evaluation, collection = experiment.evaluation, experiment.collection.id
    if collection.startswith("beir/"):
        # BEIR scores with trec_eval's definitions and leaves the query's own document out.
        assert (evaluation.policy, evaluation.ignore_identical_ids) == ("trec", True)
    else:
        assert not evaluation.ignore_identical_ids
    assert evaluation.relevance_level == (2 if "trec-dl" in collection else 1)
    if collection.startswith("nano-beir/"):
        assert evaluation.policy == "st"  # the numbers are those of its evaluators


@pytest.mark.parametrize("name", OPENSEARCH)
def test_a_number_of_opensearch_stands_in_the_row_of_the_model_and_the_column_of_the_set(name):
    head, row = [line for line in quotation(name) if line.startswith("|")]
    experiment = open_experiment(name)
    assert cells(row)[0].strip("[]") == experiment.model.id.split("encoding-")[1]
    assert len(cells(head)) == len(cells(row)) == 15
    found = dict(zip(cells(head), cells(row), strict=True))
    (claim,) = experiment.published.numbers
    assert claim.text == found[COLUMNS[experiment.collection.id]]
    # The whole row is copied right: its mean is the one that is printed.
    values = [float(cell) for cell in cells(row)[2:]]
    assert sum(values) / 13 == pytest.approx(float(found["Average"]), abs=0.0011)


@pytest.mark.parametrize("name", NANO)
def test_what_an_evaluator_printed_stands_under_the_right_key(name):
    printed = dict(
        re.findall(r"^([A-Z]\w+@\d+): ([\d.]+)%?$", "\n".join(quotation(name)), re.MULTILINE)
    )
    said = "\n".join(quotation(name))
    assert len(printed) == 15
    claims = {claim.measure: claim.text for claim in open_experiment(name).published.numbers}
    assert len(claims) == 20
    for measure, number in printed.items():
        assert claims[f"dot_{measure.lower()}"] == number
    for role in ("Query", "Corpus"):
        (found,) = re.findall(
            rf"Model {role} Sparsity: Active Dimensions: ([\d.]+), .*: ([\d.]+)", said
        )
        keys = (f"{role.lower()}_active_dims", f"{role.lower()}_sparsity_ratio")
        assert found == tuple(claims[key] for key in keys)
    assert f"Average FLOPS: {claims['avg_flops']}" in said


@pytest.mark.parametrize("name", NANO)
def test_what_an_evaluator_printed_is_possible(name):
    experiment = open_experiment(name)
    documents = int(re.findall(r"^Corpus: (\d+)$", "\n".join(quotation(name)), re.MULTILINE)[0])
    claims = {claim.measure: claim for claim in experiment.published.numbers}
    fractions = {key: str(claim.number.decimal) for key, claim in claims.items()}
    found = audit(fractions, queries=50, documents=documents, vocab_size=30_522)
    assert [one for one in found.findings if one.verdict == "impossible"] == []
    # And the audit can tell: one query more than there are.
    wrong = audit(fractions | {"dot_accuracy@1": "0.4900"}, queries=50)
    assert wrong.impossible


@pytest.mark.parametrize("name", QUOTED)
def test_the_numbers_of_a_usage_example_round_those_that_are_quoted(name):
    quoted = [Decimal(number) for line in quotation(name) for number in numbers(line)]
    examples = [one for one in open_experiment(name).examples if "commit" in one.source]
    for printed in (text for one in examples for row in one.printed for text in row):
        unit = Decimal(printed)
        assert any(n.quantize(unit, ROUND_HALF_EVEN) == unit for n in quoted), printed


def test_an_example_of_a_router_is_the_sum_of_the_products_that_its_source_prints():
    """The weights of OpenSearch's cards for "What's the weather in ny now?", to four places."""
    idf = {
        "ny": 5.7729,
        "weather": 4.5684,
        "now": 3.5895,
        "?": 3.3313,
        "what": 2.7699,
        "in": 0.4989,
    }
    documents = {
        "doc-v2-distill": {"ny": 1.4109, "weather": 1.4673, "now": 0.7473},
        "doc-v2-mini": {"ny": 1.0251, "weather": 1.1145, "now": 0.5356, "?": 0.2710},
        "doc-v3-distill": {
            "ny": 0.8049,
            "weather": 0.9710,
            "now": 0.4720,
            "?": 0.0286,
            "what": 0.0787,
            "in": 0.0417,
        },
    }
    for kind, weights in documents.items():
        ((printed,),) = open_experiment(f"opensearch-{kind}-nfcorpus").examples[0].similarity
        total = sum(idf[token] * weight for token, weight in weights.items())
        assert float(printed) == pytest.approx(total, abs=0.0008)


def test_experiments_of_one_model_stand_together_and_the_default_first():
    groups = by_model()
    assert groups[0][0].name == shipped()[0]
    assert sorted(one.name for group in groups for one in group) == sorted(shipped())
    for group in groups:
        assert len({(one.model.id, one.model.revision) for one in group}) == 1
    assert len({group[0].model.id for group in groups}) == len(groups)
