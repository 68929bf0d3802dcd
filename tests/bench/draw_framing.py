"""Draw docs/framing.jpg: galaxies framed as a training set and not; and count how many are marked.

    python tests/bench/draw_framing.py SKY [FOLDER ...]

SKY is a folder that `truemorph simulate` wrote; the picture is of its galaxies. Of it, and of any other folder of
stamps (in it, or in its images/), two thirds make a training set, and the rest are held against that: as they are,
with half and with twice the field of view. Stars and artifacts of a simulated sky, which no training sees, are left
out.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from truemorph.components.images.framing import VIEWS, Framing, framing_of, measure
from truemorph.components.trainer.parameters import PAPER_CROP

ROOT = Path(__file__).resolve().parents[2]
SIDE, MOST, ROWS = 64, 2048, 4
FIELDS = {1.0: "as in training", 0.5: "half the field of view", 2.0: "twice the field of view"}


def shown(path: Path, crop: float) -> npt.NDArray[np.float32]:
    """What a network sees of a stamp: the central crop, resampled as in training."""
    with Image.open(path) as image:
        side = round(crop * min(image.size))
        left, top = ((whole - side) // 2 for whole in image.size)
        cut = image.convert("RGB").crop((left, top, left + side, top + side))
        return np.asarray(cut.resize((SIDE, SIDE), Image.Resampling.BILINEAR), np.float32)


def stamps(folder: Path) -> list[Path]:
    """The stamps of a folder, in an order that is drawn once; of a simulated sky the galaxies alone."""
    truth = folder / "truth.csv"
    place = folder / "images" if (folder / "images").is_dir() else folder
    found = sorted(path for path in place.iterdir() if path.suffix in (".jpg", ".png"))
    if truth.is_file():
        table = pd.read_csv(truth, dtype=str)
        galaxies = set(table.loc[table["label"] != "star_or_artifact", "objid"])
        found = [path for path in found if path.stem in galaxies]
    return [found[place] for place in np.random.default_rng(0).permutation(len(found))[:MOST]]


def many(paths: Sequence[Path], width: float) -> npt.NDArray[np.float32]:
    """What a network sees of stamps in a field of view of this width in that of the training set."""
    return np.stack([shown(path, width * PAPER_CROP) for path in paths])


def learnt(paths: Sequence[Path]) -> Framing:
    """The framing of a training set."""
    found = framing_of({width: measure(many(paths, width)) for width in (1.0, *VIEWS)})
    if found is None:
        raise SystemExit(f"{paths[0].parent}: {len(paths)} stamps are too few")
    return Framing.from_json(found)


def draw(paths: Sequence[Path], framing: Framing) -> None:
    """The picture."""
    figure = Figure(figsize=(8.5, 9.4), layout="constrained")
    grid = figure.subplots(ROWS, len(FIELDS) + 1)
    rng = np.random.default_rng(1)
    for number, (row, path) in enumerate(zip(grid, paths, strict=False)):
        images = [shown(path, width * PAPER_CROP) for width in FIELDS]
        images.append(np.clip(images[0] + rng.normal(0, 25, images[0].shape), 0, 255).astype(np.float32))
        for axes, image, name in zip(row, images, (*FIELDS.values(), "more noise"), strict=True):
            axes.imshow(np.rint(image).astype(np.uint8))
            status = framing.statuses[int(framing.beyond(image[None])[0])]
            axes.set_xlabel(status.replace(" looks ", "\nlooks ").replace(" than ", "\nthan "), fontsize=7)
            axes.set(xticks=[], yticks=[])
            if number == 0:
                axes.set_title(name, fontsize=9)
    figure.savefig(ROOT / "docs" / "framing.jpg", dpi=90, pil_kwargs={"quality": 85})


def main(folders: Sequence[Path]) -> None:
    """Draw and count."""
    for folder in folders:
        paths = stamps(folder)
        known, rest = paths[: 2 * len(paths) // 3], paths[2 * len(paths) // 3 :]
        framing = learnt(known)
        if folder == folders[0]:
            draw(rest, framing)
        shares = {name: (framing.beyond(many(rest, width)) > 0).mean() for width, name in FIELDS.items()}
        told = ", ".join(f"{name} {share:.3f}" for name, share in shares.items())
        print(f"{folder}: {len(known)} known, {len(rest)} held against them; marked: {told}")


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
