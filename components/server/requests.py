"""What a request asks for, in the V1 and V2 protocols, checked before TensorFlow sees it."""

import base64
import binascii
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image

from truemorph.components.errors import InputError
from truemorph.components.images.kinds import MAX_SIDE
from truemorph.components.laws import CLASS_NAMES

MAX_IMAGES = 256
NAMES = ("image", "alpha", "observed")
_LABELLED = set(NAMES)


@dataclass(frozen=True)
class Question:
    """Images to judge and, for the posterior, what is known of each.

    Args:
        image: (n,) encoded images.
        alpha: (n,) resolution, dimensionless, > 0; None where p(disk | image) is asked for.
        observed: (n,) label seen, 'smooth' or 'disk'; None with alpha.
    """

    image: list[bytes]
    alpha: list[float] | None = None
    observed: list[str] | None = None


def from_instances(payload: Any, classes: Sequence[str] = CLASS_NAMES) -> Question:
    """A V1 request, as TensorFlow Serving takes it too.

    Args:
        payload: {"instances": [...]}, each instance {"b64": TEXT} or {"image": {"b64": TEXT}}, for the posterior
            {"image": {"b64": TEXT}, "alpha": NUMBER, "observed": "smooth" | "disk"}; or that as bytes of JSON.
        classes: names of the classes, for what was observed.

    Raises:
        InputError: naming the place of the instance, from 0, and what is wrong with it.
    """
    if isinstance(payload, bytes):
        try:
            payload = json.loads(payload)
        except ValueError as error:
            raise InputError(f"the request is not JSON ({error}); send a JSON object") from None
    instances = payload.get("instances") if isinstance(payload, dict) else None
    if not isinstance(instances, list):
        raise InputError(
            'the request is not a JSON object with a list "instances"; send {"instances": [{"b64": "..."}]}'
        )
    columns: dict[str, list[Any]] = {}
    for place, instance in enumerate(instances):
        if isinstance(instance, dict) and set(instance) == {"b64"}:
            instance = {"image": instance}
        names = set(instance) if isinstance(instance, dict) else set()
        if names not in ({"image"}, _LABELLED) or (columns and names != set(columns)):
            raise InputError(
                f'instance {place}: has {sorted(map(str, names)) or "no fields"}; give every instance {{"b64": ...}}, '
                'or every one "image", "alpha" and "observed"'
            )
        for name in names:
            columns.setdefault(name, []).append(instance[name])
    images = [image.get("b64") if isinstance(image, dict) else None for image in columns.get("image", [])]
    return _checked(images, columns.get("alpha"), columns.get("observed"), classes)


def from_tensors(tensors: Mapping[str, Sequence[Any] | None], classes: Sequence[str] = CLASS_NAMES) -> Question:
    """A V2 request.

    Args:
        tensors: flat data by name: 'image', each base64 text; for the posterior 'alpha' and 'observed' beside it.
        classes: names of the classes.

    Raises:
        InputError: naming the tensor, the place in it, from 0, and what is wrong.
    """
    if set(tensors) not in ({"image"}, _LABELLED):
        raise InputError(f"the inputs are {sorted(tensors)}; give image, or image, alpha and observed")
    columns = {name: list(data or ()) for name, data in tensors.items()}
    return _checked(columns["image"], columns.get("alpha"), columns.get("observed"), classes)


def _checked(
    images: list[Any], alpha: list[Any] | None, observed: list[Any] | None, classes: Sequence[str]
) -> Question:
    if not 0 < len(images) <= MAX_IMAGES:
        raise InputError(f"the request has {len(images)} images; send 1 to {MAX_IMAGES}")
    for name, values in (("alpha", alpha), ("observed", observed)):
        if values is not None and len(values) != len(images):
            raise InputError(f"{name}: {len(values)} values for {len(images)} images; give one for each")
    for place, value in enumerate(alpha or ()):
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and 0 < value < math.inf):
            raise InputError(f"alpha {place}: received {_short(value)}; give a finite number > 0")
    for place, value in enumerate(observed or ()):
        if value not in classes:
            raise InputError(f"observed {place}: received {_short(value)}; give {' or '.join(classes)}")
    return Question([_image(place, text) for place, text in enumerate(images)], alpha, observed)


def _image(place: int, text: Any) -> bytes:
    try:
        if not isinstance(text, str):
            raise ValueError(f"is {type(text).__name__}")
        image = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as error:
        raise InputError(f"image {place}: is not base64 ({error}); encode the bytes of the file in base64") from None
    width, height = _size(image)
    if max(width, height) > MAX_SIDE:
        raise InputError(f"image {place}: is {width} x {height} pixels; send at most {MAX_SIDE} a side")
    return image


def _size(image: bytes) -> tuple[int, int]:
    """Width and height by the header, so that a small file cannot ask for gigabytes; (0, 0) where it does not say."""
    try:
        with Image.open(io.BytesIO(image)) as opened:
            return opened.size
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return MAX_SIDE + 1, MAX_SIDE + 1
    except Exception:  # PIL raises nearly anything on damaged files; the model's own decoder has the last word
        return 0, 0


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
