"""Pusher: a blessed model -> a new version of the SavedModel that is served."""

import hashlib
import json
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.artifacts.model_card import CARD, README, ModelCard, TrainedModel
from truemorph.components.artifacts.model_folder import KERAS, MODEL
from truemorph.components.artifacts.pushed import Pushed
from truemorph.components.artifacts.report import REPORT, Report
from truemorph.components.base import Parameters, Paths, Spec
from truemorph.components.certainty.certainty import read_certainty
from truemorph.components.classes import columns_of
from truemorph.components.errors import InputError
from truemorph.components.files import remove, write_text
from truemorph.components.images.framing import Framing
from truemorph.components.laws import CLASS_NAMES, FlipLaw
from truemorph.components.methods import DDB
from truemorph.components.pusher.blessing import Blessing, bless
from truemorph.components.pusher.readme import readme

AT_LOWER = ("min_resolution_accuracy", "max_share_drift")
"""Parameters of the blessing that the resolution test is held against."""
SPEC = Spec(
    name="Pusher",
    inputs=("model", "report", "bias_law"),
    outputs=("pushed", "serving"),
    parameters=("max_bias", "min_accuracy", *AT_LOWER, "require_blessing", "destination"),
    grows=("serving",),
)
PACKAGES = ("truemorph", "tensorflow", "keras")
NOTE = "p_disk is the probability of the true class, from the image alone; `posterior` adds a label seen."


def execute(inputs: Paths, outputs: Paths, parameters: Parameters) -> None:
    """Judge the debiased model and push it unless it is refused.

    The model that is the newest version already takes its own place again, with a card of now.

    Args:
        inputs: 'model' (its folder), 'report', 'bias_law'.
        outputs: 'pushed', a file, see artifacts.pushed;
            'serving', a folder with the new version, which the runner adds to the earlier ones.
        parameters: max_bias, min_accuracy, min_resolution_accuracy, max_share_drift (numbers or None),
            require_blessing (True: push only what is blessed), destination (where 'serving' comes to lie, with the
            earlier versions).
    """
    model, law = TrainedModel.read(inputs["model"] / MODEL), BiasLaw.read(inputs["bias_law"])
    report = Report.read(inputs["report"] / REPORT)
    limits = {name: parameters[name] for name in ("max_bias", "min_accuracy", *AT_LOWER)}
    blessing = bless(model, law, report, **limits)
    pushed = Pushed(**asdict(blessing))
    remove(outputs["serving"])
    outputs["serving"].mkdir(parents=True)
    if blessing.status == "blessed" or (blessing.status == "not_judged" and not parameters["require_blessing"]):
        destination = Path(parameters["destination"])
        card = _card(inputs["model"], model, law, report, blessing)
        number = next_version(destination, card)
        _save(outputs["serving"] / str(number), inputs["model"], card)
        pushed = replace(pushed, version=number, path=str(destination / str(number)))
    elif blessing.status == "not_judged":
        pushed = replace(pushed, reason=f"{pushed.reason}; pusher.require_blessing holds it back")
    pushed.write(outputs["pushed"])


def next_version(destination: Path, card: ModelCard) -> int:
    """The number of a model's version: that of the newest one where it is the same model, else the next.

    Args:
        destination: folder of versions; may be missing.
        card: of the model; its model_hash tells models apart.
    """
    newest = max((int(path.name) for path in destination.glob("*") if path.name.isdecimal()), default=0)
    try:
        same = ModelCard.read(destination / str(newest) / CARD).model_hash == card.model_hash
    except InputError:
        same = False
    return newest if same else newest + 1


def _save(folder: Path, model: Path, card: ModelCard) -> None:
    import keras

    from truemorph.components.pusher.several import SeveralServer
    from truemorph.components.pusher.signatures import Server, save

    law = card.own_law()
    if law is None:
        raise ValueError(f"a model is pushed with the law that it was trained through. Received: {card}")
    classifier = keras.saving.load_model(model / KERAS, compile=False)
    kind = Server if law.classes == CLASS_NAMES else SeveralServer
    framing = Framing.from_json(card.framing) if card.framing else None
    save(folder, kind(classifier, card.image_size, card.crop, law, framing, card.symmetries, read_certainty(model)))
    card.write(folder / CARD)
    write_text(folder / README, readme(card))


def _card(folder: Path, model: TrainedModel, law: BiasLaw, report: Report, blessing: Blessing) -> ModelCard:
    """What travels with the model: what it is, what it was made from, how good it is."""
    used = law.law_of(model)
    config = used.get_config()
    # Of the network's file and of the law, which the signature `posterior` uses.
    digest = hashlib.sha256((folder / KERAS).read_bytes())
    digest.update(json.dumps(config, sort_keys=True).encode())
    return ModelCard(
        model_hash=digest.hexdigest(),
        image_size=model.image_size,
        crop=model.crop,
        symmetries=model.symmetries,
        framing=model.framing,
        law=used.kind,
        theta=used.scale if isinstance(used, FlipLaw) else None,
        law_parameters={name: value for name, value in config.items() if name != "law"},
        theta_interval=law.interval,
        theta_status=law.status,
        blessing=asdict(blessing),
        model=model.as_json(),
        metrics=report.by_key().get(DDB.key),
        data=report.provenance.get("data"),
        versions={name: version(name) for name in PACKAGES},
        classes=list(used.classes),
        note=NOTE.replace("p_disk", " or ".join(columns_of("p_disk", used.classes))),
    )
