"""Files behind URLs: each kind of store does the same, against a server on this machine."""

import zipfile
from pathlib import Path

import pytest
from upstream import jpeg_bytes

from truemorph.components.buckets import files
from truemorph.components.buckets.copies import delivered, fetched
from truemorph.components.buckets.files import files_of
from truemorph.components.errors import InputError
from truemorph.components.images.stores import load_images, open_store, read_images

NAMES = ("1.jpg", "1.jpg2", "a/2 é.png", "a/b/c.jpg", "ab/d.jpg")


def send(url: str, data: bytes, here: Path) -> None:
    """Put bytes into a file behind a URL."""
    (here / "sent").write_bytes(data)
    files_of(url).put(here / "sent", url)


def test_what_is_put_is_there_to_be_read_listed_and_removed(bucket: str, tmp_path: Path) -> None:
    there = files_of(bucket)
    assert not there.some(f"{bucket}/sky") and not there.holds(f"{bucket}/sky/1.jpg")
    assert there.read(f"{bucket}/sky/1.jpg", 9) is None
    with pytest.raises(FileNotFoundError):
        there.opened(f"{bucket}/sky/1.jpg")
    for name in NAMES:
        send(f"{bucket}/sky/{name}", b"an earlier one", tmp_path)
        send(f"{bucket}/sky/{name}", name.encode() * 3, tmp_path)
    assert there.some(f"{bucket}/sky") and there.some(f"{bucket}/sky/a") and not there.some(f"{bucket}/sk")
    assert sorted(there.tree(f"{bucket}/sky")) == [f"{bucket}/sky/{name}" for name in sorted(NAMES)]
    assert list(there.starting(f"{bucket}/sky/1.jpg2")) == [f"{bucket}/sky/1.jpg2"]
    assert sorted(there.starting(f"{bucket}/sky/a/")) == [f"{bucket}/sky/a/2 é.png"]
    assert list(there.starting(f"{bucket}/sky/nothing/1")) == list(there.tree(f"{bucket}/nothing")) == []
    assert there.read(f"{bucket}/sky/a/2 é.png", 99) == "a/2 é.png".encode() * 3
    assert there.read(f"{bucket}/sky/1.jpg", 4) == b"1.jp"
    there.get(f"{bucket}/sky/ab/d.jpg", tmp_path / "got")
    assert (tmp_path / "got").read_bytes() == b"ab/d.jpg" * 3
    there.remove(f"{bucket}/sky/1.jpg")
    there.remove(f"{bucket}/sky/a")
    assert sorted(there.tree(f"{bucket}/sky")) == [f"{bucket}/sky/1.jpg2", f"{bucket}/sky/ab/d.jpg"]


def test_an_empty_file_and_a_long_one_come_back_whole(bucket: str, tmp_path: Path) -> None:
    there = files_of(bucket)
    for data in (b"", bytes(range(256)) * 20_000):
        send(f"{bucket}/long", data, tmp_path)
        assert there.read(f"{bucket}/long", 1 << 30) == data
        there.get(f"{bucket}/long", tmp_path / "got")
        assert (tmp_path / "got").read_bytes() == data
    with there.opened(f"{bucket}/long") as file:
        assert file.seek(-3, 2) == 5_120_000 - 3 and file.read() == data[-3:]
        assert file.seek(1_000_001) == 1_000_001 and file.read(1_500_000) == data[1_000_001:2_500_001]


def test_images_of_a_folder_and_of_a_zip_are_found(bucket: str, tmp_path: Path) -> None:
    jpeg = jpeg_bytes(1)
    with zipfile.ZipFile(tmp_path / "sent.zip", "w") as packed:
        packed.writestr("gz2/7.jpg", jpeg)
        packed.writestr("gz2/8.jpg", b"")
    files_of(bucket).put(tmp_path / "sent.zip", f"{bucket}/gz2.zip")
    send(f"{bucket}/folder/7.jpeg", jpeg, tmp_path)
    send(f"{bucket}/folder/8.jpg", b"", tmp_path)
    for place in (f"{bucket}/folder", f"{bucket}/gz2.zip"):
        store = open_store(place)
        found = list(read_images(store, ["7", "8", "9"]))
        assert found == [(jpeg, None), (b"", "image_empty"), (b"", "no_image")], place


def test_a_folder_or_file_that_is_not_there_is_one_line(bucket: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"/nowhere: no such folder, or it is empty; give the folder of the images"):
        open_store(f"{bucket}/nowhere")
    with pytest.raises(InputError, match=r"nowhere\.zip: no such file"):
        open_store(f"{bucket}/nowhere.zip")
    with pytest.raises(InputError, match=r"votes\.csv: no such file"):
        fetched(f"{bucket}/votes.csv")


def test_a_table_is_fetched_and_a_result_is_sent(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    send(f"{bucket}/in/votes.csv", b"one", tmp_path)
    assert fetched(f"{bucket}/in/votes.csv").read_bytes() == b"one"
    assert fetched(f"{bucket}/in/votes.csv").name == "votes.csv" and fetched(tmp_path) == tmp_path
    (tmp_path / "sent").unlink()
    with delivered(f"{bucket}/out/p.csv", ["-metadata.json"]) as begun:
        (begun.parent / "part").write_text("half")
    assert not files_of(bucket).holds(f"{bucket}/out/p.csv")
    with delivered(f"{bucket}/out/p.csv", ["-metadata.json"]) as out:
        assert out == begun
        (out.parent / "part").rename(out)
        out.with_name("p.csv-metadata.json").write_text("facts")
    there = files_of(bucket)
    assert sorted(there.tree(f"{bucket}/out")) == [f"{bucket}/out/p.csv", f"{bucket}/out/p.csv-metadata.json"]
    assert there.read(f"{bucket}/out/p.csv", 9) == b"half" and list(tmp_path.iterdir()) == []


def test_what_nobody_speaks_with_or_holds_a_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match=r"ftp://host: cannot open this URL .*gs://, s3:// and hdfs:// work"):
        files_of("ftp://host/sky")
    with pytest.raises(InputError, match=r"s3://…@sky: a URL must not contain a password; put it into the environment"):
        files_of("s3://key:secret@sky/images")
    for scheme, module in (("s3", "boto3"), ("hdfs", "hdfs")):
        monkeypatch.setitem(__import__("sys").modules, module, None)
        monkeypatch.delitem(__import__("sys").modules, f"truemorph.components.buckets.{scheme}", raising=False)
        files._files.cache_clear()
        with pytest.raises(InputError, match=rf"{module} is not installed; .*pip install '\.\[{scheme}\]'"):
            files_of(f"{scheme}://sky/images")


@pytest.mark.parametrize("bucket", ["s3"], indirect=True)
def test_an_image_of_s3_costs_one_request(bucket: str, tmp_path: Path) -> None:
    send(f"{bucket}/folder/7.jpg", jpeg_bytes(1), tmp_path)
    store, asked = open_store(f"{bucket}/folder"), []
    files_of(bucket)._s3.meta.events.register("before-send.s3", lambda **given: asked.append(given["request"].url))
    assert list(read_images(store, ["7", "7"])) == [(jpeg_bytes(1), None)] * 2
    assert len(asked) == 2


@pytest.mark.parametrize("bucket", ["s3"], indirect=True)
def test_a_small_file_of_s3_costs_one_request(bucket: str, tmp_path: Path) -> None:
    image = jpeg_bytes(0)
    for name in ("1.jpg", "2.jpg"):
        send(f"{bucket}/stamps/{name}", image, tmp_path)
    asked: list[str] = []
    events = files_of(bucket)._s3.meta.events  # type: ignore[attr-defined]
    events.register("before-send.s3", lambda request, **_: asked.append(f"{request.method} {request.url[-5:]}"))
    assert files_of(bucket).read(f"{bucket}/stamps/1.jpg", 1 << 20) == image
    assert asked == ["GET 1.jpg"]
    store = open_store(f"{bucket}/stamps")
    asked.clear()
    found = list(load_images(store, ["2.jpg", "1.jpg"]))
    assert [data for data, _ in found] == [image, image] and sorted(asked) == ["GET 1.jpg", "GET 2.jpg"]
    asked.clear()
    assert files_of(bucket).opened(f"{bucket}/stamps/1.jpg").read() == image  # to seek in: its size comes first
    assert asked == ["HEAD 1.jpg", "GET 1.jpg"]
