"""BulkInferrer: Examples and models -> predictions.parquet, the debiased catalogue."""

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from truemorph.components.artifacts.bias_law import BiasLaw
from truemorph.components.artifacts.manifest import Manifest, manifest_of
from truemorph.components.artifacts.model_card import TrainedModel
from truemorph.components.artifacts.model_folder import MODEL, is_keras, model_hash
from truemorph.components.artifacts.predictions import IN_TRAINING, POSTERIOR, VOTES, catalogue, numbers_of
from truemorph.components.base import Spec
from truemorph.components.bulk_inferrer.classifier import Classifier, load_classifier
from truemorph.components.catalogue.readme import write_readme
from truemorph.components.catalogue.writers import write_parquet
from truemorph.components.certainty.answers import Answers, SeveralAnswers, asked
from truemorph.components.classes import columns_of
from truemorph.components.files import replacing
from truemorph.components.laws import CLASS_NAMES, FlipLaw, cv14_p_disk
from truemorph.components.methods import CV14, DDB, NETWORKS
from truemorph.components.progress import bar

MODELS = {network.folder: network.column for network in NETWORKS}
"""The column of each model."""
SPEC = Spec(
    name="BulkInferrer",
    inputs=("examples", "bias_law", "kept", *MODELS),
    outputs=("predictions", "readme"),
    parameters=("batch_size",),
    optional=("kept", *MODELS),
)


def execute(inputs: Mapping[str, Path], outputs: Mapping[str, Path], parameters: Mapping[str, Any]) -> None:
    """Predict every example, in record order, with every model that is given.

    Args:
        inputs: 'examples', 'bias_law', any of the models' folders, and 'kept', columns that go through as they are.
        outputs: 'predictions', a Parquet file; a probability that is not known is null; and 'readme', about it.
        parameters: batch_size.
    """
    import pyarrow.parquet

    from truemorph.components.examples.table import read_table

    law = BiasLaw.read(inputs["bias_law"])
    table = read_table(inputs["examples"])
    # A network that had no labels to learn from left its card alone.
    trained = [name for name in MODELS if name in inputs and is_keras(inputs[name])]
    classifiers = {name: load_classifier(inputs[name]) for name in trained}
    predicted = predict_examples(inputs["examples"], classifiers, parameters["batch_size"], len(table))
    cards = {name: TrainedModel.read(inputs[name] / MODEL) for name in trained}
    train = (table["split"] == "train").to_numpy()
    manifest = manifest_of(inputs["examples"])
    classes = manifest.class_names if manifest else CLASS_NAMES
    for column in (*MODELS.values(), POSTERIOR, *VOTES):
        table[list(columns_of(column, classes))] = np.nan
    table[list(numbers_of(classes))] = np.nan
    if classes == CLASS_NAMES:
        table[CV14.column] = np.nan
    table[IN_TRAINING] = train
    for name, answers in predicted.items():
        folds = classifiers[name].folds
        found = answers.published(asked(table["objid"].tolist(), train, cards[name].seed, folds))
        for ours, published in zip(columns_of(MODELS[name], classes), columns_of("p_disk", classes), strict=True):
            table[ours] = found[published]
        if name == DDB.folder:
            for each in numbers_of(classes):
                table[each] = found[each]
            table[IN_TRAINING] = train & (folds == 1)
    if law.cv14:
        features = table[list(law.cv14["features"])].to_numpy(np.float64)
        table[CV14.column] = cv14_p_disk(law.cv14, features, table["alpha"])
    if DDB.folder in predicted:
        card = cards[DDB.folder]
        used, p = law.law_of(card), table[list(columns_of(DDB.column, classes))].to_numpy(np.float64)
        seen = table["label_raw"].to_numpy(np.int64)
        table[list(columns_of(POSTERIOR, classes))] = used.column_posterior(p, used.columns(table), seen)
        from truemorph.components.bulk_inferrer.votes import class_shares, vote_shares

        if isinstance(used, FlipLaw):
            shares = vote_shares(inputs["examples"], table, p[:, 0], used, law, card)
        else:
            shares = class_shares(table, p, used)
        for name, share in shares.items():
            table[name] = share
    kept = pyarrow.parquet.read_table(inputs["kept"]) if "kept" in inputs else None
    made, facts = catalogue(table, kept, classes), _facts(law, manifest)
    if DDB.folder in cards:
        card = cards[DDB.folder]
        facts |= {"model": DDB.folder, "model_hash": model_hash(inputs[DDB.folder])}
        facts |= {"law": card.law, "theta": card.theta} if card.law else {}
    with replacing(outputs["predictions"]) as staged:
        write_parquet([made], facts, staged)
    write_readme(outputs["readme"], outputs["predictions"].name, len(made), made.schema, facts)


def _facts(law: BiasLaw, manifest: Manifest | None) -> dict[str, Any]:
    """What the catalogue was made by, but for the model."""
    facts: dict[str, Any] = {
        "truemorph": version("truemorph"),
        "model": None,
        "model_hash": None,
        "law": law.law,
        "theta": law.theta,
        "theta_interval": law.interval,
        "law_status": law.status,
        "law_source": law.source,
        "examples_hash": manifest.content_hash if manifest else None,
        "reference": "arXiv:2308.11007",
    }
    return facts | ({"classes": list(manifest.classes)} if manifest and manifest.classes else {})


def predict_examples(
    examples: Path, classifiers: Mapping[str, Classifier], batch_size: int, total: int
) -> dict[str, Answers | SeveralAnswers]:
    """What every network says of every example; an image is decoded once for all that see it alike.

    Args:
        examples: folder that ExampleGen wrote.
        classifiers: by name.
        batch_size: images in a batch.
        total: number of examples.

    Returns:
        For each name the answers in record order: splits train, eval, test; shards in order. None where there is no
        example.
    """
    found: dict[str, list[Any]] = {name: [] for name in classifiers}
    if classifiers and total:
        with bar(total=total, desc="predict", unit=" images") as progress:
            for views in _views(examples, {(c.crop, c.image_size) for c in classifiers.values()}, batch_size):
                for name, classifier in classifiers.items():
                    pixels = views[classifier.crop, classifier.image_size]
                    if classifier.answers is not None:
                        found[name].append(classifier.answers(pixels))
                progress.update(len(pixels))
    return {name: parts[0].joined(parts) for name, parts in found.items() if parts}


def _views(examples: Path, wanted: set[tuple[float, int]], batch_size: int) -> Iterator[dict[tuple[float, int], Any]]:
    """Batches of pixels, by crop and image size."""
    import tensorflow as tf

    from truemorph.components.examples.features import SPLITS
    from truemorph.components.examples.tfrecord import shards
    from truemorph.components.images.decode import decode, image_of

    order = sorted(wanted)

    @tf.autograph.experimental.do_not_convert
    def views(record: Any) -> tuple[Any, ...]:
        encoded = image_of(record)
        return tuple(decode(encoded, crop, size) for crop, size in order)

    paths = [str(path) for split in SPLITS for path in shards(examples, split)]
    records = tf.data.TFRecordDataset(paths)
    for batch in records.map(views, num_parallel_calls=tf.data.AUTOTUNE).batch(batch_size).prefetch(2):
        yield dict(zip(order, batch, strict=True))
