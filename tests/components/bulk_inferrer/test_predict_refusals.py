"""What predict refuses, in one line."""

from pathlib import Path

import pytest

from truemorph.components.bulk_inferrer.classifier import load_classifier
from truemorph.components.bulk_inferrer.predict import predict
from truemorph.components.errors import InputError


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"out": "p.txt"}, r"--out .*p\.txt: ending '\.txt' is not known; use \.parquet, \.csv, \.fits, \.vot"),
        ({"out": "nowhere/p.csv"}, "there is no folder .*nowhere; create it"),
        ({"images": "nothing"}, "nothing: no such folder"),
        ({"images": "empty"}, "--images .*empty: no file there ends in"),
        (
            {"images": "foreign", "out": "p.fits"},
            "FITS can only hold ASCII, and .*mega is not; rename it or write .parquet",
        ),
        ({"model": "empty"}, "--model .*empty: no model here; give models/<name>/"),
        ({"model": "run"}, "--model .*run: no model here; give .*run/serving$"),
        ({"model": "nothing"}, "--model .*nothing: no model here"),
        ({"model": "cardless"}, r"model\.json: no such file; run the step that writes it"),
        ({"model": "broken"}, r"model\.keras: not a readable Keras model"),
    ],
)
def test_refused(model: Path, images: Path, tmp_path: Path, change: dict[str, str], match: str) -> None:
    for name in ("empty", "cardless", "broken", "foreign"):
        (tmp_path / name).mkdir()
    (tmp_path / "run" / "serving").mkdir(parents=True)
    (tmp_path / "foreign" / "Ωmega.jpg").touch()
    (tmp_path / "cardless" / "model.keras").touch()
    (tmp_path / "broken" / "model.keras").write_text("no zip")
    (tmp_path / "broken" / "model.json").write_text('{"image_size": 32, "crop": 0.5}')
    paths = {"model": model, "images": images, "out": tmp_path / "p.csv"}
    paths |= {name: tmp_path / value for name, value in change.items()}
    with pytest.raises(InputError, match=match):
        predict(**paths)
    assert not [path for path in tmp_path.iterdir() if path.is_file()]


def test_a_card_without_its_keys_is_refused(model: Path, tmp_path: Path) -> None:
    (tmp_path / "model.keras").touch()
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(InputError, match=r"model\.json: has no 'image_size'; give a file that truemorph wrote"):
        load_classifier(tmp_path)
