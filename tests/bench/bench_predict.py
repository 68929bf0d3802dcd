"""`truemorph predict` beside the bare model, on a folder of images: `bench_predict.py [--images 20000]`.

The bare model is the SavedModel's serving_default in a loop over batches in memory, half before and half after. The
rate of `predict` counts from its first finished part on: starting Python and loading the model are no prediction.
Exits 1 where a target is missed.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np
from served import make_images, make_serving, processor_seconds, resident

BATCH = 64


def bare(answer: Any, images: list[bytes], count: int) -> float:
    """Seconds for so many images."""
    import tensorflow as tf

    whole = list(islice(cycle(images), BATCH * 8))
    batches = [tf.constant(whole[start : start + BATCH]) for start in range(0, len(whole), BATCH)]
    answer(image=batches[0])
    began = time.perf_counter()
    for batch in islice(cycle(batches), count // BATCH):
        answer(image=batch)["p_disk"].numpy()
    return (time.perf_counter() - began) * count / (count // BATCH * BATCH)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--backbone", choices=("small", "resnet50"), default="small")
    words = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        serving, images = make_serving(folder, words.backbone), make_images(200)
        (folder / "images").mkdir()
        for number, image in zip(range(words.images), cycle(images), strict=False):
            (folder / "images" / f"{587722981741363200 + number}.jpg").write_bytes(image)
        return measure(folder, serving, images, words)


def measure(folder: Path, serving: Path, images: list[bytes], words: argparse.Namespace) -> int:
    """All of it; the exit status."""
    import tensorflow as tf

    model = tf.saved_model.load(str(serving / "1"))
    answer = model.signatures["serving_default"]
    cpu_before = time.process_time()
    seconds = bare(answer, images, words.images // 2)
    bare_cpu = (time.process_time() - cpu_before) / (words.images // 2)
    out = folder / "p.parquet"
    command = [sys.executable, "-m", "truemorph", "predict", "--model", str(serving), "--out", str(out)]
    began = time.perf_counter()
    with subprocess.Popen([*command, "--images", str(folder / "images")], stderr=subprocess.DEVNULL) as process:
        parts, memory, cpu = _follow(process, folder / f".{out.name}.parts")
    if process.returncode:
        raise SystemExit(f"predict ended with {process.returncode}")
    whole = time.perf_counter() - began
    seconds += bare(answer, images, words.images // 2)
    from truemorph.components.bulk_inferrer.parts import IMAGES_PER_PART

    rate = IMAGES_PER_PART * (len(parts) - 2) / (parts[-2] - parts[0])  # the last part is shorter
    share = rate / (words.images / seconds)
    early, late = (float(np.median(part)) for part in (memory[: len(memory) // 4], memory[-(len(memory) // 4) :]))
    print(f"{words.backbone}, {words.images} images/s: bare {words.images / seconds:.0f}, predict {rate:.0f} ", end="")
    print(f"= {share:.2f} of it (at least 0.9); {words.images / whole:.0f} with start and end; ", end="")
    print(f"processor time, bare over predict {bare_cpu / cpu:.2f}")
    print(f"memory in the first and the last quarter of the parts: {early:.0f} and {late:.0f} MB = ", end="")
    print(f"{100 * (late / early - 1):+.1f} % (at most 5 %)")
    return 0 if share >= 0.9 and late <= 1.05 * early else 1


def _follow(process: subprocess.Popen[bytes], work: Path) -> tuple[list[float], list[float], float]:
    """When each part was finished, and from the first one on the memory held and processor seconds an image."""
    from truemorph.components.bulk_inferrer.parts import IMAGES_PER_PART

    parts: dict[str, float] = {}
    memory: list[float] = []
    used: list[tuple[int, float]] = []
    while process.poll() is None:
        for path in sorted(work.glob("part-*.parquet")):
            try:
                parts.setdefault(path.name, path.stat().st_mtime)
            except FileNotFoundError:  # all is done, and the parts are removed
                break
        if parts:
            memory.append(resident(process.pid))
            used.append((len(parts), processor_seconds(process.pid)))
        time.sleep(0.1)
    # Read in the moment when a part is new, so that both ends stand at the end of a part.
    first, last = (next(seconds for seen, seconds in used if seen == count) for count in (used[0][0], used[-1][0] - 1))
    images = IMAGES_PER_PART * (used[-1][0] - 1 - used[0][0])
    return sorted(parts.values()), [megabytes for megabytes in memory if megabytes], (last - first) / images


if __name__ == "__main__":
    sys.exit(main())
