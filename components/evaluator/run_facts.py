"""What the report repeats of a run: how its networks were trained, what was rejected, which versions made it."""

import csv
import importlib.metadata
import platform
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truemorph.components.artifacts.manifest import Manifest
from truemorph.components.artifacts.model_folder import read_history
from truemorph.components.errors import InputError
from truemorph.components.methods import network

PACKAGES = ("truemorph", "keras", "tensorflow", "numpy")
MODEL_FACTS = (
    *("backbone", "loss", "labels", "theta", "image_size", "epochs", "best_epoch", "batch_size", "learning_rate"),
    *("seed", "n_train", "n_eval", "train_accuracy", "train_accuracy_inference", "eval_loss", "eval_accuracy"),
    *("augmentation_shift", "not_converged"),
)


def training(name: str, facts: Mapping[str, Any], folder: Path, measured: list[dict[str, Any]]) -> dict[str, Any]:
    """What the report says of one network; an epoch's value that is not finite becomes null."""
    return {
        "id": name,
        "name": next(row["name"] for row in measured if row["key"] == network(name).key),
        "status": facts.get("status", "ok"),
        "why": facts.get("why"),
        **{fact: facts.get(fact) for fact in MODEL_FACTS},
        "history": read_history(folder),
    }


def rejects(path: Path, manifest: Manifest) -> dict[str, Any]:
    """Rows read of each table, rows in, kept and rejected, by reason, the most frequent first."""
    counts = manifest.counts
    if not path.is_file():
        raise InputError(f"{path}: no such file; run the step that writes it first")
    with path.open(encoding="utf-8", newline="") as file:
        reasons = Counter(row["reason"] for row in csv.DictReader(file))
    return {
        "tables": manifest.tables,
        "rows_in": counts.get("rows_in"),
        "kept": {split: counts.get(split) for split in ("train", "eval", "test")},
        "total": sum(reasons.values()),
        "reasons": dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
    }


def versions() -> dict[str, str | None]:
    """Versions of Python and of the packages that decide on the numbers."""
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}}


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
