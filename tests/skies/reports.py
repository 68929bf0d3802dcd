"""A small report that is right, of which the tests break one thing at a time."""

from typing import Any

Dict = dict[str, Any]


def measure(**changes: Any) -> Dict:
    good = {"value": 0.31, "interval": [0.29, 0.33], "noise_floor": 0.04, "corrected": 0.3, "n": 1200, "bins": 10}
    good |= {"depth": None, "reference": "last", "intrinsic": [], "status": "ok", "why": None, "left_out": {}}
    return good | changes


def good_report() -> Dict:
    """A small report that is right."""
    unknown = {"value": None, "interval": None, "noise_floor": None, "corrected": None}
    scores = ("accuracy", "precision", "recall", "f1")
    keys = ["labels_raw", "labels_debiased", "network_raw", "network_debiased_labels", "cv14", "ddb"]
    rows: list[Dict] = [
        {"key": key, "letter": letter, "name": key, "split": "test", "n": 1200, "status": "ok", "why": None}
        | {"cv14": measure(), "cv18": measure(depth=3, intrinsic=["redshift"]), "against": None}
        | dict.fromkeys(scores)
        | {
            "scores": {
                "status": dict.fromkeys(scores, "not_applicable"),
                "why": None,
                "n": 0,
                "left_out": {},
                "confusion": None,
            }
        }
        for letter, key in zip("abcdef", keys, strict=True)
    ]
    few = measure(**unknown, status="insufficient_data", why="12 objects", left_out={"no alpha": 2})
    rows[2] |= {"cv14": few, "cv18": few, "accuracy": 0.9, "against": "label_raw"}
    rows[5] |= {"status": "degenerate", "why": "one class only", "accuracy_vs_truth": 0.94}
    theta = {"value": 9.05, "interval": [8.6, 9.5], "status": "ok", "method": "cv14", "law": "exponential"}
    point = {"alpha": 6.0, "alpha_low": 4.0, "alpha_high": 7.0, "n": 0, "disk": 0}
    versions = dict.fromkeys(("python", "truemorph", "keras", "tensorflow", "numpy"), "1.0")
    told = {
        "measure": "cv14",
        "before": 0.31,
        "after": 0.31,
        "floor": 0.04,
        "worries": [],
        "lines": ["First.", "Second."],
    }
    return {
        "verdict": told | {"change": {"value": 0.0, "interval": [-0.01, 0.01]}, "lines": ["First.", "Second."]},
        "rows": rows,
        "theta": theta | {"source": "CV14.", "why": None, "n": 9000, "cv14": None, "fractions": None},
        "curves": [{"key": "ddb", "bins": [point | dict.fromkeys(("fraction", "low", "high"))]}],
        "slices": [{"column": "redshift", "parts": [{"low": 0.1, "high": 0.2, "n": 30, "curves": []}]}],
        "agreement": [{"key": "ddb", "against": "labels_raw", "n": 3, "confusion": [[1, 1], [0, 1]]}],
        "calibration": [{"key": "ddb", "against": "label_raw", "bins": []}],
        "profile": None,
        "gallery": None,
        "training": [{"id": "naive", "name": "n", "status": "ok", "why": None, "history": {"loss": [0.5, None]}}],
        "rejects": {
            "tables": {"votes": 13, "photometry": 14},
            "rows_in": 13,
            "kept": {"train": 9, "eval": 1, "test": 1},
            "total": 2,
            "reasons": {"no image": 2},
        },
        "published": {"label": "published", "source": "a paper", "rows": {"ddb": {"cv14": 0.3}}},
        "notes": [],
        "provenance": {"data": {"content_hash": "ab"}, "versions": versions},
    }
