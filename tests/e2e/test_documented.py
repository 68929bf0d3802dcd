"""The paths of people who read the docs: the commands of each page, run as they stand.

Only what makes an environment is left out, and settings that make a training short are added.

| who | page | test |
| --- | --- | --- |
| has a table of labels and stamps | own-table.md, the commands | test_own_table_…, test_real_stamps_… |
| works in Python | own-table.md, the Python | test_own_table_from_python |
| has images and no labels | own-images.md | test_own_images_… |
| has Galaxy Zoo 2 and wants the paper's table | galaxy-zoo-2.md | test_galaxy_zoo_2_… |
| only wants the measures | README, first-look.ipynb | test_the_measures_…, tests/docs/test_docs.py |
| has a training loop in Keras, PyTorch or Zoobot | training-loops.md, examples/ | tests/docs/test_examples.py |
| serves a network | serving.md | test_serving_with_tensorflow_alone, test_a_server_… |
| has a cluster | serving.md, engines.md | test_jobs_of_a_cluster_…, `make engine` |
| publishes a catalogue | data.md | test_the_catalogue_in_another_format |
"""

import gzip
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from pathlib import Path

import forked
import numpy as np
import pandas as pd
import pytest
from astropy.table import Table
from documented import blocks, commands, follow
from harness import SMALL

SHORT = " ".join(f"--set {setting}" for setting in [*SMALL, "bias_law.theta=9.18"])


def verdicts(folder: Path) -> str:
    """The label and probability of every image, whole."""
    found = pd.read_parquet(folder / "debiased.parquet")
    assert found["p_disk"].between(0, 1).all()
    return str(len(found))


def own_table(sky: Path, folder: Path) -> int:
    """A table of labels and alpha, and a folder of stamps; the number of galaxies."""
    votes, photometry = (
        pd.read_csv(sky / name, dtype={"dr7objid": str, "objid": str}) for name in ("votes.csv", "photometry.csv")
    )
    smooth, disk = (
        votes[f"t01_smooth_or_features_{answer}_fraction"] for answer in ("a01_smooth", "a02_features_or_disk")
    )
    votes = votes.assign(objid=votes["dr7objid"], label_raw=np.where(disk > smooth, "disk", "smooth"))
    own = votes[["objid", "label_raw"]].merge(photometry[["objid", "petroRad_r", "psfWidth_r"]], on="objid")
    own["alpha"] = 2.3548 * own["petroRad_r"] / own["psfWidth_r"]
    own[["objid", "label_raw", "alpha"]].to_csv(folder / "own.csv", index=False)
    (folder / "stamps").symlink_to(sky / "images")
    return len(own)


@pytest.mark.slow
def test_own_table_from_clone_to_catalogue(root: Path, sky: Path, tmp_path: Path) -> None:
    count = own_table(sky, tmp_path)
    said = follow(blocks(root / "docs" / "own-table.md")[0], tmp_path, {"truemorph run": SHORT})
    assert "row f, DDB, network: yes" in said and (tmp_path / "sheet.png").is_file()
    assert verdicts(tmp_path) == str(count)


@pytest.mark.slow
def test_own_table_from_python(root: Path, sky: Path, tmp_path: Path) -> None:
    count = own_table(sky, tmp_path)
    block = blocks(root / "docs" / "own-table.md", "python")[0]
    trainer = {"backbone": "small", "image_size": 32, "epochs": 2, "symmetries": 1, "learning_rate": 3e-3}
    settings = f"trainer={trainer}, bias_law={{'theta': 9.18}}"
    shown = block.replace('truemorph.run(files, "run")', f'truemorph.run(files, "run", {settings})')
    assert shown != block
    (tmp_path / "as_shown.py").write_text(shown)
    code = "import os, runpy, sys; os.chdir(sys.argv[1]); runpy.run_path('as_shown.py', run_name='__main__')"
    done = forked.run(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "row f, DDB, network: yes" in done.stdout and "f DDB, small CNN" in done.stdout
    assert verdicts(tmp_path) == str(count)


def test_own_images_with_a_network_that_is_there(root: Path, sky: Path, finished_run: Path, tmp_path: Path) -> None:
    (tmp_path / "truemorph-demo").symlink_to(finished_run)
    (tmp_path / "my_images").mkdir()
    for image in sorted((sky / "images").iterdir())[:40]:
        (tmp_path / "my_images" / image.name).symlink_to(image)
    follow(blocks(root / "docs" / "own-images.md")[0], tmp_path, {})
    assert verdicts(tmp_path) == "40"


def test_serving_with_tensorflow_alone(root: Path, sky: Path, finished_run: Path, tmp_path: Path) -> None:
    (tmp_path / "truemorph-demo").symlink_to(finished_run)
    (tmp_path / "galaxy.jpg").symlink_to(next(iter(sorted((sky / "images").iterdir()))))
    (tmp_path / "as_shown.py").write_text(blocks(root / "docs" / "serving.md", "python")[0])
    code = "import os, runpy, sys; os.chdir(sys.argv[1]); runpy.run_path('as_shown.py', run_name='__main__')"
    shown = forked.run(code, tmp_path)
    assert shown.returncode == 0, shown.stderr


@pytest.mark.slow
def test_a_server_in_one_command(root: Path, sky: Path, finished_run: Path, tmp_path: Path) -> None:
    if not (importlib.util.find_spec("kserve") and shutil.which("curl")):
        pytest.skip("needs kserve (pip install '.[serve]') and curl, which are not both here")
    (tmp_path / "truemorph-demo").symlink_to(finished_run)
    for name, image in zip(("galaxy.jpg", "a.jpg", "b.png"), sorted((sky / "images").iterdir()), strict=False):
        (tmp_path / name).symlink_to(image)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    page = root / "docs" / "serving.md"
    start, asked = (block.replace("8080", port) for block in blocks(page) if "8080" in block)
    (from_python,) = (block.replace("8080", port) for block in blocks(page, "python") if "8080" in block)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    server = subprocess.Popen(commands(start)[0].split(), cwd=tmp_path, env=os.environ | {"PATH": path})
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://localhost:{port}/v2/health/ready")
                break
            except OSError:
                assert server.poll() is None
                time.sleep(0.5)
        told = subprocess.run(["bash", "-euc", asked], cwd=tmp_path, capture_output=True, text=True, timeout=300)
        assert told.returncode == 0, told.stderr
        (tmp_path / "as_shown.py").write_text(from_python)
        shown = subprocess.run([sys.executable, "as_shown.py"], cwd=tmp_path, capture_output=True, text=True)
        assert shown.returncode == 0 and shown.stdout.count("'p_disk'") == 2, shown.stderr
    finally:
        server.terminate()
        server.wait(60)
    assert '{"ready":true}' in told.stdout
    answers, rest = [], told.stdout
    for _ in range(3):
        answer, end = json.JSONDecoder().raw_decode(rest)
        answers.append(answer)
        rest = rest[end:].lstrip()
    (first,), (posterior,) = (each["predictions"] for each in answers[:2])
    noted = json.loads(re.search(r"# (\{.*\n# .*\})", asked)[1].replace("\n#", ""))  # type: ignore[index]
    assert sorted(first) == sorted(noted["predictions"][0])
    assert 0 <= posterior <= 1 and answers[2]["outputs"]


@pytest.mark.slow
def test_jobs_of_a_cluster_and_their_merge(
    root: Path, sky: Path, finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "run").symlink_to(finished_run)
    images = sorted((sky / "images").iterdir())
    with zipfile.ZipFile(tmp_path / "images_gz2.zip", "w") as packed:
        for image in images:
            packed.write(image, f"images/{image.name}")
    (shown,) = (block for block in blocks(root / "docs" / "serving.md") if "--shard" in block)
    assert "--array=1-16" in shown
    job, merge = commands(shown.replace("16", "2"))
    for number in ("1", "2"):
        monkeypatch.setenv("SLURM_ARRAY_TASK_ID", number)
        follow(job, tmp_path, {})
    follow(merge, tmp_path, {})
    assert verdicts(tmp_path) == str(len(images))


def test_the_catalogue_in_another_format(root: Path, finished_run: Path, tmp_path: Path) -> None:
    (tmp_path / "run").symlink_to(finished_run)
    (shown,) = re.findall(r"`(truemorph catalogue [^`]*galaxies.fits)`", (root / "docs" / "data.md").read_text("utf-8"))
    follow(shown, tmp_path, {})
    assert len(Table.read(tmp_path / "galaxies.fits")) == len(pd.read_parquet(finished_run / "predictions.parquet"))


def test_the_measures_of_the_readme(root: Path, sky: Path, finished_run: Path, tmp_path: Path) -> None:
    code = next(block for block in blocks(root / "README.md", "python") if "cv14_bias" in block)
    rng = np.random.default_rng(0)
    names = re.findall(
        r"\b(petroRad_r|psfWidth_r|radius_kpc|absolute_magnitude|redshift|sersic_index|ellipticity|half_light_radius)\b",
        code,
    )
    given = {name: rng.uniform(0.1, 0.9, 2000) for name in names} | {"psfWidth_r": rng.uniform(0.05, 0.1, 2000)}
    exec(code, given | {"labels": rng.integers(0, 2, 2000)})
    columns = {"label": "label_raw", "alpha": "alpha"}
    shown = re.search(r"`(truemorph bias [^`]*)`", (root / "README.md").read_text(encoding="utf-8"))
    assert shown, "README shows the command"
    wanted = shown[1].split("--intrinsic ")[1].split()
    pd.DataFrame(
        {
            name: rng.integers(0, 2, 2000) if name in columns and name == "label" else rng.uniform(5, 20, 2000)
            for name in [*columns, *wanted]
        }
    ).to_parquet(tmp_path / "table.parquet")
    assert "CV18" in follow(shown[1].replace("\n", " "), tmp_path, {})


@pytest.mark.slow
def test_galaxy_zoo_2_from_check_to_table(root: Path, sky: Path, tmp_path: Path) -> None:
    (tmp_path / "gz2_hart16.csv.gz").write_bytes(gzip.compress((sky / "votes.csv").read_bytes()))
    (tmp_path / "photometry.csv").symlink_to(sky / "photometry.csv")
    (tmp_path / "simard11_table3.csv").symlink_to(sky / "structure.csv")
    images = sorted((sky / "images").iterdir())
    with zipfile.ZipFile(tmp_path / "images_gz2.zip", "w") as packed:
        for number, image in enumerate(images):
            packed.write(image, f"images/{number}.jpg")
    mapping = pd.DataFrame({"objid": [image.stem for image in images], "asset_id": range(len(images))})
    mapping.to_csv(tmp_path / "gz2_filename_mapping.csv", index=False)
    page = root / "docs" / "galaxy-zoo-2.md"
    check, run = (block for block in blocks(page) if "--votes" in block)
    follow(check + run, tmp_path, {"truemorph run": SHORT})
    assert (tmp_path / "gz2" / "report" / "report.html").is_file()
    (table,) = re.findall(r"`(truemorph table1 [^`]*)`", page.read_text(encoding="utf-8"))
    assert "DDB" in follow(table, tmp_path, {})


@pytest.mark.slow
def test_real_stamps_and_labels_of_ones_own(root: Path, shared: Path, tmp_path: Path) -> None:
    (tmp_path / "own.csv").symlink_to(shared / "real" / "gz1.csv")
    (tmp_path / "stamps").symlink_to(shared / "real" / "gz1")
    short = {"truemorph run": "--set trainer.epochs=1 --set trainer.symmetries=1"}
    said = follow(blocks(root / "docs" / "own-table.md")[0], tmp_path, short)
    assert "6356 of 6356 galaxies would be kept" in said
    assert verdicts(tmp_path) == "6356"
