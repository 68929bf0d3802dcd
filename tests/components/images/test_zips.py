"""A zip of any make is read, and a damaged member stops no other."""

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from upstream import jpeg_bytes

from truemorph.components.errors import InputError
from truemorph.components.images.folders import FolderStore
from truemorph.components.images.stores import Image, open_store, read_image
from truemorph.components.images.zips import ZipStore

Jpeg = Callable[..., bytes]
MEMBERS = [f"images/{number}.jpg" for number in range(4)]
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
IMAGES = {name: jpeg_bytes(place, 24) for place, name in enumerate(MEMBERS)}


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), method=st.sampled_from(METHODS), member=st.integers(0, 3))
def test_any_member_may_be_damaged(tmp_path: Path, data: st.DataObject, method: int, member: int) -> None:
    path = zipped(tmp_path / "i.zip", IMAGES, method)
    content = bytearray(path.read_bytes())
    entries = zipfile.ZipFile(path).infolist()
    start = entries[member].header_offset
    end = start + 30 + len(MEMBERS[member]) + entries[member].compress_size
    for place in data.draw(st.lists(st.integers(start, end - 1), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    store = ZipStore(str(path))
    for place, name in enumerate(MEMBERS):
        found = read_image(store, name)
        if place != member:
            assert found == (IMAGES[name], None)
        else:
            # What is not noticed did no harm: the checksum holds.
            assert found == (IMAGES[name], None) or (found[0] == b"" and found[1] is not None)


@pytest.mark.parametrize("method", METHODS)
def test_a_member_of_no_sense_has_its_reason(tmp_path: Path, method: int) -> None:
    path = zipped(tmp_path / "i.zip", IMAGES, method)
    entry = zipfile.ZipFile(path).infolist()[1]
    content = bytearray(path.read_bytes())
    place = entry.header_offset + 30 + len(entry.filename)
    content[place : place + 40] = b"\x07" + b"\xff" * 39
    path.write_bytes(content)
    assert read_image(ZipStore(str(path)), "1") == (b"", "image_unreadable (damaged in the zip)")


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (6, 99, None),
        (10, 99, "image_unreadable (unknown compression)"),
        (8, 1, "image_unreadable (encrypted)"),
    ],
)
def test_a_member_made_for_other_unpackers(tmp_path: Path, place: int, value: int, reason: str | None) -> None:
    """In the directory: the version needed, the method, the flags."""
    path = zipped(tmp_path / "i.zip", IMAGES)
    content = bytearray(path.read_bytes())
    entry = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    content[entry + place] = value
    path.write_bytes(content)
    store = ZipStore(str(path))
    assert read_image(store, "1")[1] == reason
    assert read_image(store, "2") == (IMAGES[MEMBERS[2]], None)


def test_a_bomb_of_any_method_is_not_unpacked_beyond_its_size(tmp_path: Path) -> None:
    path = zipped(tmp_path / "i.zip", {"1.jpg": bytes(200 << 20)}, zipfile.ZIP_BZIP2)
    lie = path.read_bytes().replace((200 << 20).to_bytes(4, "little"), (5000).to_bytes(4, "little"))
    path.write_bytes(lie)
    assert read_image(ZipStore(str(path)), "1")[1] == "image_unreadable (damaged in the zip)"


NAMES = {
    "images\\1.JPG": "1",
    "images/deep/er/2.Jpeg": "2",
    "./images/3.PNG": "3",
    "/images/4.jpg": "4",
    "C:\\Users\\me\\5.jpg": "5",
    "6.jfif": "6",
    "../7.jpg": "7",
    "images/SDSS J0.1+2.3.jpg": "SDSS J0.1+2.3",
}
JUNK = ["__MACOSX/images/._1.jpg", "images/._2.jpg", "images/.DS_Store", "images/", "images\\deep\\"]


def test_names_of_every_make(tmp_path: Path) -> None:
    files = {name: jpeg_bytes(place) for place, name in enumerate(NAMES)}
    store = ZipStore(str(zipped(tmp_path / "i.zip", files | dict.fromkeys(JUNK, b"\0\5\x16\7"))))
    for name, wanted in NAMES.items():
        assert read_image(store, wanted) == (files[name], None), name
    assert read_image(store, "images/1.jpg") == (files["images\\1.JPG"], None)
    assert read_image(store, "/data/of/another/images/4.jpg") == (files["/images/4.jpg"], None)
    assert read_image(store, "other/4") == (b"", "no_image")


def with_name(path: Path, old: bytes, new: bytes, flag: int) -> Path:
    """A zip with a member's name changed to bytes as many, and its flags set, in its directory and before it."""
    assert len(old) == len(new)
    content = bytearray(path.read_bytes())
    for mark, before, at in ((b"PK\3\4", 30, 6), (b"PK\1\2", 46, 8)):
        start = next(
            k for k in range(len(content)) if content[k : k + 4] == mark and content[k + before :].startswith(old)
        )
        content[start + before : start + before + len(old)] = new
        content[start + at : start + at + 2] = flag.to_bytes(2, "little")
    path.write_bytes(content)
    return path


def test_a_name_that_is_no_text_closes_no_other_member(tmp_path: Path) -> None:
    path = with_name(zipped(tmp_path / "i.zip", IMAGES), b"images/1.jpg", b"images/\xff.jpg", 0x800)
    store = ZipStore(str(path))
    for name in MEMBERS:
        assert read_image(store, name) == ((b"", "no_image") if name == MEMBERS[1] else (IMAGES[name], None))
    odd = next(name for name in store.names() if name not in MEMBERS)
    assert store.load(odd) == (b"", "image_unreadable (damaged in the zip)")


def test_a_name_of_utf_8_that_is_not_called_so(tmp_path: Path) -> None:
    files = {"images/ab.jpg": IMAGES[MEMBERS[0]], "images/2.jpg": IMAGES[MEMBERS[1]]}
    path = with_name(zipped(tmp_path / "i.zip", files), b"images/ab.jpg", "images/\u00e9.jpg".encode(), 0)
    assert read_image(ZipStore(str(path)), "\u00e9") == (IMAGES[MEMBERS[0]], None)


def both(tmp_path: Path, files: dict[str, bytes], wanted: str) -> Image:
    """The image of this name in a folder and in a zip of the same files: the same."""
    for name, data in files.items():
        path = tmp_path / "folder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    folder, archive = FolderStore(str(tmp_path / "folder")), ZipStore(str(zipped(tmp_path / "i.zip", files)))
    found = read_image(folder, wanted)
    assert found == read_image(archive, wanted)
    return found


def test_a_folder_and_its_zip_read_the_same(tmp_path: Path, jpeg: Jpeg) -> None:
    files = {
        "a/1.jpg": jpeg(1),
        "b/1.jpg": jpeg(2),
        "a/2.JPG": jpeg(3),
        "c/3.gif": b"GIF89a",
        "c/4.txt": b"4",
        "c/d/2.jpg": b"",
    }
    for wanted, expected in {
        "1": (b"", "image_ambiguous"),
        "b/1": (jpeg(2), None),
        "/elsewhere/b/1.jpg": (jpeg(2), None),
        "2": (jpeg(3), None),
        "2.jpg": (jpeg(3), None),
        "2.png": (b"", "no_image"),
        "b\\1.jpg": (jpeg(2), None),
        "D:\\stamps\\b\\1.jpg": (jpeg(2), None),
        "https://example.org/cutouts/b/1.jpg?size=200": (jpeg(2), None),
        "file:///elsewhere/b/1.jpg": (jpeg(2), None),
        "https://example.org/b%2F1.jpg": (jpeg(2), None),
        "https://example.org/../b/5.jpg": (b"", "no_image"),
        "3": (b"", "image_not_supported (GIF)"),
        "c/3.gif": (b"", "image_not_supported (GIF)"),
        "4": (b"", "no_image"),
    }.items():
        assert both(tmp_path, files, wanted) == expected, wanted


@pytest.mark.parametrize("wanted", ["stamps/b/1.jpg", "./data/stamps/b/1.jpg", "stamps/b/1"])
def test_names_may_begin_with_the_folder_of_the_images_itself(tmp_path: Path, jpeg: Jpeg, wanted: str) -> None:
    root = tmp_path / "data" / "stamps"
    (root / "b").mkdir(parents=True)
    (root / "b" / "1.jpg").write_bytes(jpeg(1))
    assert read_image(FolderStore(str(root)), wanted) == (jpeg(1), None)
    archive = zipped(tmp_path / "data" / "stamps.zip", {"b/1.jpg": jpeg(1), "c/1.jpg": jpeg(2)})
    assert read_image(ZipStore(str(archive)), wanted) == (jpeg(1), None)
    # A folder of another name is another one: its image is not taken for this.
    assert read_image(FolderStore(str(root)), "other/b/1.jpg") == (b"", "no_image")


def test_a_readable_kind_goes_before_another(tmp_path: Path, jpeg: Jpeg) -> None:
    assert both(tmp_path, {"x/1.gif": b"GIF89a", "x/1.png": b"", "y/1.JPEG": jpeg(1)}, "1") == (jpeg(1), None)


def test_a_zip_that_was_replaced_is_read_anew(tmp_path: Path, jpeg: Jpeg) -> None:
    path = zipped(tmp_path / "i.zip", {"1.jpg": jpeg(1)})
    store = open_store(str(path))
    assert open_store(str(path)) is store
    zipped(tmp_path / "new", {"1.jpg": jpeg(2)})
    os.replace(tmp_path / "new", path)
    assert read_image(open_store(str(path)), "1") == (jpeg(2), None)


def test_links_that_lead_round_end(tmp_path: Path, jpeg: Jpeg) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.jpg").write_bytes(jpeg(1))
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "2.jpg").write_bytes(jpeg(2))
    store = FolderStore(str(tmp_path))
    assert sorted(store.names()) == [".git", "a/1.jpg"]
    assert read_image(store, "1") == (jpeg(1), None) and read_image(store, "2") == (b"", "no_image")


def test_file_names_that_are_no_utf8(tmp_path: Path, jpeg: Jpeg) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.jpg")).write_bytes(jpeg(1))
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "1.jpg").write_bytes(jpeg(2))
    assert read_image(FolderStore(str(tmp_path)), "1") == (jpeg(2), None)


def test_a_process_that_cannot_open_files_says_so(tmp_path: Path, jpeg: Jpeg, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "1.jpg").write_bytes(jpeg(1))

    def full(*_: object) -> int:
        raise OSError(24, "Too many open files", "1.jpg")

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(OSError, match="Too many open files"):
        read_image(FolderStore(str(tmp_path)), "1")


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", denied)
    with pytest.raises(InputError, match=r": cannot be listed \(Permission denied\); change its permissions"):
        list(FolderStore(str(tmp_path)).names())
