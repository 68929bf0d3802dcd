"""What a run over some sources would be: columns, classes, resolution, rows of the report, time and memory."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from truemorph.components.bias_estimator.executor import confusion_of, given_law
from truemorph.components.bias_estimator.law import bias_law
from truemorph.components.errors import InputError
from truemorph.components.evaluator.galaxies import INTRINSIC, MIN_KNOWN
from truemorph.components.example_gen.check import check, joined
from truemorph.components.example_gen.ingest_sources import open_sources
from truemorph.components.examples.features import FEATURES
from truemorph.components.images.stores import open_store, read_images
from truemorph.components.laws import CLASS_NAMES, ConfusionLaw
from truemorph.components.methods import CORRECTED, CV14, DDB, METHODS, NETWORKS
from truemorph.components.tables.values import numbers
from truemorph.config import Config
from truemorph.cost import Cost, costs
from truemorph.own_classes import own_classes
from truemorph.sheet import COUNT, write_sheet
from truemorph.sources import Sources

MOST = 50_000
"""Galaxies by which theta is tried; more only take longer."""


@dataclass(frozen=True, repr=False)
class Preview:
    """What was found; it prints as a page.

    Args:
        counts: as `components.example_gen.check.check` gives them.
        columns: by table ('table' for a survey of your own), which of its columns is taken for what.
        classes: galaxies by class of the raw label.
        alpha: quantiles 0, 0.05, 0.5, 0.95 and 1 of alpha.
        theta: theta, interval, status and why, as a run would have them from these galaxies.
        rows: by key, why a row of the report cannot be had, or None.
        notes: what to know before a run.
        costs: of the networks, by preset.
    """

    counts: dict[str, Any]
    columns: dict[str, dict[str, str]]
    classes: dict[str, int]
    alpha: list[float]
    theta: dict[str, Any]
    rows: dict[str, str | None]
    notes: list[str]
    costs: list[Cost]

    def as_json(self) -> dict[str, Any]:
        """For programs: the counts, and the rest beside them."""
        return self.counts | {key: value for key, value in asdict(self).items() if key != "counts"}

    def __repr__(self) -> str:
        counts = self.counts
        lines = [f"{counts['examples']} of {counts['rows_in']} galaxies would be kept"]
        if counts["images_drawn"]:
            read = f"{counts['images_read']} images were read, drawn by the hash of the id"
            lines.append(f"{read}; reasons that concern images are counted only in those")
        rejects = sorted(counts["rejects"].items(), key=lambda item: (-item[1], item[0]))
        lines += [f"{count:>9}  {reason}" for reason, count in rejects]
        for table, columns in self.columns.items():
            lines.append(f"{table}: " + ", ".join(f"{ours} = {theirs}" for ours, theirs in columns.items()))
        lines.append("classes: " + ", ".join(f"{count} {name}" for name, count in self.classes.items()))
        low, fifth, middle, most, high = self.alpha
        lines.append(f"alpha: {low:.3g} to {high:.3g}, half below {middle:.3g}, 90 % from {fifth:.3g} to {most:.3g}")
        lines.append(f"theta: {_told(self.theta)}")
        for row in METHODS:
            why = self.rows[row.key]
            lines.append(f"row {row.letter}, {row.name.format('network')}: {why or 'yes'}")
        lines.append("training on this machine's processors, roughly, if nothing else runs:")
        lines += [f"  {cost}" for cost in self.costs]
        return "\n".join(lines + [f"note: {note}" for note in self.notes])


def preview(sources: Sources, config: Config, sheet: Path | None = None) -> Preview:
    """Look at the sources; nothing is written but the sheet.

    Args:
        sources: the upstream files, with images.
        config: of the run; its votes column, its methods and theta, and what the sheet shows.
        sheet: where a PNG of what the network will see is written.

    Raises:
        InputError: as an ingest, or if the sheet is no .png.
    """
    if sheet is not None and (sheet.suffix.lower() != ".png" or not os.access(sheet.absolute().parent, os.W_OK)):
        raise InputError(f"--sheet {sheet}: give a .png in a folder that exists and that you may write to")
    own, file = own_classes(config), None if config.bias_law.file is None else Path(config.bias_law.file)
    confusion = confusion_of(file, own, DDB.key in config.trainer.methods) if own else None
    classes = own or CLASS_NAMES
    opened = open_sources(**sources.given(), votes_column=config.votes.column, classes=own)
    galaxies = joined(opened)
    counts = check(opened, galaxies)
    kept = galaxies[galaxies["reason"].isna()]
    if sheet is not None:
        some = kept.sort_values("alpha").iloc[np.linspace(0, len(kept) - 1, min(COUNT, len(kept))).astype(int)]
        images = read_images(open_store(str(opened.images)), some["image_name"].to_list())
        shown = [(data, row) for (data, why), row in zip(images, some.itertuples(), strict=True) if why is None]
        captions = [f"alpha {row.alpha:.1f}, {classes[int(cast(int, row.label_raw))]}" for _, row in shown]
        crop, size = config.trainer.crop, config.trainer.image_size
        write_sheet(sheet, [data for data, _ in shown], captions, crop=crop, image_size=size)
    labels = kept["label_raw"].to_numpy()
    columns: dict[str, dict[str, str]] = {}
    for table in opened.tables:
        taken = dict(table.columns) | {name: made.text for name, made in table.computed.items()}
        columns.setdefault("table" if sources.table else table.kind, {}).update(taken)
    if confusion:
        law = {"theta": None, "cv14": None} | confusion
    else:
        some = kept[list(FEATURES)].sample(min(len(kept), MOST), random_state=0)
        law = bias_law(some.reset_index(drop=True), config.bias_law.theta, config.bias_law.kind)
        law |= given_law(file) if file else {}
    rows = _rows(kept, config, law)
    networks = sum(1 for method in config.trainer.methods if rows[method] is None)
    return Preview(
        counts=counts,
        columns=columns,
        classes={name: int((labels == place).sum()) for place, name in enumerate(classes)},
        alpha=[float(value) for value in np.quantile(kept["alpha"], (0, 0.05, 0.5, 0.95, 1))],
        theta={key: law.get(key) for key in ("theta", "interval", "status", "method", "why")},
        rows=rows,
        notes=_notes(kept, columns, len(classes)),
        costs=costs(counts["examples"], networks),
    )


def _known(kept: pd.DataFrame, column: str) -> float:
    """Share of the galaxies of which a column is known; a label that is -1 is not."""
    values = numbers(kept[column]) if column in kept else pd.Series(dtype=float)
    known = np.isfinite(values) & ((values >= 0) if column.startswith("label") else True)
    return float(known.mean()) if len(known) else 0.0


def _told(theta: Mapping[str, Any]) -> str:
    """Theta in words."""
    if theta["theta"] is None and theta["status"] == "given":
        return "none: the law of your classes is given"
    if theta["theta"] is None:
        return f"{theta['status']}: {theta['why']}"
    low_high = f" [{theta['interval'][0]:.3g}, {theta['interval'][1]:.3g}]" if theta["interval"] else ""
    return f"{theta['theta']:.4g}{low_high} ({theta['status']}, {theta['method']})"


def _rows(kept: pd.DataFrame, config: Config, law: Mapping[str, Any]) -> dict[str, str | None]:
    """Why each row of the report cannot be had, or None."""
    corrected = _known(kept, "label_debiased") > 0
    why: dict[str, str | None] = dict.fromkeys(row.key for row in METHODS)
    for network in NETWORKS:
        if network.key not in config.trainer.methods:
            why[network.key] = "no: not in trainer.methods"
    for row in METHODS:
        if CORRECTED in (row.column, row.learns) and not corrected:
            why[row.key] = "no: there are no debiased votes"
    if law["cv14"] is None:
        why[CV14.key] = "no: there is no structure (ng, e, Rhlr)"
    elif law["cv14"]["theta"] is None:
        why[CV14.key] = f"no: {law['cv14']['why'] or law['cv14']['status']}"
    if law["law"] == ConfusionLaw.kind:
        why[CV14.key] = "no: it only knows smooth and disk"
    if law["theta"] is None and law["law"] == "exponential":
        why[DDB.key] = "no: theta is not known, so a run would stop; give bias_law.theta if you know it from elsewhere"
    for network in NETWORKS:
        seen = numbers(kept[network.learns]) if network.learns in kept else pd.Series(dtype=float)
        if network.key in config.trainer.methods and seen[seen >= 0].nunique() == 1:
            why[network.key] = "no: all its labels are of one class"
    return why


def _notes(kept: pd.DataFrame, columns: Mapping[str, Mapping[str, str]], k: int = 2) -> list[str]:
    """What to know before a run."""
    notes = []
    votes = next(iter(columns.values()))
    if not any(name.startswith("artifact_") for name in votes) and k == 2:
        notes.append(
            "stars and artifacts are not told apart from galaxies: there is no column of votes for them, "
            "so they are classified too"
        )
    if min(_known(kept, name) for name in ("ng", "e", "Rhlr")) == 0 and k == 2:
        notes.append("theta is fitted to the share of smooth galaxies against alpha: CV14 needs ng, e and Rhlr")
    unknown = [name for name in INTRINSIC if _known(kept, name) < MIN_KNOWN]
    if len(unknown) == len(INTRINSIC):
        notes.append(f"CV18 has no intrinsic column: none of {', '.join(unknown)} is known for 90 % of the galaxies")
    elif unknown:
        notes.append(f"CV18 leaves out {', '.join(unknown)}: known for less than 90 % of the galaxies")
    smallest = int(kept["label_raw"].value_counts().min()) if kept["label_raw"].nunique() == k else 0
    if smallest < 50:
        notes.append(f"the rarer class has {smallest} galaxies: a network and the law need a few hundred of each")
    return notes
