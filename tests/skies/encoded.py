"""One galaxy's serialised Example."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from truemorph.components.examples.encoding import Encoder


def encode(values: Mapping[str, Any], image: bytes) -> bytes:
    """One galaxy's serialized tf.train.Example; a value that is None, NaN or NA becomes an absent feature.

    Args:
        values: values by name, names as in FEATURES.
        image: the encoded image, kept as it is.
    """
    return Encoder(pd.DataFrame({name: [value] for name, value in values.items()}, dtype=object)).example(0, image)
