"""Parts: sorted, bounded, from folders, zips and datasets; what cannot be one is refused."""

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
import toy

from truemorph.components.bulk_inferrer import parts as parts_module
from truemorph.components.bulk_inferrer.parts import ImagePart, ShardPart, example_parts
from truemorph.components.errors import InputError
from truemorph.components.examples.tfrecord import shard_path, write_shard

NAMES = ["3.png", "1.jpg", "2.JPEG", "10.jpg", "notes.txt"]
SORTED = ["1", "10", "2", "3", "notes.txt"]


def image_parts(images: Path) -> list[Any]:
    return parts_module.image_parts(str(images))[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    for name in NAMES:
        (folder / name).write_bytes(name.encode())
    return folder


def zipped(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, Path(name).name.encode())
    return path


def objids(parts: list[Any]) -> list[str]:
    return [record.known["objid"] for part in parts for record in part.records()]


def test_a_folder_is_cut_into_bounded_parts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts_module, "IMAGES_PER_PART", 3)
    parts = image_parts(folder)
    assert [type(part) for part in parts] == [ImagePart] * 2
    assert [len(part) for part in parts] == [3, 2]
    assert objids(parts) == SORTED
    assert [record.image for record in parts[0].records()] == [b"1.jpg", b"10.jpg", b"2.JPEG"]


def test_a_zip_gives_what_the_folder_gives(folder: Path, tmp_path: Path) -> None:
    inside = [f"images/{name}" for name in NAMES]
    archive = zipped(tmp_path / "i.zip", *inside, "images/", "__MACOSX/images/._1.jpg")
    parts = image_parts(archive)
    assert parts_module.image_parts(str(archive))[1] == 1
    assert objids(parts) == SORTED
    both = zip(parts[0].records(), image_parts(folder)[0].records(), strict=True)
    assert all(one.image == other.image for one, other in both)


def test_a_damaged_member_is_a_record_with_a_reason(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "i.zip", "1.jpg", "2.jpg")
    archive.write_bytes(archive.read_bytes().replace(b"1.jpg1.jpg", b"1.jpg1.jpX", 1))
    one, two = image_parts(archive)[0].records()
    assert (one.image, one.why) == (b"", "image_unreadable (damaged in the zip)")
    assert (two.image, two.why) == (b"2.jpg", "")


def test_a_vanished_file_is_a_record_with_a_reason(folder: Path) -> None:
    parts = image_parts(folder)
    (folder / "10.jpg").unlink()
    assert [record.why for record in parts[0].records()] == ["", "no_image", "", "", ""]


def test_examples_are_in_record_order(tmp_path: Path) -> None:
    from truemorph.components.examples.table import read_table

    toy.sky(tmp_path / "run" / "examples", 9, 3, 4)
    table = read_table(tmp_path / "run" / "examples")
    for given in (tmp_path / "run", tmp_path / "run" / "examples"):
        parts = example_parts(given)
        assert all(isinstance(part, ShardPart) for part in parts) and sum(map(len, parts)) == 16
        known = [record.known for part in parts for record in part.records()]
        assert [one["objid"] for one in known] == table["objid"].tolist()
        assert [one["split"] for one in known] == table["split"].tolist()
        assert [one["alpha"] for one in known] == table["alpha"].tolist()
        assert [one["observed"] for one in known] == [("smooth", "disk")[label] for label in table["label_raw"]]


def test_a_changed_file_changes_the_state(folder: Path) -> None:
    before = image_parts(folder)[0].state()
    assert image_parts(folder)[0].state() == before
    (folder / "3.png").write_bytes(b"other")
    assert image_parts(folder)[0].state() != before


def test_every_file_has_an_id_of_its_own(tmp_path: Path) -> None:
    names = [
        "a/1.jpg",
        "b/1.jpg",
        "b/2.JPG",
        "2.png",
        "3.gif",
        "3.txt",
        "d/SDSS J1.5+2.0.fits.gz",
        "x.jpg",
        "x.jpg.png",
    ]
    files = dict(zip([f"i/{name}" for name in names], range(9), strict=True))
    archive = zipped(tmp_path / "i.zip", *files)
    ids = dict((name, objid) for part in image_parts(archive) for objid, name in part.files)
    assert ids == {
        **{f"i/{name}": f"i/{name}" for name in ("a/1.jpg", "b/1.jpg", "b/2.JPG", "2.png")},
        "i/3.gif": "3",
        "i/3.txt": "3.txt",
        "i/d/SDSS J1.5+2.0.fits.gz": "SDSS J1.5+2.0",
        "i/x.jpg": "x",
        "i/x.jpg.png": "x.jpg",
    }


def test_names_that_are_no_text_are_escaped(tmp_path: Path) -> None:
    for name in (b"caf\xe9.jpg", b"new\nline.jpg", "银河.jpg".encode()):
        (tmp_path / os.fsdecode(name)).touch()
    assert objids(image_parts(tmp_path)) == ["caf\\xe9", "new\\nline", "银河"]


def test_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 no more")
    for given, match in (
        (tmp_path / "nothing", "no such folder; give the folder of the images"),
        (folder / "notes.txt", "is neither a folder nor a .zip"),
        (tmp_path / "empty", "no file there ends in .jpg, .jpeg, .*; give the folder of the images"),
        (zipped(tmp_path / "none.zip", "a.txt"), "no file there ends in .jpg"),
        (tmp_path / "broken.zip", "broken.zip: cannot be read as a zip .*; is its download complete"),
    ):
        with pytest.raises(InputError, match=match):
            image_parts(given)
    with pytest.raises(InputError, match="no examples here"):
        example_parts(tmp_path / "empty")
    for split in ("train", "eval", "test"):
        write_shard(shard_path(tmp_path / "none", split, 0, 1), [])
    with pytest.raises(InputError, match=r"--examples .*none: there are no examples here; ingest again"):
        example_parts(tmp_path / "none")
