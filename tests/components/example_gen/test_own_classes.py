"""Labels of classes of your own: given as words or numbers, or by votes with the artifacts as a class."""

from pathlib import Path

import pandas as pd
import pytest

from truemorph.components.errors import InputError
from truemorph.components.example_gen.check import joined
from truemorph.components.example_gen.ingest_sources import open_sources

NAMES = ("smooth", "disk", "artifact")


def _table(folder: Path, **columns: list[object]) -> Path:
    path = folder / "table.csv"
    pd.DataFrame({"id": [f"g{i}" for i in range(6)], "alpha": 9.0, **columns}).to_csv(path, index=False)
    return path


def test_labels_are_words_or_numbers_of_the_classes(tmp_path: Path) -> None:
    path = _table(tmp_path, label=["Ring", "plain", 2, "1.0", "disk", None])
    found = joined(open_sources(table=path, classes=("plain", "ring", "odd"))).sort_values("objid")
    assert found["label_raw"].tolist()[:4] == [1, 0, 2, 1]
    assert found["reason"].tolist() == [None] * 4 + ["bad_label", "no_label"]


def test_artifacts_of_votes_are_a_class_where_asked_for(tmp_path: Path) -> None:
    counts = {
        "smooth_count": [9, 1, 1, 4, 0, 0],
        "disk_count": [1, 9, 1, 4, 0, 3],
        "artifact_count": [0, 0, 8, 0, 0, 5],
    }
    path = _table(tmp_path, **counts)
    found = joined(open_sources(table=path, votes_column="count", classes=NAMES)).sort_values("objid")
    assert found["label_raw"].tolist()[:3] == [0, 1, 2] and found["label_raw"].iloc[5] == 2
    assert found["reason"].tolist() == [None, None, None, "tie", "no_votes", None]
    plain = joined(open_sources(table=path, votes_column="count")).sort_values("objid")
    assert plain["reason"].tolist() == [None, None, "star_or_artifact", "tie", "no_votes", "star_or_artifact"]


def test_votes_do_not_tell_other_classes(tmp_path: Path) -> None:
    path = _table(tmp_path, smooth_count=[1] * 6, disk_count=[2] * 6)
    with pytest.raises(InputError, match="has no labels, and its votes only tell smooth, disk, artifact apart; "):
        open_sources(table=path, votes_column="count", classes=("plain", "ring"))
