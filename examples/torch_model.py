"""A PyTorch network trained through the law: truemorph.losses gives the likelihood as a loss, gradients included.

Run it with: python examples/torch_model.py
"""

import os

os.environ["KERAS_BACKEND"] = "torch"  # before truemorph.losses is imported

import torch
from stamps import Stamps, make_stamps
from torch import nn

from truemorph import ExponentialLaw, losses

LAW = ExponentialLaw(9.18)


def make_classifier() -> nn.Module:
    """Any network that ends in one logit a class, smooth first, such as torchvision.models.resnet18(num_classes=2)."""
    return nn.Sequential(nn.Flatten(), nn.Linear(256, 32), nn.ReLU(), nn.Linear(32, 2))


def train(galaxies: Stamps, through_law: bool) -> nn.Module:
    """Fit a classifier to the labels that were seen."""
    classifier = make_classifier()
    optimizer = torch.optim.Adam(classifier.parameters(), lr=3e-3)
    columns = torch.tensor(galaxies.images), torch.tensor(galaxies.alpha), torch.tensor(galaxies.seen)
    data = torch.utils.data.TensorDataset(*columns)
    for _ in range(15):
        for images, alpha, seen in torch.utils.data.DataLoader(data, batch_size=64, shuffle=True):
            logits = classifier(images)
            if through_law:
                loss = losses.label_loss(logits, alpha, seen, LAW)
            else:
                loss = nn.functional.cross_entropy(logits, seen.long())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return classifier


def share_right(classifier: nn.Module, galaxies: Stamps) -> float:
    """The share of galaxies whose true class is found."""
    with torch.no_grad():
        found = classifier(torch.tensor(galaxies.images)).argmax(dim=1).numpy()
    return float((found == galaxies.truth).mean())


if __name__ == "__main__":
    torch.manual_seed(0)
    known, unseen = make_stamps(2000, LAW, seed=1), make_stamps(1000, LAW, seed=2)
    print(f"trained on the labels: {share_right(train(known, through_law=False), unseen):.3f} right")
    print(f"trained through the law: {share_right(train(known, through_law=True), unseen):.3f} right")
