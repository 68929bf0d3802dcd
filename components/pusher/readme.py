"""The model card as a page: README.md in the form of the Hugging Face Hub, made from model_card.json."""

import json
from collections.abc import Mapping
from typing import Any

from truemorph.components.artifacts.model_card import ModelCard
from truemorph.components.classes import columns_of
from truemorph.components.laws import CLASS_NAMES

PAGE = """\
---
# Add the license that you give the weights before you upload them.
library_name: keras
pipeline_tag: image-classification
tags: [astronomy, galaxy-morphology, label-noise, truemorph]
{index}---

# {name}: {classes}, from the image alone

**What it does.** It takes the stamp of a galaxy and gives {gives}. It learnt from
labels that {wrong}, through the law of mislabelling (truemorph), so it does not repeat the mistake.

**What it is not for.** Stamps that are framed differently from those it was trained on, {others}.

## Use

```python
import tensorflow as tf

model = tf.saved_model.load("folder of this model")
image = tf.io.read_file("galaxy.jpg")  # JPEG or PNG
model.signatures["serving_default"](image=image[None])  # {columns}, label
```

The model cuts out the central {crop:.3g} of the stamp's side and scales it to {size} pixels. The signature `posterior`
takes a label and the galaxy's resolution alpha as well.

## Training

| | |
| --- | --- |
{training}

## How good it is

{metrics}

{blessing}.

The numbers are for the test split of the run that made the model. Compare a bias only at equal numbers of
galaxies and bins.

## Limits

The law is assumed: {assumed}. Where that does not
hold, or {what} is wrong, the probabilities are biased. 'True' means: as the galaxy is classified when well resolved.
"""


TWO = {
    "classes": "disk or smooth",
    "gives": "the probability that its true class is 'disk'",
    "wrong": "call badly resolved disks 'smooth'",
    "others": "stars and artifacts, or finer\nclasses than 'smooth' and 'disk'",
    "columns": "p_disk",
    "assumed": "volunteers call badly resolved disks smooth, and never smooth galaxies disks",
    "what": "theta",
}
"""What is said of a model of smooth and disk."""


def readme(card: ModelCard) -> str:
    """The page of a pushed model; what is not known is said in words."""
    model, row = card.model or {}, card.metrics or {}
    theta = "not known" if card.theta is None else f"{card.theta:.4g}"
    interval = " to ".join(f"{end:.3g}" for end in card.theta_interval or ())
    training = {
        "backbone": model.get("backbone"),
        "networks, whose mean it is": model.get("folds") or 1,
        "galaxies": model.get("n_train"),
        "what taught it": model.get("evidence"),
        "law of mislabelling": f"{card.law}, theta {theta}" + (f" ({interval}, 95 %)" if interval else ""),
        "status of theta": card.theta_status,
        "hash of the data": (card.data or {}).get("content_hash"),
        "versions": ", ".join(f"{name} {number}" for name, number in (card.versions or {}).items()),
    }
    blessing = card.blessing or {"status": "not_judged", "reason": "no report"}
    return PAGE.format(
        name=f"truemorph {card.name or 'network'}",
        **_words(card.class_names),
        index=_index(card.name, row),
        crop=card.crop,
        size=card.image_size,
        training="\n".join(
            f"| {name} | {'not known' if value in (None, '') else value} |" for name, value in training.items()
        ),
        metrics="\n".join(["| | value | 95 % interval | galaxies |", "| --- | --- | --- | --- |", *_measures(row)]),
        blessing=f"Blessing: {blessing['status']} ({blessing['reason']})",
    )


def _words(classes: tuple[str, ...]) -> dict[str, str]:
    if classes == CLASS_NAMES:
        return TWO
    names = f"{', '.join(classes[:-1])} or {classes[-1]}"
    return {
        "classes": names,
        "gives": f"the probability of each class: {names}",
        "wrong": "are wrong more often the worse a galaxy is resolved",
        "others": "or other classes than these",
        "columns": ", ".join(columns_of("p_disk", classes)),
        "assumed": "labels are confused as the law says, by class and resolution alone",
        "what": "the law",
    }


def _measures(row: Mapping[str, Any]) -> list[str]:
    """Lines of the table of what was measured; a status where there is no number."""
    lines = []
    for name in ("cv14", "cv18"):
        found = row.get(name) or {"status": "not_run"}
        value = found["status"] if found.get("value") is None else f"{found['value']:.3f}"
        ends = " to ".join(f"{end:.3f}" for end in found.get("interval") or ()) or "–"
        lines.append(f"| {name.upper()} label bias | {value} | {ends} | {found.get('n', '–')} |")
    for name in ("accuracy", "f1"):
        value = "not_run" if row.get(name) is None else f"{row[name]:.3f}"
        lines.append(f"| {name} against {row.get('against') or 'labels'} | {value} | – | {row.get('n', '–')} |")
    return lines


def _index(name: str | None, row: Mapping[str, Any]) -> str:
    """The Hub's list of results, nothing where none is known."""
    known = [key for key in ("accuracy", "f1") if row.get(key) is not None]
    if not known:
        return ""
    metrics = [{"type": key, "value": round(row[key], 4), "name": f"{key} against {row['against']}"} for key in known]
    result = {
        "task": {"type": "image-classification"},
        "dataset": {"type": "truemorph-examples", "name": f"{row['split']} split of the run"},
        "metrics": metrics,
    }
    return f"model-index: {json.dumps([{'name': f'truemorph {name}', 'results': [result]}])}\n"
