"""The networks of a training: the one that is fitted, the classifier inside it, and the one that is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from truemorph.components.laws import CLASS_NAMES, Law
from truemorph.components.trainer.backbones import build_classifier
from truemorph.components.trainer.distribution import strategy_of, synchronise
from truemorph.components.trainer.inputs import LabelledImages
from truemorph.components.trainer.parameters import TrainerParameters
from truemorph.components.trainer.precision import precision
from truemorph.components.trainer.train import training_model


@dataclass(frozen=True)
class Networks:
    """What a training needs of networks.

    Args:
        model: images and alpha -> logits of the label seen.
        classifier: images -> logits of the true class, inside it.
        exported: the same for one device in float32, as those who predict expect it; may be the classifier itself.
    """

    model: keras.Model
    classifier: keras.Model
    exported: keras.Model

    def export(self, path: Path) -> None:
        """Write the classifier as it is now."""
        if self.exported is not self.classifier:
            self.exported.set_weights(self.classifier.get_weights())
        self.exported.save(path)


def build_networks(
    settings: TrainerParameters,
    galaxies: LabelledImages,
    law: Law | None,
    *,
    weights: Path | None,
    learn: Mapping[str, Any] | None,
    rates: Any,
    classes: int = len(CLASS_NAMES),
) -> Networks:
    """Networks that know nothing yet.

    Args:
        settings: filled ones.
        galaxies: those to train on.
        law: the law of mislabelling; None: the naive network.
        weights: see build_classifier.
        learn, rates: see training_model.
        classes: how many.

    Raises:
        InputError: if the devices cannot be had, or the file holds no weights.
    """
    rate, epochs, batch_size = settings.learning_rate, settings.epochs, settings.batch_size
    if rate is None or epochs is None or batch_size is None:
        raise ValueError(f"settings must be filled ones. Received: {settings}")
    strategy = strategy_of(settings.devices, batch_size, settings.precision)
    several = strategy.num_replicas_in_sync > 1
    architecture = (settings.backbone, settings.image_size, settings.seed, classes, weights)
    exported = classifier = build_classifier(*architecture)
    with strategy.scope(), precision(settings.precision):
        if several or settings.precision != "float32":
            classifier = build_classifier(*architecture)
        if several:
            synchronise(classifier)
        model = training_model(
            classifier,
            law,
            rate,
            epochs * galaxies.steps,
            schedule=settings.schedule,
            votes="log_votes" in galaxies.besides,
            learn=learn,
            galaxies=len(galaxies),
            rates=rates,
        )
    return Networks(model, classifier, exported)
