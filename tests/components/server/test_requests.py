"""Requests: what is understood, and what is refused, naming the place."""

import base64
import io
from typing import Any

import pytest
from PIL import Image

from truemorph.components.errors import InputError
from truemorph.components.server.requests import MAX_IMAGES, Question, from_instances, from_tensors


def b64(data: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(data).decode()}


def png(width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("1", (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def labelled(alpha: Any = 8.0, observed: Any = "smooth") -> dict[str, Any]:
    return {"image": b64(b"x"), "alpha": alpha, "observed": observed}


def test_instances() -> None:
    assert from_instances({"instances": [b64(b"one"), {"image": b64(b"two")}]}) == Question([b"one", b"two"])
    assert from_instances(b'{"instances": [{"b64": "b25l"}]}') == Question([b"one"])
    both = from_instances({"instances": [labelled(), labelled(9, "disk")]})
    assert both == Question([b"x", b"x"], [8.0, 9], ["smooth", "disk"])


def test_tensors() -> None:
    text = b64(b"one")["b64"]
    assert from_tensors({"image": [text]}) == Question([b"one"])
    assert from_tensors({"image": [text], "alpha": [8.0], "observed": ["disk"]}) == Question([b"one"], [8.0], ["disk"])


@pytest.mark.parametrize(
    ("payload", "match"),
    [
        (None, 'the request is not a JSON object with a list "instances"'),
        (b"\xff\xd8", "the request is not JSON"),
        (b"[]", 'not a JSON object with a list "instances"'),
        ({"instances": {"b64": "AA=="}}, 'not a JSON object with a list "instances"'),
        ({"instances": []}, f"the request has 0 images; send 1 to {MAX_IMAGES}"),
        ({"instances": [b64(b"x")] * (MAX_IMAGES + 1)}, f"has {MAX_IMAGES + 1} images"),
        (
            {"instances": [b64(b"x"), "AA=="]},
            '1: has no fields; .* or every one "image", "alpha" and "observed"',
        ),
        ({"instances": [b64(b"x"), {"image": b64(b"x"), "alpha": 3}]}, r"instance 1: has \['alpha', 'image'\]"),
        ({"instances": [b64(b"x"), labelled()]}, "instance 1: has .*; give every instance"),
        ({"instances": [b64(b"x"), {"b64": "is not base64"}]}, "image 1: is not base64"),
        ({"instances": [{"b64": 7}]}, r"image 0: is not base64 \(is int\)"),
        ({"instances": [{"b64": "é"}]}, "image 0: is not base64"),
        ({"instances": [b64(png(5000, 8))]}, "image 0: is 5000 x 8 pixels; send at most 4096"),
        ({"instances": [b64(png(20000, 20000))]}, "image 0: is 4097 x 4097 pixels"),
        ({"instances": [labelled(), labelled(alpha=0)]}, "alpha 1: received 0; give a finite number > 0"),
        ({"instances": [labelled(alpha=float("nan"))]}, "alpha 0: received nan"),
        ({"instances": [labelled(alpha=float("inf"))]}, "alpha 0: received inf"),
        ({"instances": [labelled(alpha=True)]}, "alpha 0: received True"),
        ({"instances": [labelled(alpha="8")]}, "alpha 0: received '8'"),
        ({"instances": [labelled(observed="spiral")]}, "observed 0: received 'spiral'; give smooth or disk"),
        ({"instances": [labelled(observed=["disk"] * 99)]}, r"observed 0: received \['disk', .*\.\.\.; give"),
    ],
)
def test_instances_refused(payload: Any, match: str) -> None:
    with pytest.raises(InputError, match=match):
        from_instances(payload)


@pytest.mark.parametrize(
    ("tensors", "match"),
    [
        ({}, r"the inputs are \[\]; give image, or image, alpha and observed"),
        ({"image": ["AA=="], "alpha": [1.0]}, r"the inputs are \['alpha', 'image'\]"),
        ({"image": None}, "has 0 images"),
        ({"image": [1.5]}, r"image 0: is not base64 \(is float\)"),
        ({"image": ["AA=="] * 2, "alpha": [1.0], "observed": ["disk"] * 2}, "alpha: 1 values for 2 images"),
        ({"image": ["AA=="] * 2, "alpha": [1.0] * 2, "observed": ["disk"]}, "observed: 1 values for 2 images"),
    ],
)
def test_tensors_refused(tensors: Any, match: str) -> None:
    with pytest.raises(InputError, match=match):
        from_tensors(tensors)
