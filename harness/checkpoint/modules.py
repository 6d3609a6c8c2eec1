"""The modules that a text goes through, by its role: modules.json with its Routers resolved.

sentence-transformers lists a model's modules in modules.json. Where one of them is a Router (`Asym`
in old files), queries and documents go different ways from there on: router_config.json
(config.json in old files) names the modules of each route.
"""

import ast
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

from harness.checkpoint.files import inside, is_there, read_json, read_object
from harness.errors import InputError

Role = Literal["query", "document"]

_ROUTERS = ("Router", "Asym")
_PARAMETERS = ("default_route", "allow_empty_key", "route_mappings")
_OWN = "sentence_transformers."
_DEEPEST = 4  # Routers within Routers; nobody has published two


class Module(NamedTuple):
    """One module: its class without the package, and the folder of its files."""

    name: str
    folder: Path


def read_modules(folder: Path) -> list[Module]:
    """The modules of a checkpoint in their order; none for a bare masked language model.

    Raises:
        InputError: modules.json is malformed, leads out of the folder, or names a class that is
            not sentence-transformers' own.
    """
    path = folder / "modules.json"
    if not is_there(path):
        return []
    modules = read_json(path)
    if not isinstance(modules, list) or not all(isinstance(m, dict) for m in modules):
        raise InputError(f"{path}: expected a list of modules.")
    return [
        Module(_class(m.get("type"), path), inside(folder, m.get("path", ""), path))
        for m in modules
    ]


def modules_of(folder: Path, role: Role) -> list[Module]:
    """The modules that texts of a role go through.

    Raises:
        InputError: as `read_modules`, or a Router has no way for the role or a setting that
            sentence-transformers does not have.
    """
    return _resolved(read_modules(folder), role, _DEEPEST)


def all_modules(folder: Path) -> list[Module]:
    """Every module that a file of the checkpoint names, those of all routes among them.

    Raises:
        InputError: as `modules_of`.
    """
    top = read_modules(folder)
    both = [module for role in get_args(Role) for module in _resolved(top, role, _DEEPEST)]
    return list(dict.fromkeys((*top, *both)))


def _class(kind: object, path: Path) -> str:
    if not isinstance(kind, str) or not kind.startswith(_OWN):
        raise InputError(
            f"{path}: the module class {str(kind)[:100]!r} is none of sentence-transformers': it "
            "is the model's own Python code, which is never run here."
        )
    return kind.rsplit(".", 1)[-1]


def _resolved(modules: list[Module], role: Role, deepest: int) -> list[Module]:
    found: list[Module] = []
    for module in modules:
        if module.name not in _ROUTERS:
            found.append(module)
        elif not deepest:
            raise InputError(f"{module.folder}: Routers stand in each other too deep.")
        else:
            found += _resolved(_route(module.folder, role), role, deepest - 1)
    return found


def _route(router: Path, role: Role) -> list[Module]:
    """The modules of a Router that the texts of a role go through."""
    path = router / "router_config.json"
    path = path if is_there(path) else router / "config.json"
    config = read_object(path)
    types, structure = _table(config, "types", path), _table(config, "structure", path)
    chosen = _chosen(_table(config, "parameters", path), structure, role, path)
    ids = structure[chosen]
    if not isinstance(ids, list) or not ids or not all(isinstance(one, str) for one in ids):
        raise InputError(f"{path}: the route {chosen!r} must be a list of modules.")
    missing = [one for one in ids if one not in types]
    if missing:
        raise InputError(f"{path}: the module {missing[0][:80]!r} of a route has no type.")
    # The id "" is the Router's own folder, where some models keep their transformer.
    return [Module(_class(types[one], path), inside(router, one, path)) for one in ids]


def _table(config: dict[str, Any], key: str, path: Path) -> dict[str, Any]:
    table = config.get(key) or {}
    if not isinstance(table, dict):
        raise InputError(f"{path}: {key} must be an object.")
    return table


def _chosen(parameters: dict[str, Any], structure: dict[str, Any], role: Role, path: Path) -> str:
    """The name of the route, as sentence-transformers 6.2 resolves a task and the modality text."""
    unknown = [key for key, value in parameters.items() if key not in _PARAMETERS and value]
    if unknown:
        raise InputError(f"{path}: the Router's parameter {unknown[0][:80]!r} is not known here.")
    given = _table(parameters, "route_mappings", path)
    mappings = {_key(key, path): str(route) for key, route in given.items()}
    named = [*mappings.values(), parameters.get("default_route")]
    lost = [route for route in named if route is not None and route not in structure]
    if lost:
        raise InputError(f"{path}: there is no route {str(lost[0])[:80]!r}.")
    for key in ((role, "text"), (role, None), (None, "text"), (None, None)):
        if key in mappings:
            return mappings[key]
    for name in (role, "text"):
        if name in structure:
            return name
    # The default route is for texts without a role; an evaluator gives every text one.
    there = ", ".join(structure)[:200] or "none"
    raise InputError(f"{path}: the Router has no route for a {role}; it has {there}.")


def _key(text: str, path: Path) -> tuple[object, ...]:
    """("query", "text") from the Python notation that sentence-transformers writes."""
    try:
        key = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        key = None
    if not isinstance(key, tuple) or len(key) != 2:
        raise InputError(f"{path}: {text[:80]!r} among the route_mappings is no (task, modality).")
    return key
