"""Trainer: Examples and a law -> a classifier of true classes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.artifacts.manifest import manifest_of
from truemorph.components.artifacts.model_card import TrainedModel
from truemorph.components.artifacts.model_folder import MODEL
from truemorph.components.base import Parameters, Paths, Spec
from truemorph.components.errors import InputError
from truemorph.components.laws import CLASS_NAMES
from truemorph.components.methods import learner
from truemorph.components.progress import say
from truemorph.components.trainer.parameters import NAMES, TrainerParameters

SPEC = Spec(
    name="Trainer",
    inputs=("examples", "bias_law", "weights"),
    outputs=("model",),
    parameters=("loss", "labels", *NAMES),
    optional=("bias_law", "weights", "folds"),
)


def execute(inputs: Paths, outputs: Paths, parameters: Parameters) -> None:
    """Train one network and write models/<name>/: model.keras, history.json, model.json, and logs/ if asked for.

    A staged folder that an interrupted attempt left is gone on with from its checkpoint.

    Args:
        inputs: 'examples', 'bias_law' where the loss is debiased, and 'weights' where they are not to be random.
        outputs: 'model', the folder.
        parameters: those of `trainer.*` in the configuration, by their names; and loss ('naive' or 'debiased') and
            labels ('raw' or 'debiased'). With folds, as many networks are trained, each without the galaxies of one
            fold, and model.keras is their mean, see train_folds.

    Where bias_law.json says so ("learn"), the law's parameters are learnt with the network, under the catalogue's fit
    as the prior; model.json says whether they can be believed.

    A survey need not have debiased labels: where they teach nothing, model.json says 'not_run' and why, and is all.

    Raises:
        InputError: if no training galaxy has a raw label, or counts of votes where they shall teach, or all have the
            same label, an image is damaged, or the loss is no longer a number.
    """
    from truemorph.components.trainer.folds import clear
    from truemorph.components.trainer.process import training_process
    from truemorph.components.trainer.task import CHECKPOINT

    settings = TrainerParameters(**{name: parameters[name] for name in NAMES if name in parameters}).filled()
    folder = outputs["model"]
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / MODEL).exists():  # written last: else an earlier attempt was complete
        bias_law = _bias_law(parameters["loss"], inputs)
        with training_process(settings.seed, settings.deterministic):
            card = _train(inputs, folder, settings, parameters["loss"], parameters["labels"], bias_law)
        TrainedModel.from_json(dict(parameters) | card).write(folder / MODEL)
    (folder / CHECKPOINT).unlink(missing_ok=True)
    clear(folder)


def _train(
    inputs: Paths,
    folder: Path,
    settings: TrainerParameters,
    loss: str,
    labels: str,
    bias_law: Mapping[str, Any],
) -> dict[str, Any]:
    """Train and write the network; gives what model.json says beside the parameters."""
    from truemorph.components.trainer.distribution import strategy_of
    from truemorph.components.trainer.folds import train_folds
    from truemorph.components.trainer.framing import framing
    from truemorph.components.trainer.task import task_of

    strategy_of(settings.devices, settings.batch_size or 0, settings.precision)  # before images are decoded
    manifest, weights = manifest_of(inputs["examples"]), inputs.get("weights")
    names = manifest.class_names if manifest else CLASS_NAMES
    task = task_of(inputs["examples"], settings, labels, bias_law, weights, names)
    if why := _why_nothing_to_learn(task.galaxies.label, labels, names):
        if labels == "raw":
            raise InputError(f"{inputs['examples']}/Split-train: {why}; give galaxies of all classes, or other votes")
        say(f"not run: {why}")
        return {"status": "not_run", "why": why}
    facts = train_folds(task, folder) if settings.folds > 1 else task.train(task.galaxies, folder, settings.seed)
    network = learner(loss, labels)
    return {
        **facts,
        "name": network.folder if network else None,
        "evidence": "votes" if task.votes else "labels",
        "votes": task.votes.get_config() if task.votes else None,
        **({} if names == CLASS_NAMES else {"classes": list(names)}),
        "weights": weights.name if weights else None,
        "framing": framing(task.galaxies),
        **({"examples_hash": manifest.content_hash} if manifest else {}),
    }


def _bias_law(loss: str, inputs: Paths) -> dict[str, Any]:
    """The content of bias_law.json; empty where the loss is naive."""
    if loss == "naive":
        return {}
    if loss != "debiased":
        raise ValueError(f"loss must be 'naive' or 'debiased'. Received: loss={loss!r}")
    if "bias_law" not in inputs:
        raise ValueError(f"loss 'debiased' needs the input bias_law. Received: {sorted(inputs)}")
    return BiasLaw.read(inputs["bias_law"]).as_json()


def _why_nothing_to_learn(labels: np.ndarray, kind: str, names: Sequence[str]) -> str | None:
    found = np.unique(labels)
    if not found.size:
        return f"no training galaxy has a {kind} label"
    if found.size == 1:
        return f"all {len(labels)} {kind} labels of the training galaxies are {names[int(found[0])]!r}"
    return None
