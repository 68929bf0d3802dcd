"""examples/manifest.json: what ExampleGen made of its sources; written last, so that it says they are whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from truemorph.components.artifacts.artifact import OPTIONAL, Artifact
from truemorph.components.classes import CLASS_NAMES

MANIFEST = "manifest.json"
"""Its name in the folder of the examples."""


@dataclass(frozen=True, kw_only=True)
class Manifest(Artifact):
    """What a folder of Examples holds.

    Args:
        counts: rows_in; examples of each split; under 'rejects' the rejects for each reason.
        content_hash: SHA-256 over all shards.
        features: names of the features that at least one example has.
        votes_column: which votes became labels; None where the labels were given.
        balance: whether about as many of each class were kept.
        split_seed: salt of the hash that dealt the galaxies into splits.
        tables: rows that were read of each table.
        classes: names of the classes where they are others than smooth and disk; None: they are these.
        rates: the share of the labels of each class that a balanced sample kept.
    """

    counts: Mapping[str, Any]
    content_hash: str
    features: Sequence[str] = ()
    votes_column: str | None = None
    balance: bool = False
    split_seed: int = 0
    tables: Mapping[str, int] | None = field(default=None, metadata=OPTIONAL)
    classes: list[str] | None = field(default=None, metadata=OPTIONAL)
    rates: Mapping[str, float] | None = field(default=None, metadata=OPTIONAL)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes, in the order of their numbers."""
        return tuple(self.classes or CLASS_NAMES)


def manifest_of(examples: Path) -> Manifest | None:
    """What a folder of Examples says that it holds; None where it has no manifest."""
    path = examples / MANIFEST
    return Manifest.read(path) if path.exists() else None


def class_names(examples: Path) -> tuple[str, ...]:
    """Names of the classes of a folder of Examples; smooth and disk where it has no manifest."""
    manifest = manifest_of(examples)
    return manifest.class_names if manifest else CLASS_NAMES
