"""Images out of a bucket, and staging in it."""

from pathlib import Path

import pytest
from upstream import Sky

from truemorph.components.buckets.files import files_of
from truemorph.components.bulk_inferrer.parts import image_parts
from truemorph.components.engines.staging import Staging
from truemorph.components.errors import InputError
from truemorph.components.example_gen import remote, splits


# The other kinds in buckets/test_files.py, and from ingest to prediction in bulk_inferrer/test_bucket_commands.py.
@pytest.mark.parametrize(
    "bucket", ["gs", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("s3", "hdfs"))], indirect=True
)
def test_workers_that_have_only_a_bucket_make_the_same_dataset(
    sky: Sky, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splits, "ROWS_PER_SHARD", 8)
    sky.image(sky.ids[0]).unlink()
    sky.image(sky.ids[1]).write_bytes(b"<html>")
    here = sky.ingest("here")
    store, there = Staging(bucket), files_of(bucket)
    for file in sorted((sky.folder / "images").iterdir()):
        store.put(file, f"images/{file.name}")
    parameters = {
        "images": None,
        "bucket": f"{bucket}/images",
        "runner": "PortableRunner",
        "options": [
            "--job_endpoint=embed",
            f"--temp_location={bucket}/tmp",
            "--environment_type=LOOPBACK",
        ],
    }
    with monkeypatch.context() as patch:
        patch.setattr(remote, "_fetch", lambda *given: pytest.fail("cut off"))
        with pytest.raises(pytest.fail.Exception, match="cut off"):
            sky.ingest("elsewhere", **parameters)
    assert sum("/shard-" in name for name in there.tree(f"{bucket}/tmp")) == 6
    elsewhere = sky.ingest("elsewhere", **parameters)
    assert elsewhere.files() == here.files()
    assert elsewhere.reasons[sky.ids[0]] == "no_image"
    assert list(there.tree(f"{bucket}/tmp")) == []


def test_predict_has_a_row_for_each_file_of_a_bucket(bucket: str, tmp_path: Path) -> None:
    store, files = Staging(bucket), {"1.jpg": b"one", "a/2 é.png": b"two", "a/.hidden.jpg": b"", "notes.txt": b"text"}
    for name, data in files.items():
        (tmp_path / "file").write_bytes(data)
        store.put(tmp_path / "file", f"images/{name}")
    (part,), hidden = image_parts(f"{bucket}/images")
    found = [(record.known["objid"], record.image, record.why) for record in part.records()]
    assert found == [("1", b"one", ""), ("2 é", b"two", ""), ("notes.txt", b"text", "")] and hidden == 1
    store.put(tmp_path / "file", "texts/notes.txt")
    with pytest.raises(InputError, match="no file there ends in"):
        image_parts(f"{bucket}/texts")
