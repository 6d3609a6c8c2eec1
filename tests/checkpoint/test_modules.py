"""Routers as sentence-transformers writes and has written them: the way of each role."""

import json

import pytest

from harness.checkpoint.modules import Module, all_modules, modules_of, read_modules
from harness.errors import InputError

OWN = "sentence_transformers.base.modules.router"


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def router(folder, structure, name="router_config.json", path="", then=(), kind="Router", **given):
    """A model whose first module is a Router; each id is its class and a number, `MLM_1`."""
    ids = dict.fromkeys(one for ids in structure.values() for one in ids)
    types = {one: f"{OWN}.{one.partition('_')[0] or 'Transformer'}" for one in ids}
    write(folder / path / name, {"types": types, "structure": structure, "parameters": given})
    first = {"idx": 0, "name": "0", "path": path, "type": f"{OWN}.{kind}"}
    others = [{"path": one, "type": f"{OWN}.{one}"} for one in then]
    write(folder / "modules.json", [first, *others])
    return folder


def ways(folder):
    return [[module.name for module in modules_of(folder, role)] for role in ("query", "document")]


def test_a_route_for_each_role(tmp_path):
    router(tmp_path, {"query": ["Static_1"], "document": ["MLM_1", "Pooling_2"]})
    assert ways(tmp_path) == [["Static"], ["MLM", "Pooling"]]
    assert modules_of(tmp_path, "query") == [Module("Static", tmp_path / "Static_1")]
    assert {module.name for module in all_modules(tmp_path)} == {
        "Router", "Static", "MLM", "Pooling",
    }  # fmt: skip


def test_the_modules_behind_a_router_are_in_both_ways(tmp_path):
    router(tmp_path, {"query": ["Static_1"], "document": ["MLM_1"]}, then=("Normalize",))
    assert ways(tmp_path) == [["Static", "Normalize"], ["MLM", "Normalize"]]


def test_the_empty_id_is_the_router_s_own_folder(tmp_path):
    router(tmp_path, {"query": ["Static_1"], "document": ["", "Pooling_2"]}, path="0_Router")
    assert modules_of(tmp_path, "document") == [
        Module("Transformer", tmp_path / "0_Router"),
        Module("Pooling", tmp_path / "0_Router" / "Pooling_2"),
    ]


def test_the_old_names_of_router_and_file(tmp_path):
    router(tmp_path, {"query": ["A_1"], "document": ["B_1"]}, name="config.json", kind="Asym")
    assert ways(tmp_path) == [["A"], ["B"]]


@pytest.mark.parametrize(
    ("mappings", "expected"),
    [
        ({"('query', 'text')": "b"}, [["B"], ["D"]]),
        ({"('query', None)": "b", "('query', 'text')": "a"}, [["A"], ["D"]]),
        ({"(None, 'text')": "b"}, [["B"], ["B"]]),
        ({"(None, None)": "b", "('document', None)": "a"}, [["B"], ["A"]]),
        ({"(None, 'image')": "b"}, [["Q"], ["D"]]),
        ({"(None, ('image', 'text'))": "b"}, [["Q"], ["D"]]),
    ],
)
def test_a_mapping_goes_before_the_names(tmp_path, mappings, expected):
    structure = {"a": ["A_1"], "b": ["B_1"], "query": ["Q_1"], "document": ["D_1"]}
    router(tmp_path, structure, route_mappings=mappings)
    assert ways(tmp_path) == expected


def test_a_route_by_modality_serves_both_roles(tmp_path):
    router(tmp_path, {"text": ["A_1"], "image": ["B_1"]})
    assert ways(tmp_path) == [["A"], ["A"]]


def test_a_default_route_is_not_for_texts_of_a_role(tmp_path):
    router(tmp_path, {"document": ["A_1"]}, default_route="document")
    assert [m.name for m in modules_of(tmp_path, "document")] == ["A"]
    with pytest.raises(InputError, match="no route for a query; it has document"):
        modules_of(tmp_path, "query")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"route_mappings": {"query": "query"}}, "no \\(task, modality\\)"),
        ({"route_mappings": {"__import__('os')": "query"}}, "no \\(task, modality\\)"),
        ({"route_mappings": {"(None, None)": "nowhere"}}, "no route 'nowhere'"),
        ({"route_mappings": ["x"]}, "route_mappings must be an object"),
        ({"default_route": "nowhere"}, "no route 'nowhere'"),
        ({"temperature": 2}, "'temperature' is not known"),
    ],
)
def test_parameters_that_make_no_sense(tmp_path, change, said):
    router(tmp_path, {"query": ["A_1"], "document": ["B_1"]}, **change)
    with pytest.raises(InputError, match=said):
        modules_of(tmp_path, "query")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "expected an object"),
        ({"types": {}, "structure": {"query": ["A"]}}, "has no type"),
        ({"types": {}, "structure": {"query": []}}, "list of modules"),
        ({"types": {}, "structure": {"query": "A"}}, "list of modules"),
        ({"types": {}, "structure": ["query"]}, "structure must be an object"),
        ({"types": {"../x": f"{OWN}.A"}, "structure": {"query": ["../x"]}}, "leads out"),
        ({"types": {"/etc": f"{OWN}.A"}, "structure": {"query": ["/etc"]}}, "leads out"),
        ({"types": {"A": "mine.A"}, "structure": {"query": ["A"]}}, "never run here"),
        ({"types": {"A": 3}, "structure": {"query": ["A"]}}, "never run here"),
    ],
)
def test_a_router_that_makes_no_sense(tmp_path, content, said):
    write(tmp_path / "modules.json", [{"path": "", "type": f"{OWN}.Router"}])
    write(tmp_path / "router_config.json", content)
    with pytest.raises(InputError, match=said):
        modules_of(tmp_path, "query")


def test_routers_that_stand_in_each_other_end(tmp_path):
    content = {"types": {"": f"{OWN}.Router"}, "structure": {"query": [""], "document": [""]}}
    write(tmp_path / "modules.json", [{"path": "", "type": f"{OWN}.Router"}])
    write(tmp_path / "router_config.json", content)
    with pytest.raises(InputError, match="too deep"):
        modules_of(tmp_path, "query")


@pytest.mark.parametrize("kind", ["mine.SpladePooling", "custom_st.Transformer", "", None, 3])
def test_a_class_of_the_model_s_own_is_refused(tmp_path, kind):
    write(tmp_path / "modules.json", [{"path": "", "type": kind}])
    with pytest.raises(InputError, match="own Python code, which is never run here"):
        read_modules(tmp_path)
