"""Parts: sorted, bounded, from folders, zips and datasets; what cannot be one is refused."""

import zipfile
from pathlib import Path
from typing import Any

import pytest

from truemorph.components.bulk_inferrer import sources
from truemorph.components.bulk_inferrer.sources import FolderPart, ShardPart, ZipPart, example_parts, image_parts
from truemorph.components.errors import InputError

NAMES = ["3.png", "1.jpg", "2.JPEG", "10.jpg", "notes.txt"]
SORTED = ["1", "10", "2", "3"]


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
    monkeypatch.setattr(sources, "IMAGES_PER_PART", 3)
    parts = image_parts(folder)
    assert [type(part) for part in parts] == [FolderPart] * 2
    assert [len(part) for part in parts] == [3, 1]
    assert objids(parts) == SORTED
    assert [record.image for record in parts[0].records()] == [b"1.jpg", b"10.jpg", b"2.JPEG"]


def test_a_zip_gives_what_the_folder_gives(folder: Path, tmp_path: Path) -> None:
    inside = [f"images/{name}" for name in NAMES]
    archive = zipped(tmp_path / "i.zip", *inside, "images/", "__MACOSX/images/._1.jpg")
    parts = image_parts(archive)
    assert isinstance(parts[0], ZipPart)
    assert objids(parts) == SORTED
    both = zip(parts[0].records(), image_parts(folder)[0].records(), strict=True)
    assert all(one.image == other.image for one, other in both)


def test_a_damaged_member_is_a_record_with_a_reason(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "i.zip", "1.jpg", "2.jpg")
    archive.write_bytes(archive.read_bytes().replace(b"1.jpg1.jpg", b"1.jpg1.jpX", 1))
    one, two = image_parts(archive)[0].records()
    assert (one.image, one.why[:10]) == (b"", "in the zip") and "CRC" in one.why
    assert (two.image, two.why) == (b"2.jpg", "")


def test_a_vanished_file_is_a_record_with_a_reason(folder: Path) -> None:
    parts = image_parts(folder)
    (folder / "10.jpg").unlink()
    assert [record.why for record in parts[0].records()] == ["", "No such file or directory", "", ""]


def test_examples_are_in_record_order(toy: Any, tmp_path: Path) -> None:
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
    before = sources.state_of(image_parts(folder)[0])
    assert sources.state_of(image_parts(folder)[0]) == before
    (folder / "3.png").write_bytes(b"other")
    assert sources.state_of(image_parts(folder)[0]) != before


def test_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 no more")
    (folder / "10.png").touch()
    for given, match in (
        (tmp_path / "nothing", "no such folder or zip; give a folder or a .zip"),
        (folder / "notes.txt", "no such folder or zip"),
        (tmp_path / "empty", "holds no .jpg, .jpeg, .png file"),
        (zipped(tmp_path / "none.zip", "a.txt"), "holds no .jpg, .jpeg, .png file"),
        (tmp_path / "broken.zip", "broken.zip: no readable zip .*; is it complete"),
        (folder, "10.jpg and 10.png have one id; rename or remove one"),
        (zipped(tmp_path / "twice.zip", "a/1.jpg", "b/1.jpg"), "a/1.jpg and b/1.jpg have one id"),
    ):
        with pytest.raises(InputError, match=match):
            image_parts(given)
    with pytest.raises(InputError, match="no examples here"):
        example_parts(tmp_path / "empty")
