"""Records in files: kinds are checked, keys are told, and what is read is what was written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import InputError
from harness.experiment.result import Result
from harness.experiment.spec import Experiment
from harness.system.records import CLOSED, StandsAs, plain, read


def fraction(text):
    above, _, below = text.partition("/")
    if not below.isdigit() or below == "0":
        raise InputError(f"{text!r} is no fraction.")
    return Fraction(int(above), int(below))


def renamed(name):
    return {"colour": "color"}.get(name, name)


@dataclass(frozen=True)
class Leaf:
    __pydantic_config__ = CLOSED | {"alias_generator": renamed}

    shape: Literal["round", "long"] = "round"
    share: Annotated[Fraction, StandsAs(str, fraction, str)] = Fraction(1, 2)
    colour: str | None = None


@dataclass(frozen=True, kw_only=True)
class Tree:
    __pydantic_config__ = CLOSED

    name: str
    height: float = 1.0
    rings: int = 1
    old: bool = False
    leaves: tuple[Leaf, ...] = ()
    first: Leaf | None = None
    sizes: Mapping[str, float] = field(default_factory=dict)
    rows: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self):
        if self.rings < 0:
            raise InputError(f"a tree has no {self.rings} rings.")


def test_a_record_has_the_kinds_of_its_annotations():
    found = read(
        Tree,
        {
            "name": "oak",
            "height": 3,
            "leaves": [{"share": "1/3"}, {"shape": "long", "color": "red"}],
            "sizes": {"a@b": 0.1},
            "rows": [["x"], []],
        },
    )
    assert found == Tree(
        name="oak",
        height=3.0,
        leaves=(Leaf(share=Fraction(1, 3)), Leaf("long", colour="red")),
        sizes={"a@b": 0.1},
        rows=(("x",), ()),
    )
    assert type(found.height) is float


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"nmae": 1}, "the key 'nmae' is unknown; did you mean 'name'?"),
        ({"zzz": 1}, "the key 'zzz' is unknown; known are name, height, rings, old, leaves, "),
        (
            {"leaves": [{}, {"colour": "x"}]},
            "'colour' in [leaves] is unknown; did you mean 'color'",
        ),
        ({"first": {"sahpe": 1}}, "the key 'sahpe' in [first] is unknown; did you mean 'shape'?"),
        ({"name": None}, "the key 'name' is null; text in quotes is needed."),
        ({"height": "3"}, "the key 'height' is \"3\"; a number is needed."),
        ({"height": True}, "the key 'height' is true; a number is needed."),
        ({"height": float("nan")}, "the key 'height' is NaN; a finite number is needed."),
        ({"height": 10**400}, "number is needed."),
        ({"rings": 1.0}, "the key 'rings' is 1.0; a whole number is needed."),
        ({"rings": -1}, "a tree has no -1 rings."),
        ({"old": 0}, "the key 'old' is 0; true or false is needed."),
        ({"leaves": {}}, "the key 'leaves' is {}; a list (tables, each under [[leaves]]) is"),
        ({"leaves": [[]]}, "the key 'leaves[0]' is []; a table of keys (each under [[leaves]])"),
        ({"leaves": [{"shape": "sad"}]}, "'leaves[0].shape' is \"sad\"; one of 'round' or 'long'"),
        ({"leaves": [{"share": "1/0"}]}, "leaves[0].share: '1/0' is no fraction."),
        ({"leaves": [{"share": 0.5}]}, "'leaves[0].share' is 0.5; text in quotes is needed."),
        ({"sizes": {"a.b": "x"}}, "the key 'sizes.a.b' is \"x\"; a number is needed."),
        ({"rows": [["x"], ["y", 2]]}, "the key 'rows[1][1]' is 2; text in quotes is needed."),
        ({"rows": [[date(2026, 11, 25)]]}, "'rows[0][0]' is 2026-11-25, a date or time; put it"),
        ({"name": "\ud800"}, "it is not readable ("),
        ({"name": "x" * 200}, None),
        ({"name": ["x" * 200]}, "xxx...; text in quotes is needed."),
    ],
)
def test_a_wrong_value_is_told_with_its_key_and_what_is_needed(change, said):
    content = {"name": "oak"} | change
    if said is None:
        assert read(Tree, content).name == content["name"]
        return
    with pytest.raises(InputError) as caught:
        read(Tree, content)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_misspelled_key_is_told_before_the_one_that_is_missing():
    with pytest.raises(InputError, match="'nmae' is unknown; did you mean 'name'"):
        read(Tree, {"nmae": "oak"})
    with pytest.raises(InputError, match="the key 'name' is missing"):
        read(Tree, {})


def test_depth_without_end_is_a_sentence():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InputError, match="nested too deeply"):
        read(Tree, {"name": deep})


def reached(kind):
    """Every dataclass that stands in the file of a record."""
    if get_origin(kind) is Annotated:
        bare, *marks = get_args(kind)
        kind = next((mark.form for mark in marks if isinstance(mark, StandsAs)), bare)
    if not is_dataclass(kind):
        return set().union(*map(reached, get_args(kind)))
    inside = get_type_hints(kind, include_extras=True).values()
    return {kind}.union(*map(reached, inside))


@pytest.mark.parametrize(("kind", "tables"), [(Experiment, 8), (Result, 14)])
def test_every_table_of_a_file_refuses_keys_that_nobody_reads(kind, tables):
    found = reached(kind)
    assert len(found) == tables
    for record in found:
        assert CLOSED.items() <= record.__pydantic_config__.items(), record


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
SHARES = st.fractions().filter(lambda share: share.denominator > 1)
LEAVES = st.builds(Leaf, st.sampled_from(["round", "long"]), SHARES, st.none() | TEXT)
TREES = st.builds(
    Tree,
    name=TEXT,
    height=NUMBER,
    rings=st.integers(0, 10**30),
    old=st.booleans(),
    leaves=st.lists(LEAVES, max_size=3).map(tuple),
    first=st.none() | LEAVES,
    sizes=st.dictionaries(TEXT, NUMBER, max_size=3),
)


@given(TREES)
def test_what_is_written_is_read_again_to_the_last_bit(tree):
    assert read(Tree, json.loads(json.dumps(plain(tree)))) == tree


def test_the_written_form_has_the_order_of_the_fields_and_the_names_of_the_file():
    tree = Tree(name="oak", first=Leaf(colour="red"))
    assert list(plain(tree)) == list(Tree.__dataclass_fields__)
    assert plain(tree)["first"] == {"shape": "round", "share": "1/2", "color": "red"}
