"""The predictions of a part."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from truemorph.components.artifacts.predictions import IN_TRAINING, numbers_of
from truemorph.components.bulk_inferrer.classifier import Classifier
from truemorph.components.bulk_inferrer.decoding import decoded
from truemorph.components.bulk_inferrer.parts import Part, ShardPart
from truemorph.components.classes import called, columns_of, in_words
from truemorph.components.images.framing import EMPTY
from truemorph.components.laws import Law

BATCH = 64


def predict_part(classifier: Classifier, part: Part, batch_size: int = BATCH) -> pd.DataFrame:
    """The rows of a part: reading, decoding and the network go on side by side.

    Args:
        classifier: the model.
        part: the objects.
        batch_size: images in a batch.

    Returns:
        (n, columns) table in the part's order: what is known of each object, then p_disk (float32, NaN where the image
        cannot be read or shows nothing; of a training galaxy by the network that did not learn from it, where there are
        several), or p of each class of your own, and how sure it is where the model knows (numbers_of); label (the
        class or None) and status ('ok', 'unreadable: why', or 'framing: why' for an image that is not framed as those
        trained on).
    """
    known: list[Mapping[str, Any]] = []
    statuses: list[str] = []
    columns, numbers = columns_of("p_disk", classifier.classes), numbers_of(classifier.classes)
    told = {name: np.full(len(part), np.nan, np.float32) for name in numbers}
    first = told[columns[0]]
    out_of_fold = isinstance(part, ShardPart) and part.split == "train" and classifier.out_of_fold
    for records, pixels, why in decoded(part, classifier.crop, classifier.image_size, batch_size):
        places = len(known) + np.flatnonzero([not text for text in why])
        known.extend(record.known for record in records)
        statuses.extend(f"unreadable: {text}" if text else "ok" for text in why)
        if places.size:
            objids = [known[place]["objid"] for place in places]
            found = classifier.told_out_of_fold(pixels, objids) if out_of_fold else classifier.told(pixels)
            for name, values in found.items():
                told[name][places] = values
        for place in places[np.isnan(first[places])]:
            statuses[place] = "unreadable: the network gives no number for it"
        if classifier.framing and places.size:
            beyond = classifier.framing.beyond(np.asarray(pixels))
            for values in told.values():
                values[places[beyond == EMPTY]] = np.nan
            for place, number in zip(places[beyond > 0], beyond[beyond > 0], strict=True):
                statuses[place] = classifier.framing.statuses[number]
    table = pd.DataFrame(known)
    if isinstance(part, ShardPart):
        table[IN_TRAINING] = pd.array([False if out_of_fold else part.learnt] * len(table), dtype="boolean")
    for name in numbers if classifier.certain else columns:
        table[name] = told[name][: len(known)]
    table["label"] = in_words(called(table[list(columns)].to_numpy()), classifier.classes)
    table["status"] = statuses
    return table


def with_posterior(table: pd.DataFrame, law: Law | None) -> pd.DataFrame:
    """The table with p_disk_posterior after p_disk, where its objects have labels; NaN where one is not known.

    Args:
        table: of predict_part; classes of your own have one posterior each.
        law: the law of mislabelling.
    """
    if "observed" not in table.columns:
        return table
    columns = [name for name in table.columns if name.startswith("p_") and not name.endswith(("_lo", "_hi"))]
    posterior = np.full((len(table), len(columns)), np.nan, np.float32)
    alpha = table["alpha"].to_numpy(np.float64, na_value=np.nan)
    rows = (alpha > 0) & table["observed"].notna().to_numpy() & table[columns].notna().all(axis=1).to_numpy()
    if law is not None:
        rows &= table["observed"].isin(law.classes).to_numpy()
    if law is not None and rows.any():
        places = {name: place for place, name in enumerate(law.classes)}
        seen = table.loc[rows, "observed"].map(places).to_numpy(np.int64)
        posterior[rows] = law.column_posterior(table.loc[rows, columns].to_numpy(np.float64), alpha[rows], seen)
    place = list(table.columns).index(columns[-1]) + 1
    for offset, name in enumerate(columns):
        table.insert(place + offset, f"{name}_posterior", posterior[:, offset])
    return table
