"""The ResNet50 of torchvision under PyTorch, as a process that trains when it is told; bench_train.py starts it.

It prints a line when it is ready. Then each line "layout steps" on its input is one turn of training, answered by its
seconds and those of the processors. It needs nothing of truemorph.
"""

import sys
import time

import numpy as np
import torch
import torchvision

LAYOUTS = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}


class Contestant:
    """ResNet50 of two classes with Adam in one layout of memory; images (n, 3, S, S) float32, label (n,)."""

    def __init__(self, layout: str, images: torch.Tensor, label: torch.Tensor, batch: int) -> None:
        self.network = torchvision.models.resnet50(num_classes=2).to(memory_format=LAYOUTS[layout]).train()
        self.optimizer = torch.optim.Adam(self.network.parameters(), 1e-4, fused=True)
        self.loss = torch.nn.CrossEntropyLoss()
        self.images, self.label, self.batch, self.layout = images, label, batch, LAYOUTS[layout]

    def train(self, steps: int) -> tuple[float, float]:
        """Seconds, and those of all processors, of so many steps, reading the loss of each."""
        order = torch.randperm(len(self.label))
        began, used = time.perf_counter(), time.process_time()
        for step in range(steps):
            chosen = order[step * self.batch % len(order) :][: self.batch]
            images = self.images[chosen].contiguous(memory_format=self.layout)
            self.optimizer.zero_grad()
            loss = self.loss(self.network(images), self.label[chosen])
            loss.backward()
            self.optimizer.step()
            loss.item()
        return time.perf_counter() - began, time.process_time() - used


def main() -> None:
    """Train turn by turn: torch_resnet.py FILE.npz BATCH THREADS."""
    path, batch, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(threads)
    with np.load(path) as file:
        images = torch.from_numpy(file["images"].transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1.0)
        label = torch.from_numpy(file["label"].astype(np.int64))
    contestants = {layout: Contestant(layout, images, label, batch) for layout in LAYOUTS}
    for contestant in contestants.values():
        contestant.train(1)
    print(torch.__version__, torchvision.__version__, flush=True)
    for line in sys.stdin:
        layout, steps = line.split()
        print(*contestants[layout].train(int(steps)), flush=True)


if __name__ == "__main__":
    main()
