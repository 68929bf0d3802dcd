"""A pushed SavedModel as a kserve model."""

import asyncio
import re
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import kserve
import numpy as np
import tensorflow as tf
from kserve.errors import InvalidInput

from truemorph.components.artifacts.model_folder import read_card
from truemorph.components.errors import InputError
from truemorph.components.server.requests import Question, from_instances, from_tensors


class ServedModel(kserve.Model):
    """Answers V1 (`:predict`) and V2 (`infer`) requests with a SavedModel's signatures.

    Args:
        name: its name in the URL.
        folder: a version of serving/, as the Pusher wrote it.
    """

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name)
        self._model = tf.saved_model.load(str(folder))
        self._kinds = {
            output: "BYTES" if spec.dtype == tf.string else "FP32"
            for output, spec in sorted(self._model.signatures["serving_default"].structured_outputs.items())
        }
        self.classes = read_card(folder).class_names
        # One thread: TensorFlow uses every core for one request, and the event loop stays free for health checks.
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="model")
        self.answer(Question([tf.io.encode_png(np.zeros((8, 8, 3), np.uint8)).numpy()]))  # the first call is slow
        self.ready = True

    def answer(self, question: Question) -> dict[str, list[Any]]:
        """The outputs of the signature that fits the question, as lists.

        Raises:
            InputError: naming the places of images that cannot be decoded.
        """
        image = tf.constant(question.image, tf.string)
        try:
            if question.alpha is None or question.observed is None:
                found = self._model.signatures["serving_default"](image=image)
            else:
                alpha = tf.constant(question.alpha, tf.float32)
                observed = tf.constant(question.observed, tf.string)
                found = self._model.signatures["posterior"](image=image, alpha=alpha, observed=observed)
        except tf.errors.InvalidArgumentError as error:
            raise InputError(why_refused(error.message)) from None
        values = {name: found[name].numpy().tolist() for name in sorted(found)}
        return {
            name: [item.decode() if isinstance(item, bytes) else item for item in column]
            for name, column in values.items()
        }

    async def predict(self, payload: Any, headers: Any = None, response_headers: Any = None) -> Any:
        """A V1 or V2 request -> its response; kserve calls it."""
        try:
            # Another request is read while the network is busy with this one.
            question = await asyncio.to_thread(_question, payload, self.classes)
            columns = await asyncio.get_running_loop().run_in_executor(self._worker, self.answer, question)
        except InputError as error:
            raise InvalidInput(str(error)) from None
        if isinstance(payload, kserve.InferRequest):
            outputs = [
                kserve.InferOutput(name, [len(column)], self._kinds[name], data=column)
                for name, column in columns.items()
            ]
            return kserve.InferResponse(payload.id or str(uuid.uuid4()), self.name, outputs)
        rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        # As TensorFlow Serving has it: without the name where a signature has one output.
        return {"predictions": rows if len(columns) > 1 else next(iter(columns.values()))}

    def get_input_types(self) -> list[dict[str, Any]]:
        """The inputs that a V2 client may ask about; alpha and observed are for the posterior."""
        kinds = {"image": "BYTES", "alpha": "FP32", "observed": "BYTES"}
        return [{"name": name, "datatype": kind, "shape": [-1]} for name, kind in kinds.items()]

    def get_output_types(self) -> list[dict[str, Any]]:
        """The outputs that a V2 client may ask about."""
        return [{"name": name, "datatype": kind, "shape": [-1]} for name, kind in self._kinds.items()]


def _question(payload: Any, classes: Sequence[str]) -> Question:
    if isinstance(payload, kserve.InferRequest):
        return from_tensors({one.name: _flat(one.data) for one in payload.inputs}, classes)
    return from_instances(payload, classes)


def why_refused(message: str) -> str:
    """What TensorFlow's error says, in one line.

    Example:
        >>> why_refused("Graph execution error:\\n\\nassertion failed: [damaged: image] [1 3] [of] [4]\\n\\t [[{{node")
        'damaged: image 1, 3 of 4'
    """
    asserted = re.search(r"assertion failed: (.*)", message)
    if not asserted:
        return message.splitlines()[0]
    return re.sub(r"\[([^\]]*)\]", lambda part: re.sub(r"(\d) (\d)", r"\1, \2", part[1]), asserted[1])


def _flat(data: Any) -> list[Any]:
    """The data of a V2 tensor, which may be nested as its shape says."""
    if not isinstance(data, list):
        return [data]
    return [item for part in data for item in (_flat(part) if isinstance(part, list) else [part])]
