"""BiasEstimator: the law by which disks are mistaken for smooth galaxies, from the training split."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.artifacts.manifest import class_names, manifest_of
from truemorph.components.base import Parameters, Paths, Spec
from truemorph.components.bias_estimator.law import bias_law
from truemorph.components.bias_estimator.structure import FEATURES
from truemorph.components.errors import InputError
from truemorph.components.examples.features import FEATURES as KNOWN
from truemorph.components.examples.table import read_table
from truemorph.components.laws import CLASS_NAMES, FLIP_LAWS, ConfusionLaw, stored_confusion

SPEC = Spec(
    name="BiasEstimator",
    inputs=("examples", "law"),
    outputs=("bias_law",),
    parameters=("kind", "theta", "observables", "class_on_alpha", "rates", "needed"),
    optional=("law",),
)


def execute(inputs: Paths, outputs: Paths, parameters: Parameters) -> None:
    """Write bias_law.json from the training split of the examples.

    Args:
        inputs: 'examples', and 'law', a file of fit-law, where the law is given.
        outputs: 'bias_law', a file.
        parameters: kind, theta, observables and class_on_alpha of the configuration's bias_law; rates, shares of the
            smooth and of the disk labels that the sample kept, or None where they are those of the dataset; needed:
            whether a network is to be trained through the law.

    Raises:
        InputError: if a law is needed and this sky cannot tell it.
    """
    classes = class_names(inputs["examples"])
    if classes != CLASS_NAMES:
        BiasLaw.from_json(confusion_of(inputs.get("law"), classes, parameters["needed"])).write(outputs["bias_law"])
        return
    theta = check_parameters(parameters["kind"], parameters["theta"])
    observables = check_observables(parameters["observables"], parameters["kind"], theta)
    columns = dict.fromkeys(["objid", "alpha", "label_raw", *FEATURES, *(observables or ())])
    table = read_table(inputs["examples"], split="train", columns=list(columns))
    rates = parameters["rates"] or dataset_rates(inputs["examples"])
    drawn = (float(rates[0]), float(rates[1]))
    law = bias_law(table, theta, parameters["kind"], drawn, observables, parameters["class_on_alpha"])
    if law["theta"] is None and parameters["needed"] and "law" not in inputs:
        raise InputError(
            f"{inputs['examples']}: {law['why']}. Give a law (--law FILE, see fit-law) or bias_law.theta=NUMBER; for "
            "Galaxy Zoo 2 bias_law.theta=published; or train naive networks only (trainer.methods=network_raw)"
        )
    if "law" in inputs:
        law |= given_law(inputs["law"])
    law |= {"learn": True} if parameters["theta"] == "learn" else {}
    BiasLaw.from_json(law).write(outputs["bias_law"])


def confusion_of(path: Path | None, classes: Sequence[str], needed: bool) -> dict[str, Any]:
    """The law of classes of your own: the confusion in a file of `fit-law --classes`, for labels alone tell none.

    Args:
        path: the file; None: there is none.
        classes: names of the classes.
        needed: whether a network is to be trained through the law.

    Raises:
        InputError: if it is needed and not given, or of other classes, or takes more than alpha.
    """
    if path is None:
        why = f"labels alone cannot tell how {', '.join(classes)} are confused"
        if needed:
            raise InputError(
                f"sample.classes: {why}; give a law made by `truemorph fit-law --classes` (--law FILE), or train naive "
                "networks only (trainer.methods=network_raw)"
            )
        return {"law": ConfusionLaw.kind, "status": "not_run", "method": "none", "why": why}
    stored = BiasLaw.read(path)
    try:
        law = stored_confusion(stored.as_json())
        if law is not None:
            for shift in stored.errors or ():
                law.shifted(shift, 1.0)
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            f"--law {path}: is not a law ({error}); give a file made by truemorph fit-law --classes"
        ) from None
    found = law.names if law else CLASS_NAMES
    if law is None or found != tuple(classes):
        raise InputError(
            f"--law {path}: is a law for {', '.join(found)}, but sample.classes are {', '.join(classes)}; make a law "
            f"for these: truemorph fit-law --classes {' '.join(classes)}"
        )
    if [each.name for each in law.observables] != ["alpha"]:
        raise InputError(
            f"--law {path}: takes {', '.join(each.name for each in law.observables)}; a run only gives it alpha"
        )
    return {
        "law": ConfusionLaw.kind,
        "law_parameters": stored.law_parameters,
        **({"errors": stored.errors} if stored.errors else {}),
        "status": "given",
        "method": "file",
        "source": f"{path.name}: {stored.source}",
    }


def given_law(path: Path) -> dict[str, Any]:
    """What a file of fit-law, or the bias_law.json of another run, says of the law.

    Raises:
        InputError: if it holds no law, or one that takes what an Example has not got.
    """
    stored = BiasLaw.read(path)
    if stored.law == ConfusionLaw.kind:
        raise InputError(f"--law {path}: is a law for classes other than smooth and disk; name them in sample.classes")
    if stored.theta is None:
        raise InputError(
            f"--law {path}: its theta is not known ({stored.status}); give a file made by truemorph fit-law"
        )
    try:
        law = stored.flip_law()
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"--law {path}: is not a law ({error}); give a file made by truemorph fit-law") from None
    _check_known(f"--law {path}", law.observables)
    names = ("law", "law_parameters", "theta", "interval", "spread", "observables", "misfit", "sensitivity", "flips_by")
    content = stored.as_json()
    return {name: content[name] for name in names if name in content} | {
        "status": "given",
        "method": "file",
        "source": f"{path.name}: {stored.source}",
        "why": None,
    }


def check_observables(observables: Sequence[str] | None, kind: str, theta: float | str) -> tuple[str, ...] | None:
    """The observables that theta may depend on; None where that is left to the labels, see bias_law.

    Raises:
        InputError: if an Example has no such column, or theta or kind leave nothing to them.
    """
    if observables and (kind != "exponential" or theta != "estimate"):
        raise InputError(
            f"bias_law.observables: received {list(observables)} with bias_law.kind={kind} and bias_law.theta={theta}; "
            "they need the exponential law and an estimated theta; leave them out, or give a law with --law"
        )
    _check_known("bias_law.observables", observables or ())
    return None if observables is None else tuple(observables)


def _check_known(where: str, observables: Sequence[str]) -> None:
    """Refuse an observable that no Example has."""
    known = [name for name, kind in KNOWN.items() if kind == "float" and name != "alpha"]
    strange = [name for name in observables if name not in known]
    if strange:
        raise InputError(f"{where}: takes {strange[0]}, which no Example has; choose from {', '.join(known)}")


def dataset_rates(examples: Path) -> tuple[float, float]:
    """Shares of the smooth and of the disk labels that a balanced dataset kept; 1 and 1 for others."""
    manifest = manifest_of(examples)
    rates = (manifest.rates if manifest else None) or {}
    return tuple(float(rates.get(name, 1.0)) for name in CLASS_NAMES)  # type: ignore[return-value]


def check_parameters(kind: object, theta: object) -> float | str:
    """Theta as a number, 'published', or 'estimate'.

    Raises:
        InputError: if kind or theta is not what a law can have.
    """
    if kind not in FLIP_LAWS:
        raise InputError(f"bias_law.kind: received {kind!r}; choose from {', '.join(FLIP_LAWS)}")
    if theta in ("estimate", "learn"):
        return "estimate"
    if kind != "exponential":
        raise InputError(f'bias_law.theta: received {theta!r}; for a {kind} law give "estimate" or "learn"')
    if theta == "published":
        return "published"
    if isinstance(theta, bool) or not isinstance(theta, (int, float)) or not (math.isfinite(theta) and theta > 0):
        raise InputError(f'bias_law.theta: received {theta!r}; give a number above 0, "estimate" or "published"')
    return float(theta)
