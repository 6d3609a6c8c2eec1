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
    code = OPENSEARCH.replace("query =", "asked = ask() #").replace("document =", "answer = f() #")
    card = usage_of(code)
    assert card.usage is None
    (told,) = card.refused
    assert told.startswith(
        "README.md usage example, line 3: similarities are printed, but no texts"
    )
    assert usage_of(code.replace("# Sim", "# sim").replace("tensor([[13.8344]])", "")).refused == ()


def followed(code, output="# tensor([[1.5, 2.5]])"):
    card = usage_of(f"{code}\nprint(scores)\n{output}")
    return card.usage


@pytest.mark.parametrize(
    "code",
    [
        'asked = ["a"]\nfound = ["b", "c"]\nx = m.encode_query(asked)\n'
        "y = m.encode_document(found)\nscores = m.similarity(x, y)",
        'x = m.encode_query("a")\ny = m.encode_document(["b", "c"])\nscores = m.similarity(x, y)',
        'q = "a"\nd1 = "b"\nd2 = "c"\nx = m.encode_query([q])\ny = m.encode_document([d1, d2])\n'
        "scores = m.similarity(x, y)",
        'scores = m.similarity(m.encode_query(["a"]), m.encode_document(["b", "c"]))',
        'text = ["z"]\ntext = ["a"]\nx = m.encode(text)\ntext = ["b", "c"]\ny = m.encode(text)\n'
        "scores = m.similarity(x, y)",
        'sentences = ["a", "b", "c"]\ne = m.encode(sentences)\nscores = m.similarity(e[0], e[1:])',
        'x = m.encode_query(queries=["a"], batch_size=8)\n'
        'y = m.encode_document(["b", "c"], show_progress_bar=False)\nscores = x @ y.T',
        'x = m.encode_query(["a"]).cpu()\ny = m.encode_document(["b", "c"])\n'
        "scores = util.dot_score(x, y)",
        'a: list[str] = ["a"]\nx = m.encode_query(a)\ny = m.encode_document(\n    [\n'
        '        "b",  # first\n        "c",\n    ],\n)\nscores = m.similarity(\n    x,\n    y,\n)',
    ],
)
def test_texts_are_followed_from_the_encode_calls_to_the_similarity(code):
    usage = followed(code)
    assert (usage.queries, usage.documents) == (("a",), ("b", "c"))
    assert usage.similarity == (("1.5", "2.5"),)
    assert not usage.symmetric


@pytest.mark.parametrize(
    ("output", "similarity"),
    [
        ("# tensor([1.5, 2.5])", (("1.5", "2.5"),)),
        ("# [1.5, 2.5]", (("1.5", "2.5"),)),
        ("# tensor([[1.5, 2.5]], device='cuda:0')", (("1.5", "2.5"),)),
        ("# Similarity: tensor([[1.5, 2.5]])", (("1.5", "2.5"),)),
        ("```\n```\ntensor([[1.5, 2.5]])", (("1.5", "2.5"),)),
        ("# [1, 30522] [2, 30522]", ()),
        ("# 2.5", ()),
    ],
)
def test_how_scores_are_printed(output, similarity):
    code = 'x = m.encode_query("a")\ny = m.encode_document(["b", "c"])\nscores = m.similarity(x, y)'
    assert followed(code, output).similarity == similarity


def test_the_scores_of_the_second_similarity_are_not_those_of_the_first():
    code = (
        'a = m.encode_query(["q"])\nb = m.encode_document(["d", "e"])\ns = m.similarity(b, b)\n'
        "print(s.shape)\ns = m.similarity(a, b)\nprint(s)\n# tensor([[1.5, 2.5]])"
    )
    usage = usage_of(code).usage
    assert (usage.queries, usage.documents) == (("q",), ("d", "e"))
    assert usage.similarity == (("1.5", "2.5"),)


@pytest.mark.parametrize(
    "code",
    [
        "x = m.encode_query(load())\ny = m.encode_document(docs)\nscores = m.similarity(x, y)",
        'x = m.encode_query(["a"] + more)\ny = m.encode_document(["b", "c"])\n'
        "scores = m.similarity(x, y)",
        't = ["a"] + more\nx = m.encode_query(t)\ny = m.encode_document(["b", "c"])\n'
        "scores = m.similarity(x, y)",
        "query = load()\nscores = score(query)  # tensor([17.5307], grad_fn=<SumBackward1>)",
    ],
)
def test_an_example_that_cannot_be_followed_is_told(code):
    card = usage_of(f"{code}\n# tensor([[1.5, 2.5]])")
    assert card.usage is None
    assert len(card.refused) == 1
    assert "it is not used" in card.refused[0]


def test_scores_that_no_call_leads_to_are_not_taken_by_names_alone():
    """OpenSearch's second example: a product of its own, printed behind the statement."""
    code = (
        'query = "a"\ndocument = "b"\nfeature = tokenizer([query, document])\n'
        "score = torch.matmul(sparse(query), sparse(document).t())\n"
        "print(score)  # tensor([17.5307], grad_fn=<DivBackward0>)"
    )
    card = usage_of(code)
    assert card.usage.similarity == ()
    assert "not understood" in card.refused[0]


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("acme/toy", "acme/toy"),
        ("sparse_encoder_model_id", ""),
        ("sentence_transformers_model_id", ""),
        ("{MODEL_NAME}", ""),
        ("your-username/toy", ""),
        ("path/to/model", ""),
        ("<model>", ""),
        ("acme/your-model-name", ""),
    ],
)
def test_placeholders_are_no_model_ids(written, named):
    assert usage_of(f'{PAIR}m = SparseEncoder("{written}")').usage.model_id == named


@pytest.mark.parametrize("make", ["splade", "router"])
def test_the_example_that_sentence_transformers_writes(make):
    from tests.support import written_cards

    encoder = getattr(written_cards, make)()
    encoder.model_card_data.generate_widget_examples = True
    text, _ = written_cards.card(encoder, [])
    usage = read_card(text, "R").usage
    assert usage.symmetric
    assert len(usage.queries) == 3
    expected = encoder.similarity(*[encoder.encode(list(usage.queries))] * 2)
    for row, scores in zip(usage.similarity, expected.tolist(), strict=True):
        assert [float(cell) for cell in row] == pytest.approx(scores, abs=5e-5)
