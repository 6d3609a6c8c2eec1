"""The table of facts of known sets, against published counts and against ir_datasets itself."""

import pytest

from harness.collection import irds
from harness.collection.known_sets import facts_of, known_sets
from harness.collection.printed_names import NANO, collection_of
from harness.collection.sources import OWN


@pytest.mark.parametrize(
    ("collection", "queries", "documents", "per_query"),
    [
        # Table 1 of the BEIR paper (Thakur et al. 2021): queries, documents, relevant per query.
        ("beir/msmarco/dev", 6_980, 8_841_823, 1.1),
        ("beir/trec-covid", 50, 171_332, 493.5),
        ("beir/nfcorpus/test", 323, 3_633, 38.2),
        ("beir/nq", 3_452, 2_681_468, 1.2),
        ("beir/hotpotqa/test", 7_405, 5_233_329, 2.0),
        ("beir/fiqa/test", 648, 57_638, 2.6),
        ("beir/arguana", 1_406, 8_674, 1.0),
        ("beir/dbpedia-entity/test", 400, 4_635_922, 38.2),
        ("beir/scidocs", 1_000, 25_657, 4.9),
        ("beir/fever/test", 6_666, 5_416_568, 1.2),
        ("beir/climate-fever", 1_535, 5_416_593, 3.0),
        ("beir/scifact/test", 300, 5_183, 1.1),
        # The facts of this project.
        ("msmarco-passage/dev/judged", 55_578, 8_841_823, 1.1),
        ("nano-beir/msmarco", 50, 5_043, 1.0),
    ],
)
def test_the_facts_are_the_published_ones(collection, queries, documents, per_query):
    known = facts_of(collection)
    assert (known.queries, known.documents) == (queries, documents)
    assert round(known.mean_relevant, 1) == per_query


def test_the_pool_has_the_counts_that_rebuilding_it_gives():
    pool = facts_of("msmarco-pool/hub")
    assert (pool.queries, pool.documents, pool.relevant) == (5_000, 49_036, None)


def test_every_id_of_the_table_can_be_opened():
    asked = {name for one in known_sets() for name in one.ids}
    assert len(asked) > 300
    assert [name for name in asked if name not in OWN and not irds.knows(name)] == []


def test_the_table_has_mtebs_names_beside_the_ids():
    (nano,) = [one for one in known_sets() if "NanoNQRetrieval:train" in one.tasks]
    assert nano.ids == ("nano-beir/nq",)
    # 57 judgements of 50 queries, two at most for one: seven have two.
    assert nano.histogram == {1: 43, 2: 7}


@pytest.mark.parametrize(
    ("collection", "histogram"),
    [
        ("nano-beir/msmarco", {1: 50}),
        ("nano-beir/hotpotqa", {2: 50}),
        ("nano-beir/fever", None),  # 57, three at most: several histograms
        ("msmarco-pool/hub", None),
    ],
)
def test_a_histogram_is_told_only_where_the_facts_leave_no_choice(collection, histogram):
    assert facts_of(collection).histogram == histogram


def test_no_set_has_more_judgements_than_its_bound_for_one_query_allows():
    for one in known_sets():
        if one.relevant is not None and one.most is not None:
            assert one.relevant <= one.most * one.queries


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("NanoMSMARCO", "nano-beir/msmarco"),
        ("NanoMSMARCO_16", "nano-beir/msmarco"),
        ("NanoClimateFEVER", "nano-beir/climate-fever"),
        ("NanoDBPedia", "nano-beir/dbpedia-entity"),
        ("NanoFiQA2018", "nano-beir/fiqa"),
        ("NanoQuoraRetrieval", "nano-beir/quora"),
        ("NanoTouche2020", "nano-beir/webis-touche2020"),
        ("NanoSciFactRetrieval", "nano-beir/scifact"),
        ("MSMARCO", "msmarco-passage/dev/small"),
        ("msmarco dev", "msmarco-passage/dev/small"),
        ("MTEB MSMARCO", "msmarco-passage/dev/small"),
        ("msmarco-passage/dev/judged", "msmarco-passage/dev/judged"),
        ("NQ", "beir/nq"),
        ("TRECCOVID", "beir/trec-covid"),
        ("trec-covid", "beir/trec-covid"),
        ("BeIR/nfcorpus", "beir/nfcorpus/test"),
        ("mteb/nfcorpus", "beir/nfcorpus/test"),
        ("MTEB FiQA2018", "beir/fiqa/test"),
        ("QuoraRetrieval", "beir/quora/test"),
        ("DBPedia", "beir/dbpedia-entity/test"),
        ("Touche2020", "beir/webis-touche2020/v2"),
        ("CQADupstackAndroidRetrieval", "beir/cqadupstack/android"),
        ("cqadupstack/android", "beir/cqadupstack/android"),
        ("TREC DL 19", "msmarco-passage/trec-dl-2019/judged"),
        ("trec-dl-2020", "msmarco-passage/trec-dl-2020/judged"),
        ("DL21", "msmarco-passage-v2/trec-dl-2021/judged"),
        ("insuranceqa", "insuranceqa"),
    ],
)
def test_names_that_cards_print_lead_to_collections(name, first):
    meant = collection_of(name)
    assert meant[0].ids == (first,)
    for one in meant:
        assert all(i in OWN or irds.knows(i) for i in one.ids)


def test_a_split_of_the_card_chooses():
    assert collection_of("nfcorpus", "dev")[0].ids == ("beir/nfcorpus/dev",)
    assert collection_of("MSMARCO", "test")[0].ids == ("beir/msmarco/test",)
    assert collection_of("scidocs", "train") == ()


def test_ms_marco_is_several_sets_and_all_are_said():
    said = [one.ids[0] for one in collection_of("MSMARCO", "dev")]
    assert said == ["msmarco-passage/dev/small", "msmarco-passage/dev/judged", "msmarco-pool/hub"]
    assert "6,980" in collection_of("MSMARCO")[0].why


def test_a_mean_over_sets_has_all_their_ids():
    (mean,) = collection_of("NanoBEIR_mean")
    assert mean.ids == tuple(f"nano-beir/{one}" for one in NANO)
    assert len(collection_of("CQADupstackRetrieval")[0].ids) == 12


def test_the_names_are_those_that_sentence_transformers_prints():
    from sentence_transformers.sentence_transformer.evaluation import nano_beir

    for short in nano_beir.DATASET_NAME_TO_HUMAN_READABLE.values():
        (meant,) = collection_of(f"Nano{short}")
        assert meant.ids[0].startswith("nano-beir/")


@pytest.mark.parametrize(
    "name",
    ["", "Unknown", "my eval set", "NanoMSMARCO-ja", "alphaedge-ai/NanoBEIR-clean", "x" * 10_000],
)
def test_a_name_that_says_nothing_leads_nowhere(name):
    assert collection_of(name) == ()
