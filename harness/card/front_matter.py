"""The metadata of a card: its YAML front matter, every scalar kept as the text that was printed.

YAML's own reading of numbers would turn `34.10` into 34.1 and lose what the author claims; so the
text is composed into nodes and no scalar is ever converted.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import yaml

from harness.card import yaml_repair as damaged
from harness.card.markdown import Line
from harness.card.model_index import Index, IndexResult

DEEPEST: Final = 30
"""Levels of nesting; a model-index has six."""

Tree = str | list["Tree"] | dict[str, "Tree"]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class FrontMatter(NamedTuple):
    """What the front matter says.

    Attributes:
        model_index: its results.
        tags: its tags: `loss:SpladeLoss`, `dataset_size:1000000`.
        base_model: the model that was trained further, or "".
        recovered: one sentence where its YAML was damaged.
    """

    model_index: Index = Index()
    tags: tuple[str, ...] = ()
    base_model: str = ""
    recovered: tuple[str, ...] = ()


class _DamagedError(Exception):
    """The YAML cannot be trusted; the reason is one clause."""


def read(lines: Sequence[Line]) -> FrontMatter:
    """Read one block of front matter: as YAML where that is sound, else line by line."""
    reason = "its model-index is not nested as the hub wants it"
    try:
        found = _from_tree(_tree("\n".join(line.text for line in lines)))
    except _DamagedError as error:
        reason = str(error)
        told = f"the front matter is damaged ({reason}); its tags were read line by line."
        found = FrontMatter(tags=_listed(lines), base_model=_base(lines), recovered=(told,))
    if found.model_index.results or not any("model-index" in line.text for line in lines):
        return found
    index = damaged.read(lines)
    groups = sum(len(result.groups) for result in index.results)
    told = (
        f"the front matter is damaged ({reason}); {groups} metrics were paired line by line by "
        "their type, value and name."
    )
    return found._replace(model_index=index, recovered=(told,))


def _tree(text: str) -> Tree:
    """The YAML document as text, lists and mappings.

    Aliases are refused before anything is composed, so no document can grow beyond its own length;
    a key given twice is refused because the hub refuses it and one of the two would be lost.
    """
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                raise _DamagedError("it uses YAML aliases, which are not followed")
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise _DamagedError(f"it is nested more than {DEEPEST} deep")
        return _plain(yaml.compose(text, Loader=_Loader))
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        place = "" if line is None else f" near its line {line + 1}"
        raise _DamagedError(f"it is not YAML{place}") from error


def _plain(node: yaml.Node | None) -> Tree:
    if isinstance(node, yaml.MappingNode):
        pairs = [(_plain(key), _plain(value)) for key, value in node.value]
        plain = {key: value for key, value in pairs if isinstance(key, str)}
        if len(plain) < len(pairs):
            raise _DamagedError("a key stands twice in one mapping or is no text")
        return plain
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return str(node.value) if node is not None else ""


def _from_tree(tree: Tree) -> FrontMatter:
    top = tree if isinstance(tree, dict) else {}
    tags = tuple(tag for tag in _items(top.get("tags")) if isinstance(tag, str))
    bases = top.get("base_model", "")
    base = bases if isinstance(bases, str) else next(iter(_items(bases)), "")
    models = [model for model in _items(top.get("model-index")) if isinstance(model, dict)]
    results = tuple(_result(item) for model in models for item in _items(model.get("results")))
    name = next((name for m in models if isinstance(name := m.get("name"), str)), "")
    return FrontMatter(Index(name, results), tags, base if isinstance(base, str) else "")


def _result(item: Tree) -> IndexResult:
    parts = item if isinstance(item, dict) else {}
    groups = tuple(
        {key: (value if isinstance(value, str) else str(value)[:80],) for key, value in g.items()}
        for g in _items(parts.get("metrics"))
        if isinstance(g, dict)
    )
    return IndexResult(_texts(parts.get("task")), _texts(parts.get("dataset")), groups)


def _items(tree: Tree | None) -> list[Tree]:
    return tree if isinstance(tree, list) else []


def _texts(tree: Tree | None) -> dict[str, str]:
    pairs = tree.items() if isinstance(tree, dict) else ()
    return {key: value for key, value in pairs if isinstance(value, str)}


def _listed(lines: Sequence[Line]) -> tuple[str, ...]:
    """The entries of `tags:` where the YAML is damaged."""
    return tuple(text[1:].strip() for text in _under(lines, "tags") if len(text) < 300)


def _base(lines: Sequence[Line]) -> str:
    stated = [
        t[11:].strip() for line in lines if (t := line.text.strip()).startswith("base_model:")
    ]
    listed = [text[1:].strip() for text in _under(lines, "base_model")]
    return next((text for text in (*stated, *listed) if text), "")


def _under(lines: Sequence[Line], key: str) -> Iterator[str]:
    """The `- ...` lines that follow `key:` at once."""
    texts = iter([line.text.strip() for line in lines])
    for text in texts:
        if text == f"{key}:":
            for entry in texts:
                if not entry.startswith("-"):
                    return
                yield entry
