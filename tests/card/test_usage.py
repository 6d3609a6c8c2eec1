"""The usage example: texts found without running anything, scores that fit them or none."""

import pytest

from harness.card.read import read_card
from harness.card.usage import literal_texts
from tests.support import CARDS

PAIR = 'queries = ["a"]\ndocuments = ["b", "c"]\n'


def usage_of(code, info="python"):
    return read_card(f"# Toy\n```{info}\n{code}\n```\n", "README.md")


def test_queries_and_documents_with_their_scores():
    usage = read_card((CARDS / "lost-indentation.md").read_text(encoding="utf-8"), "R").usage
    assert usage.queries == ("when does the ferry leave",)
    assert usage.documents[0].endswith("rung twice [once in fog].")
    assert usage.documents[1] == 'A ferry carries people and "rolling freight" across water.'
    assert usage.similarity == (("22.4364", "22.7160", "21.7330"),)
    assert usage.shapes == ((1, 30522), (3, 30522))
    assert usage.calls == (
        "encode_query(queries)",
        "encode_document(documents)",
        "similarity(query_embeddings, document_embeddings)",
    )
    assert usage.model_id == "example/harbour-mini-distil"
    assert not usage.symmetric


def test_sentences_against_themselves_over_several_lines():
    usage = read_card((CARDS / "percent-table.md").read_text(encoding="utf-8"), "R").usage
    assert usage.symmetric
    assert usage.queries == usage.documents
    assert usage.similarity == (
        ("39.7253", "7.1662", "0.0000"),
        ("7.1662", "27.0255", "0.1385"),
        ("0.0000", "0.1385", "26.3539"),
    )
    assert usage.shapes == ((3, 30522),)


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ('["a", "b"]', ("a", "b")),
        ("['it''s', \"]\"]", ("its", "]")),
        ('["""a\n"b" ]""", # a comment ]\n "c",]', ('a\n"b" ]', "c")),
        ('["a" "b"] + x', ("ab",)),
        ('"one"\nprint(', ("one",)),
        ("['\\u00e9\\n']", ("é\n",)),
        ("[]", None),
        ("[1]", None),
        ("[['a']]", None),
        ("['a'", None),
        ("[f'{a}']", None),
        ("['a' + 'b']", None),
        ("[open('x')]", None),
        ("['\\ud800']", None),
        ("['\\N{no such}']", None),
        ("]", None),
        ("", None),
    ],
)
def test_only_plain_lists_of_texts_are_read(code, texts):
    assert literal_texts(code) == texts


@pytest.mark.parametrize(
    ("output", "similarity", "says"),
    [
        ("# tensor([[1.5, -0.25]])", (("1.5", "-0.25"),), ""),
        ("# tensor([[1.5, 2.]], device='cuda:0')", (("1.5", "2."),), ""),
        ("# [[1.5 2.5]]", (("1.5", "2.5"),), ""),
        ("# tensor([[1.50e+01, 2]])", (("1.50e+01", "2"),), ""),
        ("# tensor([[1.5]])", (), "not 1 rows of 2"),
        ("# tensor([[1.5, 2.5], [1, 2]])", (), "not 1 rows of 2"),
        ("# tensor([[1.5, ...]])", (), "not all numbers"),
        ("# tensor([[1.5, nan]])", (), "not all numbers"),
        ("# tensor([[1.5, 2.5", (), "never end"),
        ("print(scores)", (), ""),
    ],
)
def test_scores_fit_the_texts_or_are_refused(output, similarity, says):
    card = usage_of(PAIR + output)
    assert card.usage.similarity == similarity
    assert [says in sentence for sentence in card.refused] == ([True] if says else [])


def test_code_that_does_not_parse_around_the_lists():
    card = usage_of("for x in:\n" + PAIR + "%%time\n# tensor([[1, 2]])")
    assert card.usage.similarity == (("1", "2"),)


def test_an_example_with_scores_goes_before_one_without():
    card = read_card(f"```python\n{PAIR}```\n```py\n{PAIR}# tensor([[1, 2]])\n```\n", "R")
    assert card.usage.similarity == (("1", "2"),)


def test_other_languages_are_no_examples():
    assert usage_of(PAIR, info="bash").usage is None


OPENSEARCH = """
model = SparseEncoder("example/harbour-doc")

query = "When is the ferry?"
document = "The ferry leaves at noon."

query_embed = model.encode_query(query)
document_embed = model.encode_document(document)

sim = model.similarity(query_embed, document_embed)
print(f"Similarity: {sim}")
# Similarity: tensor([[13.8344]])
"""


@pytest.mark.parametrize("name", ["document", "doc", "passage"])
def test_one_text_to_a_side_as_opensearch_writes_it(name):
    """The cards of OpenSearch lost their example without a word."""
    usage = usage_of(OPENSEARCH.replace("document =", f"{name} =")).usage
    assert (usage.queries, usage.documents) == (
        ("When is the ferry?",),
        ("The ferry leaves at noon.",),
    )
    assert usage.similarity == (("13.8344",),)
    assert usage.model_id == "example/harbour-doc"


def test_an_example_whose_texts_are_not_found_is_told():
    code = OPENSEARCH.replace("query =", "asked =").replace("document =", "answer =")
    card = usage_of(code)
    assert card.usage is None
    (told,) = card.refused
    assert told.startswith(
        "README.md usage example, line 3: similarities are printed, but no texts"
    )
    assert usage_of(code.replace("# Sim", "# sim").replace("tensor([[13.8344]])", "")).refused == ()
