"""What reading images out of a bucket costs a worker: `python tests/bench/bench_bucket.py [images]`.

Google's own client asks an emulator of Cloud Storage in another process of this machine, so requests take less time
than over a network and the same work: what is measured is the processor time of the worker.
"""

import io
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

STAMPS, SIDE = 200, 150


def put_stamps() -> float:
    """Fill the bucket; gives the average size in bytes."""
    from truemorph.components.engines.staging import Staging

    rng, staging, sizes = np.random.default_rng(0), Staging("gs://sky/images"), []
    with TemporaryDirectory() as folder:
        file = Path(folder, "stamp.jpg")
        for number in range(STAMPS):
            buffer = io.BytesIO()
            pixels = np.clip(rng.normal(40, 12, (SIDE, SIDE, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(buffer, "JPEG")
            file.write_bytes(buffer.getvalue())
            staging.put(file, f"{number}.jpg")
            sizes.append(len(buffer.getvalue()))
    return sum(sizes) / STAMPS


def read(images: int) -> tuple[float, float]:
    """Seconds by the clock and of the processor for reading and checking so many images."""
    from truemorph.components.images.buckets import BucketStore
    from truemorph.components.images.stores import read_images

    store = BucketStore("gs://sky/images")
    clock, processor = time.perf_counter(), time.process_time()
    for _, reason in read_images(store, (f"{number % STAMPS}.jpg" for number in range(images))):
        assert reason is None, reason
    return time.perf_counter() - clock, time.process_time() - processor


def main(images: int) -> None:
    """Measure and print."""
    from apache_beam.internal.gcp.auth import _Credentials

    _Credentials._credentials_init = True
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    os.environ["STORAGE_EMULATOR_HOST"] = f"http://localhost:{port}"
    command = [sys.executable, "-m", "gcp_storage_emulator", "start", "--in-memory", "--port", port]
    emulator = subprocess.Popen([*command, "--default-bucket", "sky"], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as line:
                if line.connect_ex(("localhost", int(port))) == 0:
                    break
            time.sleep(0.1)
        size = put_stamps()
        read(STAMPS)
        clock, processor = read(images)
    finally:
        emulator.terminate()
        emulator.wait()
    print(f"{images} JPEGs of {size / 1000:.1f} KB out of a bucket on this machine: {clock:.1f} s by the clock")
    print(f"processor time of the worker: {1000 * processor / images:.2f} ms an image")
    print(f"a million images: {1e6 * processor / images / 3600:.1f} hours of one vCPU")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 2000)
