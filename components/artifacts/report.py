"""report.json: what the Evaluator measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from truemorph.components.artifacts.artifact import OPTIONAL, Artifact

REPORT = "report.json"
"""Its name in the folder of the report."""


@dataclass(frozen=True, kw_only=True)
class Report(Artifact):
    """The measures of a run; each section is as schemas/report.schema.json describes it.

    Args:
        verdict: what it comes to, in words, and the numbers behind them.
        rows: the six rows of Table 1.
        theta: bias_law.json, theta itself under "value".
        curves: the share of disks by alpha.
        slices: the same in thirds of each intrinsic parameter.
        resolution_test: the networks at lower resolution; None where no network was trained.
        agreement: how often the rows agree with the labels.
        calibration: how often a class comes true at each predicted probability.
        profile: the likelihood of theta; None where it was not fitted.
        training: how each network was trained.
        rejects: rows in, kept and rejected, by reason.
        gallery: the page of the galaxies that changed class; None where there is none.
        published: the paper's numbers; None where the run is of another sample.
        classes: names of the classes where they are others than smooth and disk.
        notes: sentences on what could not be used.
        provenance: what it was made from, and by which versions.
    """

    LAYOUT: ClassVar[Mapping[str, Any]] = {"ensure_ascii": False}

    verdict: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[Mapping[str, Any]]
    theta: Mapping[str, Any] = field(default_factory=dict)
    curves: Sequence[Mapping[str, Any]] = ()
    slices: Sequence[Mapping[str, Any]] = ()
    resolution_test: Mapping[str, Any] | None = field(default=None, metadata=OPTIONAL)
    agreement: Sequence[Mapping[str, Any]] = ()
    calibration: Sequence[Mapping[str, Any]] = ()
    profile: Mapping[str, Any] | None = None
    training: Sequence[Mapping[str, Any]] = ()
    rejects: Mapping[str, Any] = field(default_factory=dict)
    gallery: Mapping[str, Any] | None = None
    published: Mapping[str, Any] | None = None
    classes: list[str] | None = field(default=None, metadata=OPTIONAL)
    notes: Sequence[str] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def by_key(self) -> dict[str, Mapping[str, Any]]:
        """The rows by their keys."""
        return {row["key"]: row for row in self.rows}
