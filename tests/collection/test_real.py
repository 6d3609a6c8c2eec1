"""The real collections, record by record.

The passages are others' work under others' terms, so they are held by length and hash.
"""

from collections import Counter
from hashlib import sha256

import pytest

from harness.collection import Collection, Doc, Query, crowdrag, insuranceqa
from harness.collection.check import Fingerprint, check_collection
from harness.collection.open import open_collection
from harness.data.qrels import Judgement
from harness.errors import InputError

pytestmark = pytest.mark.real


def facts_of(doc: Doc) -> tuple[str, int, str]:
    return doc.doc_id, len(doc.text), sha256(doc.text.encode()).hexdigest()[:16]


def first_tenth_last(records):
    listed = list(records)
    return [listed[0], listed[9], listed[-1]]


@pytest.fixture(scope="module")
def crowdrag_25(asset) -> Collection:
    asset(crowdrag.NAME)
    return open_collection(crowdrag.NAME)


def test_crowdrag_25_documents(crowdrag_25):
    assert [facts_of(doc) for doc in first_tenth_last(crowdrag_25.corpus)] == [
        ("msmarco_v2.1_doc_46_999737599#2_2166757967", 1079, "46ff36c427d1e139"),
        ("msmarco_v2.1_doc_54_188676315#5_439930424", 1366, "600dc8aade0c69b5"),
        ("msmarco_v2.1_doc_15_1740851616#4_3471117014", 1215, "11de8d423438b17d"),
    ]


def test_crowdrag_25_queries_and_their_typing_errors(crowdrag_25):
    assert first_tenth_last(crowdrag_25.queries) == [
        Query("2024-105741", "is it dangerous to have wbc over 15,000 without treatment?"),
        Query("2024-126326", "what actions shoudl college studetns take to protect themselves"),
        Query("2024-96485", "how would advance electronics course impact students"),
    ]


def test_crowdrag_25_judgements(crowdrag_25):
    judged = crowdrag_25.qrels.by_query
    grades = Counter(j.grade for judgements in judged.values() for j in judgements)
    assert grades == {1: 2050, 2: 1028, 3: 521}
    assert judged["2024-105741"][:2] == (
        Judgement("msmarco_v2.1_doc_11_1429319552#2_3022858430", 3),
        Judgement("msmarco_v2.1_doc_01_1298824283#1_1729365656", 1),
    )
    assert round(sum(grades.values()) / len(judged), 2) == 11.96


def test_crowdrag_25_as_a_whole(crowdrag_25):
    checked = check_collection(crowdrag_25)
    assert checked.fingerprint == Fingerprint(
        documents=6011,
        queries=301,
        judgements=3599,
        relevant=3599,
        sha256="750b4f3d6fb74947319c78077fcbf104b24a376442b90702d1377afe3507a31d",
    )
    assert checked.collection.facts == crowdrag_25.facts  # nothing odd was found
    assert "non-commercial" in checked.collection.notice


def test_crowdrag_25_of_other_data_is_refused(asset, monkeypatch):
    asset(crowdrag.NAME)
    whole = crowdrag.from_answers
    monkeypatch.setattr(crowdrag, "from_answers", lambda answers: whole(list(answers)[:-6]))
    with pytest.raises(InputError, match=r"should have .*'questions': 301.* and has .*300"):
        crowdrag.load()


@pytest.mark.parametrize(
    ("split", "queries", "judgements"),
    [
        (
            "test",
            [
                "What Happens When Term Life Insurance Is Paid Up?",
                "How To Submit A Renters Insurance Claim?",
                "How Can I Get Auto Insurance With A Suspended License?",
            ],
            3308,
        ),
        (
            "valid",
            [
                "Does Medicare Pick Up Co Pays?",
                "Is Universal Life Insurance A Good Idea?",
                "Can Home Insurance Companies Deny Coverage?",
            ],
            3354,
        ),
    ],
)
def test_insuranceqa(asset, split, queries, judgements):
    asset("insuranceqa")
    collection = insuranceqa.load(split)
    documents = list(collection.corpus)
    assert [facts_of(doc) for doc in first_tenth_last(documents)] == [
        ("1", 1131, "be0474478d586fc6"),
        ("10", 534, "e1572dff268cc16d"),
        ("27413", 748, "a9b76e55eff6b5cb"),
    ]
    assert first_tenth_last(collection.queries) == [
        Query(query_id, text.replace(" ", "  "))
        for query_id, text in zip(("0", "9", "1999"), queries, strict=True)
    ]
    assert all(doc.text.startswith(" ") for doc in documents)
    assert all("  " in query.text for query in collection.queries)
    found = check_collection(collection).fingerprint
    assert (found.documents, found.queries, found.judgements) == (27_413, 2_000, judgements)
    assert found.relevant == judgements


def test_insuranceqa_judgements(asset):
    asset("insuranceqa")
    judged = insuranceqa.load("test").qrels.by_query
    assert [j.doc_id for j in judged["0"]] == ["16164", "99", "26337"]
    assert {j.grade for judgements in judged.values() for j in judgements} == {1}


def test_insuranceqa_of_other_data_is_refused(asset, monkeypatch):
    asset("insuranceqa")
    whole = insuranceqa._read
    monkeypatch.setattr(insuranceqa, "_read", lambda path: dict(list(whole(path).items())[1:]))
    with pytest.raises(
        InputError, match=r"should have \(27413, 2000, 3308\).* and has \(27412, 1999"
    ):
        insuranceqa.load("test")
