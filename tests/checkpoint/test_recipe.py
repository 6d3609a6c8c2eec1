"""How a checkpoint wants to be run, from files as sentence-transformers has written them."""

import json

import pytest

from harness.checkpoint.files import read_object
from harness.checkpoint.recipe import LAYOUTS, Recipe, Route, Routes, read_routes
from harness.errors import InputError

OURS = "sentence_transformers.sparse_encoder.models"


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.name == MODEL and isinstance(content, dict):
        content = {"model_type": "SparseEncoder"} | content
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    if path.name == "modules.json" and not (path.parent / MODEL).exists():
        write(path.parent / MODEL, {})


def modules(*types, paths=("", "1_SpladePooling")):
    return [
        {"idx": n, "name": str(n), "path": path, "type": kind}
        for n, (kind, path) in enumerate(zip(types, paths, strict=False))
    ]


def read_recipe(folder):
    """The recipe and the transformer of a model that treats both roles alike."""
    routes = read_routes(folder)
    assert routes.query == routes.document
    assert (routes.document.weighting, routes.similarity) == (None, "dot")
    return routes.document[:2]


@pytest.fixture
def folder(tmp_path):
    """The least that sentence-transformers writes."""
    names = (f"{OURS}.MLMTransformer.MLMTransformer", f"{OURS}.SpladePooling.SpladePooling")
    write(tmp_path / "modules.json", modules(*names))
    write(tmp_path / "1_SpladePooling" / "config.json", {"pooling_strategy": "max"})
    return tmp_path


def test_a_bare_model_is_run_with_max_pooling(tmp_path):
    assert read_recipe(tmp_path) == (Recipe("bare", None, "max", "relu", "", "", None), tmp_path)


def test_the_least_sentence_transformers_layout(folder):
    assert read_recipe(folder) == (Recipe("sentence-transformers"), folder)


def test_everything_that_the_files_say(folder):
    write(
        folder / "1_SpladePooling" / "config.json",
        {"pooling_strategy": "sum", "activation_function": "log1p_relu", "word_dimension": 30522},
    )
    write(folder / "sentence_bert_config.json", {"max_seq_length": 256, "do_lower_case": True})
    write(
        folder / "config_sentence_transformers.json",
        {
            "prompts": {"query": "q: ", "document": "d: ", "passage": "never used: "},
            "default_prompt_name": "passage",
            "max_active_dims": 64,
            "similarity_fn_name": "dot",
        },
    )
    assert read_recipe(folder)[0] == Recipe(
        "sentence-transformers", 256, "sum", "log1p_relu", "q: ", "d: ", 64, lowercase=True
    )


@pytest.mark.parametrize("name", ["sentence_bert_config.json", "sentence_distilbert_config.json"])
def test_older_names_of_the_transformer_config(folder, name):
    write(folder / name, {"max_seq_length": 128})
    assert read_recipe(folder)[0].max_length == 128


@pytest.mark.parametrize("key", ["processor_kwargs", "tokenizer_args"])
def test_a_length_that_is_given_to_the_tokenizer_wins(folder, key):
    write(
        folder / "sentence_bert_config.json",
        {"max_seq_length": 128, key: {"model_max_length": 32}},
    )
    assert read_recipe(folder)[0].max_length == 32


def test_a_transformer_in_a_folder_of_its_own(folder):
    names = ("sentence_transformers.models.Transformer", f"{OURS}.SpladePooling")
    write(folder / "modules.json", modules(*names, paths=("0_Transformer", "1_SpladePooling")))
    config = {"max_seq_length": 64, "transformer_task": "fill-mask"}
    write(folder / "0_Transformer" / "sentence_bert_config.json", config)
    recipe, transformer = read_recipe(folder)
    assert (recipe.max_length, transformer) == (64, folder / "0_Transformer")


@pytest.mark.parametrize(
    "names",
    [
        ("x.MLMTransformer", "x.SpladePooling", "x.Normalize", "x.Normalize"),
        ("x.MLMTransformer", "x.SpladePooling", "x.Dense"),
        ("x.Normalize", "x.MLMTransformer", "x.SpladePooling"),
        ("x.Transformer", "x.CSRSparsity"),
        ("x.Transformer", "x.SparseAutoEncoder"),
        ("x.MLMTransformer", "x.MLMTransformer", "x.SpladePooling"),
        ("x.Transformer", "x.Pooling"),
        ("x.SpladePooling", "x.MLMTransformer"),
        (),
    ],
)
def test_other_modules_are_refused_by_name(folder, names):
    own = (name.replace("x.", f"{OURS}.") for name in names)
    write(folder / "modules.json", modules(*own, paths=("", "1", "2", "3")))
    with pytest.raises(InputError, match="not supported") as caught:
        read_recipe(folder)
    for name in names:
        assert name.rpartition(".")[2] in str(caught.value)


MODEL, TRANSFORMER = "config_sentence_transformers.json", "sentence_bert_config.json"
POOLING = "1_SpladePooling/config.json"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("modules.json", "[{", "not readable JSON"),
        ("modules.json", {"0": "x"}, "expected a list"),
        ("modules.json", ["x"], "expected a list"),
        (POOLING, {"pooling_strategy": "mean"}, "'mean'"),
        (POOLING, {"activation_function": "gelu"}, "'gelu'"),
        (POOLING, [], "expected an object"),
        (TRANSFORMER, {"transformer_task": "feature-extraction"}, "fill-mask"),
        (TRANSFORMER, {"max_seq_length": "512"}, "'512'"),
        (TRANSFORMER, {"max_seq_length": 2}, "max_seq_length is 2"),
        (TRANSFORMER, {"max_seq_length": True}, "True"),
        (TRANSFORMER, {"processor_kwargs": ["model_max_length"]}, "tokenizer"),
        (TRANSFORMER, "", "not readable JSON"),
        (MODEL, {"similarity_fn_name": "euclidean"}, "'euclidean'"),
        (MODEL, {"model_type": "SentenceTransformer"}, "SparseEncoder"),
        (MODEL, {"max_active_dims": True}, "True"),
        (POOLING, {"temperature": 2}, "'temperature'"),
        (MODEL, {"max_active_dims": 0}, "max_active_dims is 0"),
        (MODEL, {"max_active_dims": 1.5}, "1.5"),
        (MODEL, {"prompts": ["query: "]}, "prompts"),
        (MODEL, {"prompts": {"query": 3}}, "prompts"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_file(folder, name, content, said):
    write(folder / name, content)
    with pytest.raises(InputError) as caught:
        read_recipe(folder)
    assert said in str(caught.value)
    assert str(folder / name) in str(caught.value)


def test_a_pooling_that_is_not_there(folder):
    (folder / POOLING).unlink()
    with pytest.raises(InputError, match="is missing"):
        read_recipe(folder)


@pytest.mark.parametrize("content", [None, {}, {"prompts": {}}, {"model_type": None}])
def test_a_model_of_no_type_is_none_of_ours(folder, content):
    """sentence-transformers would put random weights behind it."""
    (folder / MODEL).unlink()
    if content is not None:
        (folder / MODEL).write_text(json.dumps(content))
    with pytest.raises(InputError, match="no model_type says that the model is a SparseEncoder"):
        read_routes(folder)


@pytest.mark.parametrize("path", ["../elsewhere", "/etc"])
def test_a_module_outside_of_the_folder_is_refused(folder, path):
    write(
        folder / "modules.json",
        modules(f"{OURS}.MLMTransformer", f"{OURS}.SpladePooling", paths=(path, "1_SpladePooling")),
    )
    with pytest.raises(InputError, match="leads out of the folder"):
        read_recipe(folder)


def test_no_folder(tmp_path):
    with pytest.raises(InputError, match="is not a folder"):
        read_recipe(tmp_path / "nothing")


def test_a_kind_of_model_is_one_row(folder, monkeypatch):
    """A newcomer's walk: a pooling module of another name, read by one function, is a kind."""
    write(folder / "pool" / "settings.json", {"how": "add up"})
    names = (f"{OURS}.MLMTransformer", f"{OURS}.OtherPooling")
    write(folder / "modules.json", modules(*names, paths=("", "pool")))

    def other(modules, role):
        how = read_object(modules[1] / "settings.json")["how"]
        return Route(Recipe(pooling="sum" if how == "add up" else "max"), modules[0])

    with pytest.raises(InputError, match=r"MLMTransformer \+ OtherPooling are not supported"):
        read_routes(folder)
    monkeypatch.setitem(LAYOUTS, ("MLMTransformer", "OtherPooling"), other)
    assert read_recipe(folder) == (Recipe("sentence-transformers", pooling="sum"), folder)


def test_lengths_by_role(folder):
    write(
        folder / TRANSFORMER,
        {"max_seq_length": 100, "query_length": 32, "processor_kwargs": {"model_max_length": 90}},
    )
    query, document, _ = read_routes(folder)
    assert (query.recipe.max_length, document.recipe.max_length) == (32, 90)


def test_what_follows_the_pooling(folder):
    names = ("MLMTransformer", "SpladePooling", "SparseStaticEmbedding", "Normalize")
    own = (f"{OURS}.{name}" for name in names)
    write(folder / "modules.json", modules(*own, paths=("", "1_SpladePooling", "2", "3")))
    write(folder / MODEL, {"similarity_fn_name": "cosine"})
    recipe = Recipe("sentence-transformers", steps=("static weights", "normalize"))
    route = Route(recipe, folder, folder / "2")
    assert read_routes(folder) == Routes(route, route, "cosine")


def test_static_weights_alone_are_a_kind(folder):
    names = (f"{OURS}.SparseStaticEmbedding",)
    write(folder / "modules.json", modules(*names, paths=("table",)))
    route = Route(Recipe("sentence-transformers", kind="static"), folder / "table")
    assert read_routes(folder) == Routes(route, route, "dot")


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (("SparseStaticEmbedding", "SparseStaticEmbedding"), "static weights behind static"),
        (("SparseStaticEmbedding", "SpladePooling"), "are not supported"),
    ],
)
def test_static_weights_in_a_place_where_they_are_not_evaluated(folder, then, said):
    write(folder / "modules.json", modules(*(f"{OURS}.{n}" for n in then), paths=("1", "2")))
    with pytest.raises(InputError, match=said):
        read_routes(folder)
