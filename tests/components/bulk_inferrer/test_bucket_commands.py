"""The commands with tables, images and results in buckets: the bytes of the same commands on a disk; no key printed."""

import shutil
from pathlib import Path

import pytest
from bucket_servers import SECRET
from upstream import Sky

from truemorph.cli import main
from truemorph.components.buckets.files import files_of


def test_an_ingest_and_a_prediction_in_a_bucket_are_those_on_a_disk(
    sky: Sky, bucket: str, model: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(sky.folder)
    shutil.make_archive(str(sky.folder / "images"), "zip", sky.folder / "images")
    there, local = files_of(bucket), sky.inputs() | {"images": sky.folder / "images.zip"}
    for file in local.values():
        there.put(file, f"{bucket}/sky/{file.name}")
    for name, place in (("here", str(sky.folder)), ("there", f"{bucket}/sky")):
        words = [word for kind, file in local.items() for word in (f"--{kind}", f"{place}/{file.name}")]
        assert main(["ingest", *words, "--out", name]) == 0
        out = f"{place}/p.csv"
        assert main(["predict", "--model", str(model), "--images", f"{place}/images.zip", "--out", out]) == 0
    files = [
        {str(path.relative_to(name)): path.read_bytes() for path in Path(name, "examples").rglob("*") if path.is_file()}
        for name in ("here", "there")
    ]
    assert files[0] == files[1] and len(files[0]) > 3
    for ending in ("", "-metadata.json"):
        assert there.read(f"{bucket}/sky/p.csv{ending}", 1 << 20) == Path(f"p.csv{ending}").read_bytes()
    assert not list(sky.folder.glob("truemorph-*"))
    assert sorted(there.tree(bucket))[-1] == f"{bucket}/sky/votes.csv"
    _without_keys(sky.folder, capfd.readouterr())


@pytest.mark.parametrize("bucket", ["s3"], indirect=True)
def test_what_a_bucket_refuses_is_one_line_without_its_key(
    sky: Sky, bucket: str, model: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(sky.folder)
    before = sorted(path.name for path in sky.folder.iterdir())
    predict = ["predict", "--model", str(model), "--images", str(sky.folder / "images")]
    for words, said in (
        ([*predict, "--out", "s3://other/p.csv"], "--out s3://other/p.csv: cannot be written"),
        ([*predict[:-1], "s3://other/images", "--out", "p.csv"], "s3://other/images: cannot be read"),
        (["check", "--table", "s3://sky/no.csv", "--images", "images"], "s3://sky/no.csv: no such file"),
        (
            [*predict, "--out", "p.csv", "--set", f'beam.options=["--s3_secret_access_key={SECRET}"]'],
            "beam.options: S3 keys do not belong here; workers find them in their environment",
        ),
        ([*predict, "--out", f"s3://key:{SECRET}@sky/p.csv"], "a URL must not contain a password"),
    ):
        assert main(words) == 2
        said_by = capfd.readouterr()
        assert said in said_by.err and "Traceback" not in said_by.err
        _without_keys(sky.folder, said_by)
    assert sorted(path.name for path in sky.folder.iterdir()) == before


def _without_keys(folder: Path, said: object) -> None:
    """No key stands in what was said, nor in any file that was left."""
    assert SECRET not in str(said)
    assert not any(SECRET.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())
