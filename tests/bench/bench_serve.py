"""The server beside its model called directly, and under load: `bench_serve.py [--minutes 30] [--backbone small]`.

Bounded, on the loopback. Exits 1 where a target is missed.
"""

import argparse
import base64
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from served import make_images, make_serving, processor_seconds, resident

V1, V2 = "/v1/models/truemorph:predict", "/v2/models/truemorph/infer"
TURN, CLIENTS, WARM_UP = 10, 4, 0.2  # batches; threads that send; share of the load before memory is looked at


class Server:
    """`truemorph serve` in a process of its own."""

    def __init__(self, serving: Path, log: Path) -> None:
        command = [sys.executable, "-m", "truemorph", "serve", "--model", str(serving), "--port", "0"]
        with log.open("w") as stderr:
            self.process = subprocess.Popen(command, stderr=stderr)
        while "http://" not in log.read_text():
            if self.process.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.1)
        self.port = int(log.read_text().split("http://127.0.0.1:")[1].split()[0])

    def connect(self) -> http.client.HTTPConnection:
        """A connection that is kept."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)


def post(connection: http.client.HTTPConnection, path: str, body: bytes) -> tuple[int, bytes]:
    """Status and body of the answer."""
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, answer.read()


def b64(image: bytes) -> str:
    """Base64 text."""
    return base64.b64encode(image).decode()


def instances(images: list[bytes]) -> bytes:
    """The body of a V1 request."""
    return json.dumps({"instances": [{"b64": b64(image)} for image in images]}).encode()


def tensors(images: list[bytes]) -> bytes:
    """The body of a V2 request."""
    tensor = {"name": "image", "shape": [len(images)], "datatype": "BYTES", "data": [b64(image) for image in images]}
    return json.dumps({"inputs": [tensor]}).encode()


def throughput(server: Server, answer: Any, images: list[bytes], rounds: int) -> tuple[list[float], ...]:
    """Images a second of direct calls, and of two clients that keep the server busy, and processor seconds of both.

    A value for each round; the two take turns of ten batches, so that what else the machine does meets both.
    """
    import tensorflow as tf

    body, batch = instances(images), tf.constant(images)
    direct, served, direct_cpu, served_cpu = [], [], [], []

    def client() -> None:
        connection = server.connect()
        for _ in range(TURN // 2):
            status, text = post(connection, V1, body)
            if status != 200:
                raise SystemExit(f"a good request was answered with {status}: {text[:200]!r}")

    for _ in range(rounds + 1):
        began, cpu = time.perf_counter(), time.process_time()
        for _ in range(TURN):
            answer(image=batch)["p_disk"].numpy()
        direct.append(TURN * len(images) / (time.perf_counter() - began))
        direct_cpu.append(time.process_time() - cpu)
        time.sleep(0.2)  # TensorFlow's threads go on spinning for a while
        began, cpu = time.perf_counter(), processor_seconds(server.process.pid)
        threads = [threading.Thread(target=client) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        served.append(TURN * len(images) / (time.perf_counter() - began))
        served_cpu.append(processor_seconds(server.process.pid) - cpu)
    return direct[1:], served[1:], direct_cpu[1:], served_cpu[1:]


def latency(server: Server, answer: Any, image: bytes, calls: int) -> tuple[list[float], list[float]]:
    """Seconds of direct calls and of requests of one image, in turns of twenty."""
    import tensorflow as tf

    body, batch = instances([image]), tf.constant([image])
    connection = server.connect()
    direct: list[float] = []
    served: list[float] = []
    for _ in range(calls // 20 + 1):
        for times, call in (
            (direct, lambda: answer(image=batch)["p_disk"].numpy()),
            (served, lambda: post(connection, V1, body)),
        ):
            time.sleep(0.1)
            for _ in range(20):
                began = time.perf_counter()
                call()
                times.append(time.perf_counter() - began)
    return direct[20:], served[20:]


def damaged_bodies(images: list[bytes]) -> list[tuple[str, bytes]]:
    """Requests that must be refused."""
    whole = images[0]
    return [
        (V1, instances([whole, whole[:3000]])),
        (V1, instances([b"no image at all"])),
        (V1, instances([b""])),
        (V1, instances([bytes(np.random.default_rng(0).integers(0, 256, 5000, np.uint8))])),
        (V1, instances([whole[:600] + bytes(200) + whole[600:9000]])),
        (V1, instances(images[:1] * 257)),
        (V1, b'{"instances": [{"b64": "???"}]}'),
        (V1, b'{"instances": 7}'),
        (V1, instances([whole])[:-50]),
        (V2, tensors([whole[:5000]])),
        (V2, b'{"inputs": [{"name": "image", "shape": [1], "datatype": "FP32", "data": [1.5]}]}'),
        (V2, b"\xff\x00"),
    ]


def load(server: Server, answer: Any, images: list[bytes], seconds: float) -> dict[str, Any]:
    """Good requests of 1 to 8 images, three in ten damaged, one in fifty broken off half-way, from CLIENTS threads."""
    import tensorflow as tf

    expected = answer(image=tf.constant(images))["p_disk"].numpy()
    bad, counts, wrong = damaged_bodies(images), Counter[str](), list[str]()
    stop = time.monotonic() + seconds

    def client(number: int) -> None:
        rng, connection = np.random.default_rng(number), server.connect()
        while time.monotonic() < stop:
            dice = rng.random()
            chosen = rng.integers(0, len(images), rng.integers(1, 9))
            some = [images[index] for index in chosen]
            if dice < 0.02:
                body = instances(some)
                connection.putrequest("POST", V1)
                connection.putheader("Content-Length", str(len(body)))
                connection.endheaders(body[: len(body) // 2])
                connection.close()
                counts["broken off"] += 1
            elif dice < 0.32:
                path, body = bad[rng.integers(len(bad))]
                status, text = post(connection, path, body)
                counts["damaged"] += 1
                if status not in (400, 422):
                    wrong.append(f"damaged: {status} {text[:200]!r}")
            else:
                path, body = (V1, instances(some)) if rng.random() < 0.5 else (V2, tensors(some))
                status, text = post(connection, path, body)
                counts["good"] += 1
                found = json.loads(text)
                if status == 200:
                    outputs = {output["name"]: output["data"] for output in found.get("outputs", ())}
                    p_disk = outputs.get("p_disk") or [row["p_disk"] for row in found["predictions"]]
                    if np.abs(np.array(p_disk) - expected[chosen]).max() < 1e-4:
                        continue
                wrong.append(f"good: {status} {text[:200]!r}")

    def guarded(number: int) -> None:
        try:
            client(number)
        except Exception as error:
            wrong.append(f"client {number} ended by {error!r}")

    threads = [threading.Thread(target=guarded, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    memory: list[tuple[float, float]] = []
    while any(thread.is_alive() for thread in threads) and server.process.poll() is None:
        memory.append((time.monotonic(), resident(server.process.pid)))
        time.sleep(0.5)
    for thread in threads:
        thread.join()
    settled = [megabytes for when, megabytes in memory if when > stop - seconds * (1 - WARM_UP)]
    tenth = max(1, len(settled) // 10)
    before, after = (float(np.median(part)) for part in (settled[:tenth], settled[-tenth:]))
    return {"counts": dict(counts), "wrong": wrong, "memory": (before, after), "alive": server.process.poll() is None}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=30, help="of load")
    parser.add_argument("--backbone", choices=("small", "resnet50"), default="small")
    parser.add_argument("--rounds", type=int, default=10, help="of ten batches each")
    parser.add_argument("--singles", type=int, default=400)
    words = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with tempfile.TemporaryDirectory() as folder:
        serving = make_serving(Path(folder), words.backbone)
        server = Server(serving, Path(folder) / "log")
        try:
            return measure(server, serving, words)
        finally:
            server.process.terminate()
            server.process.wait(60)


def measure(server: Server, serving: Path, words: argparse.Namespace) -> int:
    """All of it; the exit status."""
    import tensorflow as tf

    model = tf.saved_model.load(str(serving / "1"))
    answer, images = model.signatures["serving_default"], make_images(32)
    direct, served, *cpu = throughput(server, answer, images, words.rounds)
    share = float(np.median(np.array(served) / np.array(direct)))
    print(f"{words.backbone}: batches of 32, images/s: direct {np.median(direct):.0f}, ", end="")
    print(f"served {np.median(served):.0f}, median of the ratios {share:.2f} (at least 0.8); ", end="")
    print(f"processor time, direct over served {sum(cpu[0]) / sum(cpu[1]):.2f}", flush=True)
    direct, served = latency(server, answer, images[0], words.singles)
    tails = [1e3 * float(np.quantile(times, 0.99)) for times in (direct, served)]
    print(f"single images, ms: direct median {1e3 * np.median(direct):.1f}, p99 {tails[0]:.1f}; ", end="")
    print(f"served median {1e3 * np.median(served):.1f}, p99 {tails[1]:.1f} ", end="")
    print(f"= {tails[1] / tails[0]:.2f} times (below 3)", flush=True)
    told = load(server, answer, images, 60 * words.minutes)
    before, after = told["memory"]
    growth = after / before - 1
    print(f"{words.minutes:g} minutes of load: {told['counts']}, {len(told['wrong'])} answered wrongly; ", end="")
    print(f"memory {before:.0f} -> {after:.0f} MB = {100 * growth:+.1f} % (at most 5 %); alive: {told['alive']}")
    for line in told["wrong"][:10]:
        print("  " + line)
    good = share >= 0.8 and tails[1] < 3 * tails[0] and growth <= 0.05 and told["alive"] and not told["wrong"]
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
