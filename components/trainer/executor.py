"""Trainer: Examples and a law -> a classifier of true classes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.artifacts.model_card import TrainedModel
from truemorph.components.artifacts.model_folder import KERAS, MODEL
from truemorph.components.base import Spec
from truemorph.components.errors import InputError
from truemorph.components.files import write_json
from truemorph.components.laws import CLASS_NAMES, stored_law
from truemorph.components.methods import learner
from truemorph.components.progress import say
from truemorph.components.trainer.parameters import NAMES

SPEC = Spec(
    name="Trainer",
    inputs=("examples", "bias_law", "weights"),
    outputs=("model",),
    parameters=("loss", "labels", *NAMES),
    optional=("bias_law", "weights"),
)
CHECKPOINT = "checkpoint.npz"


def execute(inputs: Mapping[str, Path], outputs: Mapping[str, Path], parameters: Mapping[str, Any]) -> None:
    """Train one network and write models/<name>/: model.keras, history.json, model.json, and logs/ if asked for.

    A staged folder that an interrupted attempt left is gone on with from its checkpoint.

    Args:
        inputs: 'examples', 'bias_law' where the loss is debiased, and 'weights' where they are not to be random.
        outputs: 'model', the folder.
        parameters: those of `trainer.*` in the configuration, by their names; and loss ('naive' or 'debiased') and
            labels ('raw' or 'debiased').

    Where bias_law.json says so ("learn"), the law's parameters are learnt with the network, under the catalogue's fit
    as the prior; model.json says whether they can be believed.

    A survey need not have debiased labels: where they teach nothing, model.json says 'not_run' and why, and is all.

    Raises:
        InputError: if no training galaxy has a raw label, or counts of votes where they shall teach, or all have the
            same label, an image is damaged, or the loss is no longer a number.
    """
    import keras
    import tensorflow as tf

    from truemorph.components.trainer import assess, learnt, train
    from truemorph.components.trainer.backbones import build_classifier
    from truemorph.components.trainer.distribution import strategy_of, synchronise
    from truemorph.components.trainer.inputs import LabelledImages
    from truemorph.components.trainer.memory import keep_freed_memory
    from truemorph.components.trainer.precision import precision
    from truemorph.components.trainer.tensorboard import Curves
    from truemorph.components.trainer.votes import sky_votes

    keep_freed_memory()
    if parameters["deterministic"]:
        tf.config.experimental.enable_op_determinism()
    bias_law = _bias_law(parameters["loss"], inputs)
    law = stored_law(bias_law) if bias_law else None
    folder = outputs["model"]
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / MODEL).exists():  # written last: an earlier attempt was complete
        (folder / CHECKPOINT).unlink(missing_ok=True)
        return
    strategy = strategy_of(parameters["devices"], parameters["batch_size"], parameters["precision"])
    votes = None
    if law and parameters["evidence"] == "votes":
        votes = sky_votes(inputs["examples"], law, bias_law)
    galaxies, held = (
        LabelledImages(
            inputs["examples"],
            split,
            labels=parameters["labels"],
            crop=parameters["crop"],
            image_size=parameters["image_size"],
            batch_size=parameters["batch_size"],
            seed=parameters["seed"],
            votes=votes,
            observables=law.observables if law else (),
            rotations=parameters["rotations"] if split == "train" else "dihedral",
        )
        for split in ("train", "eval")
    )
    if why := _why_nothing_to_learn(galaxies.label, parameters["labels"]):
        if parameters["labels"] == "raw":
            raise InputError(f"{inputs['examples']}/Split-train: {why}; give galaxies of both classes, or other votes")
        say(f"not run: {why}")
        TrainedModel.from_json(dict(parameters) | {"status": "not_run", "why": why}).write(folder / MODEL)
        return

    keras.utils.set_random_seed(parameters["seed"])
    spread = learnt.prior_spread(bias_law) if bias_law.get("learn") else None
    weights = inputs.get("weights")
    architecture = (parameters["backbone"], parameters["image_size"], parameters["seed"], len(CLASS_NAMES), weights)
    # What is written is a network for one device in float32, as those who predict expect it.
    exported = classifier = build_classifier(*architecture)
    with strategy.scope(), precision(parameters["precision"]):
        if strategy.num_replicas_in_sync > 1 or parameters["precision"] != "float32":
            classifier = build_classifier(*architecture)
        if strategy.num_replicas_in_sync > 1:
            synchronise(classifier)
        model = train.training_model(
            classifier,
            law,
            parameters["learning_rate"],
            parameters["epochs"] * galaxies.steps,
            schedule=parameters["schedule"],
            votes=votes is not None,
            learn=spread,
            galaxies=len(galaxies),
            rates=bias_law.get("rates"),
        )
    progress = train.fit(
        model,
        classifier,
        galaxies,
        held,
        parameters["epochs"],
        folder / CHECKPOINT,
        patience=parameters["patience"],
        curves=Curves(folder / "logs") if parameters["tensorboard"] else None,
    )

    in_training = assess.look(model, classifier, assess.training_batches(galaxies), training=True)
    inference = assess.look(model, classifier, assess.training_batches(galaxies), training=False)
    outside = assess.look(model, classifier, held.in_order(), training=False)
    if in_training is None or inference is None:
        raise ValueError(f"there must be a training galaxy. Received: {len(galaxies)}")
    told = None
    if law and bias_law.get("learn"):
        told, law = learnt.tell(model, classifier, galaxies, held, spread)
    network = learner(parameters["loss"], parameters["labels"])
    why = assess.why_degenerate(in_training, inference, outside)
    if why:
        say(f"the model is degenerate: {why}")
    if exported is not classifier:
        exported.set_weights(classifier.get_weights())
    exported.save(folder / KERAS)
    write_json(folder / "history.json", progress.history, sort_keys=True)
    card = {
        "name": network.folder if network else None,
        "theta": law.scale if law else None,
        "law": law.kind if law else None,
        "law_parameters": {name: value for name, value in law.get_config().items() if name != "law"} if law else None,
        "learnt": told,
        "votes": votes.get_config() if votes else None,
        "weights": weights.name if weights else None,
        "n_train": len(galaxies),
        "n_eval": len(held),
        "unlabelled_train": galaxies.unlabelled,
        "unlabelled_eval": held.unlabelled,
        "parameters": int(classifier.count_params()),
        "restarts": progress.restarts,
        "best_epoch": (progress.best_epoch or 0) + 1,
        "train_accuracy": in_training.accuracy,
        "train_loss": in_training.loss,
        "train_accuracy_inference": inference.accuracy,
        "train_loss_inference": inference.loss,
        "eval_accuracy": outside.accuracy if outside else None,
        "eval_loss": outside.loss if outside else None,
        "status": "degenerate" if why else "ok",
        "why": why,
    }
    TrainedModel.from_json(dict(parameters) | card).write(folder / MODEL)
    (folder / CHECKPOINT).unlink(missing_ok=True)


def _bias_law(loss: str, inputs: Mapping[str, Path]) -> dict[str, Any]:
    """The content of bias_law.json; empty where the loss is naive."""
    if loss == "naive":
        return {}
    if loss != "debiased":
        raise ValueError(f"loss must be 'naive' or 'debiased'. Received: loss={loss!r}")
    if "bias_law" not in inputs:
        raise ValueError(f"loss 'debiased' needs the input bias_law. Received: {sorted(inputs)}")
    return BiasLaw.read(inputs["bias_law"]).as_json()


def _why_nothing_to_learn(labels: np.ndarray, kind: str) -> str | None:
    found = np.unique(labels)
    if not found.size:
        return f"no training galaxy has a {kind} label"
    if found.size == 1:
        return f"all {len(labels)} {kind} labels of the training galaxies are {CLASS_NAMES[int(found[0])]!r}"
    return None
