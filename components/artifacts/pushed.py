"""pushed.json: what became of the debiased model of a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from truemorph.components.artifacts.artifact import Artifact

PUSHED = "pushed.json"
"""Its name in the folder of a run."""


@dataclass(frozen=True, kw_only=True)
class Pushed(Artifact):
    """Whether the model is served now, and why or why not.

    Args:
        status: 'blessed', 'refused' or 'not_judged'.
        reason: what decided it.
        version: number of the SavedModel; None where nothing was pushed.
        path: its folder; None likewise.
    """

    LAYOUT: ClassVar[Mapping[str, Any]] = {"sort_keys": True}

    status: str
    reason: str
    version: int | None = None
    path: str | None = None
