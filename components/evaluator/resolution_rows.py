"""The resolution test of the networks of a run: rows c, d and f of the report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from truemorph.components.artifacts.model_folder import is_keras
from truemorph.components.bulk_inferrer.classifier import load_classifier
from truemorph.components.evaluator.resolution_test import resolution_test, trusted_galaxies
from truemorph.components.laws import FlipLaw
from truemorph.components.methods import network


def resolution_tests(examples: Path, models: Mapping[str, Path], law: FlipLaw | None) -> dict[str, Any] | None:
    """The resolution test of every network that was trained; see resolution_test.

    Args:
        examples: the folder that ExampleGen wrote.
        models: the folder of each network, by its name.
        law: the law of mislabelling, which says whose labels can be trusted.

    Returns:
        As resolution_test, the rows by their keys in the report; without numbers where no law is known; None where no
        network was trained.
    """
    folders = {network(name).key: folder for name, folder in models.items() if is_keras(folder)}
    if not folders:
        return None
    if law is None:
        why = "without a law, nothing says whose labels can be trusted"
        return {
            "status": "not_identifiable",
            "why": why,
            "n": 0,
            "disks": 0,
            "scaled": 0,
            "side": None,
            "noisy": 0,
            "rows": [],
        }
    classifiers = {key: load_classifier(folder) for key, folder in folders.items()}
    one = next(iter(classifiers.values()))  # those of a run all see the same
    galaxies = trusted_galaxies(examples, law, crop=one.crop, image_size=one.image_size)
    return resolution_test({key: each.p for key, each in classifiers.items()}, galaxies)
