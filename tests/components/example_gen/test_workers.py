"""Workers in processes of their own have what they need, and make the same bytes."""

import zipfile

import pytest
from upstream import Sky

from truemorph.components.errors import InputError
from truemorph.components.example_gen import splits


def test_two_processes_make_the_same_dataset(sky: Sky, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splits, "ROWS_PER_SHARD", 8)
    sky.image(sky.ids[0]).write_bytes(b"")
    packed = sky.folder / "images.zip"
    with zipfile.ZipFile(packed, "w") as file:
        for objid in sky.ids:
            file.write(sky.image(objid), f"images/{objid}.jpg")
    one = sky.ingest("one", balance=True)
    two = sky.ingest("two", balance=True, images=packed, workers=2)
    assert one.files() == two.files()
    assert len(list(two.examples.glob("Split-*/*"))) == 6


@pytest.mark.slow  # the same line where it is found before a job begins: test_remote.py
def test_a_worker_s_bad_table_is_one_line(sky: Sky, capfd: pytest.CaptureFixture[str]) -> None:
    sky.photometry["psfWidth_r"] = "wide"
    with pytest.raises(InputError, match=r"photometry\.csv: column 'psfWidth_r' holds 'wide' in row 1"):
        sky.ingest(workers=2)
    assert "Traceback" not in capfd.readouterr().err
