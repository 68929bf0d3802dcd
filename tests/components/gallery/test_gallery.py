"""The gallery: which galaxies changed class, their pictures, places and links, and the page."""

import io
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import toy
from PIL import Image

from truemorph.components.errors import InputError
from truemorph.components.gallery import hubble, page
from truemorph.components.gallery.hubble import NOT_COVERED, cutouts
from truemorph.components.gallery.moved import moved
from truemorph.components.gallery.page import share, write_gallery
from truemorph.components.gallery.positions import has_positions, links, read_positions
from truemorph.components.gallery.stamps import data_uri, read_stamps

IDS = [f"58773950555278560{last}" for last in range(6)]


@pytest.fixture
def table() -> pd.DataFrame:
    """Six galaxies: 1 and 3 moved to disk, 4 to smooth, 5 is of the training split."""
    return pd.DataFrame(
        {
            "objid": IDS,
            "split": ["test"] * 5 + ["train"],
            "alpha": [5.0, 6.0, 7.0, 8.0, 9.0, 10.0],
            "label_raw": pd.array([0, 0, 1, 0, 1, 0], dtype="Int64"),
            "label_debiased": pd.array([0, 1, 1, None, 1, 0], dtype="Int64"),
            "p_disk": [0.2, 0.7, 0.9, 0.99, 0.1, 0.95],
            "p_disk_naive": [0.1, 0.3, 0.8, np.nan, 0.6, 0.2],
            "p_disk_posterior": [0.1, 0.6, 1.0, 0.98, 1.0, 0.9],
            "petroRad_r": 5.0,
        }
    )


def picture(value: int = 200, kind: str = "JPEG", side: int = 300) -> bytes:
    pixels = np.zeros((side, side, 3), np.uint8)
    pixels[side // 3 : side // 2, side // 3 : side // 2] = value
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """Records of the six galaxies, the picture of the second of them unreadable."""
    folder = tmp_path / "examples"
    made = [toy.example(b"no picture" if objid == IDS[1] else picture(), objid) for objid in IDS[:5]]
    toy.shard(folder / "Split-test" / "data_tfrecord-00000-of-00001", made)
    return folder


def test_moved_are_the_test_galaxies_of_another_class_surest_first(table: pd.DataFrame) -> None:
    found = moved(table)
    assert found["objid"].tolist() == [IDS[3], IDS[4], IDS[1]]
    assert found["after"].tolist() == ["disk", "smooth", "disk"]
    np.testing.assert_allclose(found["confidence"], [0.99, 0.9, 0.7])
    assert found["label_votes_debiased"].tolist() == [None, "disk", "disk"]
    assert moved(table.drop(columns="p_disk")).empty


def test_a_stamp_is_cut_scaled_and_a_jpeg() -> None:
    import base64

    uri = data_uri(picture(), crop=0.5)
    with Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))) as image:
        assert image.format == "JPEG" and image.size == (144, 144)
    assert len(uri) < 12_000


def test_stamps_are_those_of_the_ids(examples: Path) -> None:
    found = read_stamps(examples, "test", {IDS[0], IDS[1], "no such"})
    assert list(found) == [IDS[0]]
    with pytest.raises(InputError, match="no examples here"):
        read_stamps(examples, "eval", {IDS[0]})


def test_positions_are_read_by_exact_id(tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    path.write_text(f"dr7objid,RA,dec\n{IDS[0]},180.25,-1.5\n{IDS[1]},,2\n{IDS[2]},400,2\n{IDS[3]},10,20\n")
    assert read_positions(path, set(IDS[:3])) == {IDS[0]: (180.25, -1.5)}
    assert has_positions(path)
    path.write_text(f"dr7objid,ra\n{IDS[0]},180.25\n")
    assert read_positions(path, set(IDS)) == {} and not has_positions(path)


def test_links_carry_the_position_and_the_id() -> None:
    found = links(IDS[0], (180.25, -1.5))
    assert "ra=180.25000&dec=-1.50000" in found["SDSS Navigate"]
    assert "180.25000%20-1.50000" in found["MAST"]
    assert found["SDSS DR7 Explore"].endswith(f"id={IDS[0]}")
    assert all(address.startswith("https://") for address in found.values())


def test_the_page_shows_the_moved_and_says_what_is_left_out(
    table: pd.DataFrame, examples: Path, tmp_path: Path
) -> None:
    places = tmp_path / "votes.csv"
    places.write_text(f"objid,ra,dec\n{IDS[3]},180.25,-1.5\n")
    out = tmp_path / "gallery.html"
    facts = write_gallery(out, examples, table, positions=places, count=2)
    assert facts == {"file": "gallery.html", "n": 5, "moved": 3, "to_disk": 2, "to_smooth": 1, "shown": 2}
    html = out.read_text(encoding="utf-8")
    assert html.count("<li ") == 2 and html.count("<img ") == 2
    assert "The 2 surest are shown; 1 are left out" in html
    # Every label says whose it is.
    assert "<dt>volunteers' votes, debiased</dt><dd>disk</dd>" in html and "is not our answer" in html
    assert all(f"<dt>{word}</dt>" in html for word in ("p(disk) before", "p(disk) after", "with its raw label too"))
    assert "ra=180.25000" in html and html.count("DR7 Explore</a>") == 2
    assert not re.search(r'(src|href)="(?!data:|https://|report\.html)', html)
    csv = pd.read_csv(tmp_path / "gallery.csv", dtype={"objid": str})
    assert csv["objid"].tolist() == [IDS[3], IDS[4], IDS[1]] and csv["ra"].isna().tolist() == [False, True, True]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["examples", "gallery.csv", "gallery.html", "votes.csv"]


def test_a_page_of_nothing_and_an_unreadable_picture(table: pd.DataFrame, examples: Path, tmp_path: Path) -> None:
    out = tmp_path / "gallery.html"
    write_gallery(out, examples, table)
    assert "picture not readable" in out.read_text(encoding="utf-8")
    facts = write_gallery(out, examples, table.assign(p_disk=table["label_raw"].astype(float)))
    assert facts["moved"] == 0 and "No test galaxy changed class." in out.read_text(encoding="utf-8")


def test_a_share_is_never_rounded_to_certainty() -> None:
    assert [share(value) for value in (None, 0.0, 0.996, 1.0)] == ["–", "0.00", "> 0.99", "1.00"]


@contextmanager
def service(answers: dict[str, tuple[int, bytes]], asked: list[str]) -> Iterator[str]:
    """An image service on this machine that answers by survey."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            status, body = next(answer for name, answer in answers.items() if name in self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hips2fits"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_hubble_is_asked_for_the_place_and_for_a_second_survey_where_the_first_is_blank() -> None:
    asked: list[str] = []
    with service({"wideV": (200, picture(0)), "HST%2FI": (200, picture())}, asked) as address:
        found = cutouts({IDS[0]: (180.25, -1.5)}, {IDS[0]: 9.0}, address)
    assert str(found[IDS[0]].uri).startswith("data:image/jpeg;base64,")
    assert len(asked) == 2 and "ra=180.250000&dec=-1.500000&fov=0.010000" in asked[0]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ((200, picture(0)), NOT_COVERED.why),
        ((503, b""), "the image service answered 503"),
        ((200, b"an error in words"), "could not be reached or gave no image"),
    ],
)
def test_without_an_image_the_reason_is_told(answer: tuple[int, bytes], why: str) -> None:
    with service({"": answer}, []) as address:
        found = cutouts({IDS[0]: (180.25, -1.5)}, {}, address)[IDS[0]]
    assert found.uri is None and why in str(found.why)


def test_without_a_network_the_page_says_so_and_works(
    table: pd.DataFrame, examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = tmp_path / "votes.csv"
    places.write_text(f"objid,ra,dec\n{IDS[3]},180.25,-1.5\n")
    with service({"": (200, b"")}, []) as address:
        closed = address
    monkeypatch.setattr(page, "cutouts", lambda positions, radius: hubble.cutouts(positions, radius, closed))
    out = tmp_path / "gallery.html"
    write_gallery(out, examples, table, positions=places, hst=True)
    html = out.read_text(encoding="utf-8")
    assert "the image service could not be reached" in html and html.count("position not known") == 2
    assert "For 3 of these galaxies there is no Hubble image" in html and "filters" in html


def test_the_gallery_of_a_run_can_be_made_again(
    table: pd.DataFrame, examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from truemorph.cli import main

    for split in ("train", "eval"):
        (examples / f"Split-{split}").mkdir()
        source = examples / "Split-test" / "data_tfrecord-00000-of-00001"
        (examples / f"Split-{split}" / source.name).write_bytes(b"")
    words = ["gallery", "--run", str(tmp_path), "--quiet"]
    assert main(words) == 2
    assert "has no examples/manifest.json" in capsys.readouterr().err
    (examples / "manifest.json").write_text("{}")
    (tmp_path / "bias_law.json").write_text("{}")
    (tmp_path / "rejects.csv").write_text("")
    (tmp_path / "models").mkdir()
    assert main(words) == 2
    assert "has no models/debiased, whose classes the gallery compares" in capsys.readouterr().err
    (tmp_path / "models" / "debiased").mkdir()
    (tmp_path / "models" / "debiased" / "model.json").write_text('{"image_size": 48, "crop": 0.5}')
    assert main(words) == 2
    assert "has no predictions.parquet; give the --out" in capsys.readouterr().err
    kept = table.iloc[:5].drop(columns=["label_raw", "label_debiased", "alpha", "petroRad_r"])
    kept.to_parquet(tmp_path / "predictions.parquet")
    assert main([*words, "--hst"]) == 2
    assert "--hst: no position is known; give --positions" in capsys.readouterr().err
    assert main([*words, "--count", "0"]) == 2
    assert "--count 0: received 0; give a whole number >= 1" in capsys.readouterr().err
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == str(tmp_path / "report" / "gallery.html")
