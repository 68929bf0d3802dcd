"""Settings of a short training on a toy sky."""

from typing import Any

SETTINGS: dict[str, Any] = {
    "loss": "debiased",
    "labels": "raw",
    "backbone": "small",
    "image_size": 32,
    "crop": 1.0,
    "epochs": 6,
    "batch_size": 32,
    "learning_rate": 3e-3,
    "seed": 0,
    "evidence": "labels",
    "deterministic": False,
    "schedule": "cosine",
    "patience": 0,
    "tensorboard": False,
    "precision": "float32",
    "devices": 1,
    "rotations": "dihedral",
    "symmetries": 1,
    "zoom": 0.15,
    "folds": 1,
}
