"""Pusher: a blessed model -> a new version of the SavedModel that is served."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from truemorph.components.base import Spec
from truemorph.components.bulk_inferrer.classifier import CARD
from truemorph.components.files import read_json, write_json
from truemorph.components.laws import FlipLaw, stored_law
from truemorph.components.methods import DDB
from truemorph.components.pusher.blessing import Blessing, bless

SPEC = Spec(
    name="Pusher",
    inputs=("model", "report", "bias_law"),
    outputs=("pushed",),
    parameters=("max_bias", "min_accuracy", "require_blessing", "destination"),
)
PACKAGES = ("truemorph", "tensorflow", "keras")


def execute(inputs: Mapping[str, Path], outputs: Mapping[str, Path], parameters: Mapping[str, Any]) -> None:
    """Judge the debiased model and push it unless it is refused; write pushed.json {status, reason, version, path}.

    A push is atomic: a version's folder appears when it is whole, and earlier versions stay. The model that is the
    newest version already is not pushed again; only its card is renewed.

    Args:
        inputs: 'model' (its folder), 'report', 'bias_law'.
        outputs: 'pushed'.
        parameters: max_bias, min_accuracy (numbers or None), require_blessing (True: push only what is blessed),
            destination (folder of versions).
    """
    model, report, law = (
        read_json(path)
        for path in (inputs["model"] / "model.json", inputs["report"] / "report.json", inputs["bias_law"])
    )
    blessing = bless(model, report, parameters["max_bias"], parameters["min_accuracy"])
    pushed: dict[str, Any] = {**asdict(blessing), "version": None, "path": None}
    if blessing.status == "blessed" or (blessing.status == "not_judged" and not parameters["require_blessing"]):
        destination = Path(parameters["destination"])
        card = _card(model, report, law, blessing, _hash(inputs["model"], stored_law(law, model)))
        number = push(inputs["model"], card, destination)
        pushed |= {"version": number, "path": str(destination / str(number))}
    elif blessing.status == "not_judged":
        pushed["reason"] += "; pusher.require_blessing keeps it back"
    write_json(outputs["pushed"], pushed, sort_keys=True)


def push(model: Path, card: Mapping[str, Any], destination: Path) -> int:
    """Write a model as the next version, unless it is the newest one already.

    Args:
        model: folder with model.keras.
        card: the model card; model_hash in it tells models apart.
        destination: folder of versions, created where missing.

    Returns:
        The number of its version.
    """
    import keras

    from truemorph.components.pusher.signatures import save

    destination.mkdir(parents=True, exist_ok=True)
    for left in destination.glob(".pushing-*"):
        shutil.rmtree(left)
    newest = max((int(path.name) for path in destination.iterdir() if path.name.isdecimal()), default=0)
    if newest and _same(destination / str(newest) / CARD, card):
        write_json(destination / str(newest) / CARD, card, sort_keys=True)
        return newest
    staged = destination / f".pushing-{newest + 1}"
    classifier = keras.saving.load_model(model / "model.keras", compile=False)
    save(staged, classifier, card["image_size"], card["crop"], stored_law(card))
    write_json(staged / CARD, card, sort_keys=True)
    staged.replace(destination / str(newest + 1))
    return newest + 1


def _card(
    model: Mapping[str, Any], report: Mapping[str, Any], law: Mapping[str, Any], blessing: Blessing, model_hash: str
) -> dict[str, Any]:
    """What travels with the model: what it is, what it was made from, how good it is."""
    used = stored_law(law, model)
    return {
        "model_hash": model_hash,
        "image_size": model["image_size"],
        "crop": model["crop"],
        "law": used.kind,
        "theta": used.scale,
        "law_parameters": {name: value for name, value in used.get_config().items() if name != "law"},
        "theta_interval": law.get("interval"),
        "theta_status": law.get("status"),
        "blessing": asdict(blessing),
        "model": dict(model),
        "metrics": next((row for row in report["rows"] if row["key"] == DDB.key), None),
        "data": report.get("provenance", {}).get("data"),
        "versions": {name: version(name) for name in PACKAGES},
        "classes": ["smooth", "disk"],
        "note": "p_disk is the probability of the true class, from the image alone; `posterior` adds a label seen.",
    }


def _hash(model: Path, law: FlipLaw) -> str:
    """Of the network's file and of the law, which the signature `posterior` uses."""
    digest = hashlib.sha256((model / "model.keras").read_bytes())
    digest.update(json.dumps(law.get_config(), sort_keys=True).encode())
    return digest.hexdigest()


def _same(path: Path, card: Mapping[str, Any]) -> bool:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("model_hash") == card["model_hash"]
