"""The architecture as a test: who may import whom, and what stands behind which door."""

import ast
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

from harness.measures.policy import CONVENTIONS

PACKAGE = Path(__file__).parent.parent / "harness"

STAGES = (
    ("errors",),
    ("system",),
    ("assets", "data"),
    ("checkpoint", "collection", "measures", "search", "significance"),
    ("claims", "encoder"),
    ("card", "experiment"),
    ("report",),
    ("comparison", "pipeline"),
    ("why",),
    ("inspection", "reproduction"),
    ("api",),
    ("", "cli"),
    ("__main__",),
)
"""A module or package imports those of earlier rows only: none of later ones and no sibling. ""
is `harness` itself, the face."""

DOORS = {
    "click": ("cli",),
    "filelock": ("encoder.vector_cache",),
    "huggingface_hub": ("report.model_card", "system.hub"),
    "ir_datasets": ("collection.irds",),
    "llvmlite": ("encoder.screen",),
    "numba": ("search.kernels",),
    "packaging": ("checkpoint.model_config",),
    "pandas": ("data.inputs",),
    "platformdirs": ("system.paths",),
    "psutil": ("system.memory",),
    "pyarrow": ("collection.msmarco_pool.hub",),
    "pydantic": ("system.records",),
    "ranx": ("measures.ranx_kernels",),
    "requests": ("assets.download",),
    "safetensors": ("checkpoint.tensors", "encoder.shards"),
    "scipy": ("data.vectors", "significance.distributions"),
    "sentence_transformers": ("encoder.by_sentence_transformers",),
    "tabulate": ("report.tables",),
    "tokenizers": (
        "checkpoint.masked_lm",
        "checkpoint.static_weights",
        "encoder.own_tokens",
        "encoder.tokens",
    ),
    "torch": ("checkpoint.masked_lm", "checkpoint.tensors", "encoder", "why.topk_order"),
    "tqdm": ("system.progress",),
    "transformers": ("checkpoint.masked_lm",),
    "yaml": ("card.front_matter",),
}
"""Where a library is imported: the modules (or the packages with all their modules)."""

FORBIDDEN = {"utils", "helpers", "common", "misc", "manager", "handler", "base", "factory", "core"}


@cache
def trees() -> dict[str, ast.Module]:
    """Each module below `harness` by its dotted name without that ("" for the package itself)."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


@cache
def imports(name: str) -> frozenset[str]:
    """Dotted names that a module imports anywhere, each as deep as it names a module of ours."""
    found = set()
    for node in ast.walk(trees()[name]):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            for alias in node.names:
                deep = f"{node.module}.{alias.name}"
                found.add(deep if ours(deep) in trees() else node.module)
    return frozenset(found)


def ours(dotted: str) -> str:
    return dotted.removeprefix("harness").removeprefix(".")


def own(name: str) -> set[str]:
    return {ours(d) for d in imports(name) if d == "harness" or d.startswith("harness.")}


def top(name: str) -> str:
    return name.partition(".")[0]


def test_the_table_of_stages_names_everything_once():
    named = [name for row in STAGES for name in row]
    assert sorted(named) == sorted({top(name) for name in trees()})


@pytest.mark.parametrize("name", trees())
def test_a_stage_imports_neither_a_later_one_nor_a_sibling(name):
    row = {stage: number for number, stages in enumerate(STAGES) for stage in stages}
    wrong = {
        imported
        for imported in own(name)
        if top(imported) != top(name) and row[top(imported)] >= row[top(name)]
    }
    assert not wrong


def test_no_module_is_in_an_import_cycle():
    try:
        TopologicalSorter({name: own(name) - {name} for name in trees()}).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("name", trees())
def test_a_library_is_imported_behind_its_door_only(name):
    for library in {top(dotted) for dotted in imports(name)} - {"harness", "numpy"}:
        if library in sys.stdlib_module_names:
            continue
        assert library in DOORS, f"{name} imports {library}, which the table of doors lacks"
        doors = DOORS[library]
        assert any(name == door or name.startswith(f"{door}.") for door in doors), library


def test_every_door_is_used():
    used = {library: {n for n in trees() if library in map(top, imports(n))} for library in DOORS}
    for library, doors in DOORS.items():
        for door in doors:
            assert any(n == door or n.startswith(f"{door}.") for n in used[library]), (
                library,
                door,
            )


def test_the_command_line_imports_numpy_nowhere():
    assert not [name for name in trees() if top(name) == "cli" and "numpy" in imports(name)]


def test_no_module_but_its_own_knows_a_policy_by_its_name():
    """A convention's facts are asked for (`policy.convention`), never its name."""
    named = [
        (name, node.lineno, node.value)
        for name, tree in trees().items()
        if name != "measures.policy"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in CONVENTIONS
    ]
    assert not named


def test_no_module_is_called_by_a_name_that_says_nothing():
    parts = [part for name in trees() for part in name.split(".")]
    assert not FORBIDDEN & set(parts)


def public(body: list[ast.stmt], inside: str = "") -> list[tuple[str, ast.AST]]:
    """Functions, classes and their methods without an underscore, with their names."""
    found = []
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            found.append((f"{inside}{node.name}", node))
            if isinstance(node, ast.ClassDef):
                found += public(node.body, f"{node.name}.")
    return found


@pytest.mark.parametrize("name", trees())
def test_everything_public_is_documented(name):
    assert ast.get_docstring(trees()[name]), "the module itself"
    bare = [label for label, node in public(trees()[name].body) if not ast.get_docstring(node)]
    assert not bare


def test_every_error_that_a_function_raises_stands_in_its_docstring():
    """Those it raises by itself; what it passes on is its author's to write down."""
    missing = [
        f"{name}.{label}: {error}"
        for name in trees()
        if top(name) != "cli"
        for label, node in public(trees()[name].body)
        if isinstance(node, ast.FunctionDef) and not node.decorator_list  # no property
        for error in raised(node)
        if error not in (ast.get_docstring(node) or "")
    ]
    assert not missing


def raised(function: ast.FunctionDef) -> set[str]:
    return {
        node.exc.func.id
        for node in ast.walk(function)
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
        and node.exc.func.id in {"InputError", "UnreachableError"}
    }


def test_files_and_functions_stay_short():
    files = [
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if len(path.read_text(encoding="utf-8").splitlines()) > 250
    ]
    functions = [
        f"{name}.{node.name}"
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and statements(node) > 50
    ]
    assert files + functions == []


def statements(function: ast.FunctionDef) -> int:
    """Lines from the first statement after the docstring to the end."""
    first = function.body[1] if ast.get_docstring(function) and function.body[1:] else function
    return function.end_lineno - first.lineno + 1


def test_the_stages_are_as_few_as_can_be():
    """Every row needs the row before it, else the table says more than the code."""
    for earlier, later in pairwise(STAGES):
        reached = {top(imported) for n in trees() if top(n) in later for imported in own(n)}
        assert reached & set(earlier), (earlier, later)


def test_no_two_public_classes_share_a_name():
    """`Result` of a card and `Result` of an evaluation were two things; seven names were."""
    named = [
        node.name
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert sorted({name for name in named if named.count(name) > 1}) == []


def test_at_the_top_stand_packages_and_three_modules():
    assert sorted(path.name for path in PACKAGE.glob("*.py")) == [
        "__init__.py",
        "__main__.py",
        "errors.py",
    ]


def test_no_package_has_the_name_of_what_the_face_offers():
    """`from harness import evaluate` gave a module."""
    import harness

    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    assert not folders & {*harness.__all__}
