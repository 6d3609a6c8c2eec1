"""Hugging Face hub snapshots as local folders: the only module that imports the hub's client."""

import fnmatch
import logging
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from harness.errors import HarnessError, InputError, UnreachableError
from harness.system.hub_names import checked, refuse_revision
from harness.system.hub_patience import Patience
from harness.system.network import REASON, is_offline, without_password

_PATIENCE: Final = Patience()

Kind = Literal["model", "dataset"]


class Snapshot(NamedTuple):
    """A repository's wanted files in the hub's cache; `commit` is what the revision stands for."""

    folder: Path
    commit: str


def snapshot(
    repo_id: str,
    revision: str,
    patterns: tuple[str, ...],
    kind: Kind = "model",
) -> Snapshot:
    """Fetch the files of a repository that match, or find them in the hub's cache.

    `HF_HOME`, `HF_ENDPOINT` and `HF_TOKEN` are honoured by the client itself; offline it does not
    send a single request. What a hub sends as a name is checked before the client uses it.

    Raises:
        InputError: the id or revision is malformed, the hub knows no such repository or revision,
            or it sends a name that cannot be a file's.
        UnreachableError: no network and not in the cache, access is refused (gated, private), or
            what answers is no hub, or too slow or too long for one.
    """
    from huggingface_hub import errors, snapshot_download
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # a line for each new try
    refuse_revision(revision)
    _check_answers()
    where = f"'{repo_id}' at revision '{revision}'"
    try:
        folder = snapshot_download(
            repo_id,
            repo_type=kind,
            revision=revision,
            allow_patterns=list(patterns),
            local_files_only=is_offline(),
        )
    except HarnessError:
        raise  # what the answers of a hub were refused for
    except errors.HFValidationError as error:
        raise _no_repository_id(repo_id) from error
    except errors.GatedRepoError as error:
        raise UnreachableError(
            f"The hub lets only approved accounts read {where}: ask for access and set HF_TOKEN."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise InputError(
            f"The hub has no {kind} {where}, or it is private: check the id, or set HF_TOKEN."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise InputError(f"The hub's {kind} '{repo_id}' has no revision '{revision}'.") from error
    except OSError as error:  # no network; offline and not in the cache; a full disk
        raise UnreachableError(_unreachable(kind, where, error)) from error
    except MemoryError:
        raise
    except Exception as error:
        # The hub's HTTP library is its own choice (requests, httpx, httpx2 over the years) and so
        # are the classes of its connection errors; whatever it raises from its network layer is a
        # failure to reach. All else comes of answers that are not a hub's: the page of a login, a
        # proxy's word, lists without end in one another.
        if type(error).__module__.split(".")[0] in {"httpx", "httpx2", "httpcore", "httpcore2"}:
            raise UnreachableError(_unreachable(kind, where, error)) from error
        raise UnreachableError(
            f"What {_endpoint()} answers about the {kind} {where} is not what a hub does "
            f"({type(error).__name__}: {_reason(error)}): check HF_ENDPOINT and the "
            "proxy, and log in where the network asks for it."
        ) from error
    return Snapshot(Path(folder), Path(folder).name)


class About(NamedTuple):
    """What a hub says of a repository without a file of it being fetched.

    Attributes:
        files: paths of all files.
        numbers: how many weights are stored in which type, as safetensors calls it.
    """

    files: tuple[str, ...] = ()
    numbers: Mapping[str, int] = {}


def about(repo_id: str, revision: str) -> About:
    """What the hub says of a model; nothing where it cannot be asked.

    Args:
        repo_id: `owner/name`.
        revision: a branch, tag or commit.
    """
    from huggingface_hub import HfApi

    if is_offline():
        return About()
    _check_answers()
    try:
        found = HfApi().model_info(repo_id, revision=revision)
        files = tuple(str(file.rfilename) for file in found.siblings or ())
        numbers = dict(found.safetensors.parameters) if found.safetensors else {}
        return About(files, {str(kind): int(count) for kind, count in numbers.items()})
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - whatever the client raises: it is for a better sentence only
        return About()


@dataclass(frozen=True)
class _Checking:
    """Makes the client's HTTP client or session, with a look at each answer before it is used."""

    make: Callable[[], Any]

    def __call__(self) -> Any:  # noqa: ANN401 - of httpx, httpx2 or requests
        client = self.make()
        if hasattr(client, "event_hooks"):
            hooks = client.event_hooks
            client.event_hooks = {
                "request": [*hooks["request"], _PATIENCE.asked],
                "response": [*hooks["response"], _PATIENCE.answered, checked],
            }
        else:
            client.hooks["response"].append(lambda response, **_: checked(response))
        return client


def _check_answers() -> None:
    """Have every answer looked at, whoever's factory of clients (a proxy's, say) is in force."""
    from huggingface_hub.utils import _http

    client: dict[str, Any] = vars(_http)  # it has no public way to ask for the factory in force
    if "set_client_factory" in client:
        current, install = client["_GLOBAL_CLIENT_FACTORY"], client["set_client_factory"]
    else:  # before 1.0 it spoke by requests
        current, install = client["_GLOBAL_BACKEND_FACTORY"], client["configure_http_backend"]
    if not isinstance(current, _Checking):
        install(_Checking(current))


def check_repository_id(name: str) -> None:
    """Refuse a name that can be no repository's; whether there is one, only the hub knows.

    Raises:
        InputError: it is not of the form `owner/name`.
    """
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise _no_repository_id(name)


def _no_repository_id(name: str) -> InputError:
    return InputError(f"'{name}' is neither a file or folder here nor a hub id (owner/name).")


def _unreachable(kind: str, where: str, error: Exception) -> str:
    if is_offline():
        return (
            f"The {kind} {where} is not in the hub's cache and {REASON}: "
            f"allow the network, or fetch the {kind} on a machine with network and copy HF_HOME."
        )
    return (
        f"The {kind} {where} could not be fetched from {_endpoint()} and is not in the hub's cache "
        f"({_reason(error)}): check the network, or copy a prepared HF_HOME here."
    )


def _endpoint() -> str:
    return without_password(os.environ.get("HF_ENDPOINT", "https://huggingface.co"))


def _reason(error: Exception) -> str:
    said = str(error).strip()
    return said.splitlines()[0][:120] if said else type(error).__name__


def has_snapshot(
    repo_id: str, revision: str, patterns: tuple[str, ...], kind: Kind = "model"
) -> bool:
    """Whether the hub's cache has a file for each pattern at this revision; asks no network.

    The client is loaded (0.1 s) only where the repository has a folder in the cache.

    Raises:
        InputError: the revision is malformed.
    """
    if not (_cache() / "--".join((f"{kind}s", *repo_id.split("/")))).is_dir():
        return False
    from huggingface_hub import errors, snapshot_download

    refuse_revision(revision)
    try:
        folder = snapshot_download(
            repo_id,
            repo_type=kind,
            revision=revision,
            allow_patterns=list(patterns),
            local_files_only=True,
        )
    except (errors.HFValidationError, errors.LocalEntryNotFoundError):
        return False
    # Earlier clients than 2.0 give the folder of a half fetched snapshot, too.
    names = [path.name for path in Path(folder).rglob("*")]
    return all(fnmatch.filter(names, Path(pattern).name) for pattern in patterns)


def _cache() -> Path:
    """The hub's cache, where its client finds it (`huggingface_hub.constants`)."""
    client = sys.modules.get("huggingface_hub.constants")
    if client is not None:  # it has read its environment, once and for all
        return Path(client.HF_HUB_CACHE)
    caches = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache"))
    home = Path(_expanded(os.environ.get("HF_HOME", str(caches / "huggingface"))))
    older = os.environ.get("HUGGINGFACE_HUB_CACHE", str(home / "hub"))
    return Path(_expanded(os.environ.get("HF_HUB_CACHE", older)))


def _expanded(path: str) -> str:
    return os.path.expandvars(os.path.expanduser(path))  # noqa: PTH111 - as the client, never raises
