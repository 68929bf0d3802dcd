"""Small pictures for a page: read from the Examples, cut and scaled, as data URIs."""

import base64
import contextlib
import io
from collections.abc import Collection
from pathlib import Path

from PIL import Image

from truemorph.components.examples.tfrecord import records, shards

SIZE = 144
QUALITY = 82


def read_stamps(examples: Path, split: str, objids: Collection[str], crop: float = 1.0) -> dict[str, str]:
    """The images of some Examples, small.

    Args:
        examples: folder that ExampleGen wrote.
        split: 'train', 'eval' or 'test'.
        objids: whose images are wanted.
        crop: central share of the shorter side that is shown, in (0, 1].

    Returns:
        data URI of a JPEG of at most 144 pixels a side, by objid; ids that the split does not hold, and
        those of unreadable images, are absent.

    Raises:
        InputError: if the split is missing or a file is damaged.
    """
    from tensorflow.core.example import example_pb2

    wanted, found = set(objids), {}
    for path in shards(examples, split) if wanted else []:
        for record in records(path):
            feature = example_pb2.Example.FromString(record).features.feature
            objid = feature["objid"].bytes_list.value[0].decode()
            if objid in wanted:
                wanted.remove(objid)
                # What Pillow cannot read TensorFlow may; the page then says that there is no picture.
                with contextlib.suppress(OSError, ValueError):
                    found[objid] = data_uri(feature["image"].bytes_list.value[0], crop)
                if not wanted:
                    return found
    return found


def data_uri(encoded: bytes, crop: float = 1.0, size: int = SIZE) -> str:
    """An encoded image, its central part scaled down to at most `size` pixels a side, as a JPEG data URI."""
    with Image.open(io.BytesIO(encoded)) as opened:
        image = opened.convert("RGB")
    side = max(1, round(crop * min(image.size)))
    left, top = ((edge - side) // 2 for edge in image.size)
    cut = image.crop((left, top, left + side, top + side))
    if side > size:
        cut = cut.resize((size, size), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    cut.save(buffer, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
