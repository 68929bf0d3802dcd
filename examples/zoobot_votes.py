"""Fine-tuning on vote counts, as Zoobot does, with the votes' likelihood under the law of mislabelling as the loss.

Run it with: python examples/zoobot_votes.py
"""

import os

os.environ["KERAS_BACKEND"] = "torch"  # before truemorph.losses is imported

import numpy as np
import torch
from stamps import Stamps, make_stamps
from torch import nn

from truemorph import ExponentialLaw, VoteLaw, losses

LAW = ExponentialLaw(9.18)
VOTES = VoteLaw((((6.0, 2.0), (2.0, 6.0)), ((6.0, 2.0), (2.0, 6.0))))  # three quarters vote for what they see
VOLUNTEERS = 40


def make_encoder() -> nn.Module:
    """Zoobot's encoder goes here, for images of (N, 3, 224, 224):

    timm.create_model("hf_hub:mwalmsley/zoobot-encoder-convnext_nano", pretrained=True, num_classes=0)
    """
    return nn.Flatten()


def make_head(features: int) -> nn.Module:
    """What is trained: from the encoder's features to one logit a class, smooth first."""
    return nn.Sequential(nn.Linear(features, 32), nn.ReLU(), nn.Linear(32, 2))


def count_votes(galaxies: Stamps, seed: int) -> np.ndarray:
    """(N, 2) votes for smooth and for disk. With Galaxy Zoo, these two columns of the table of votes."""
    rng = np.random.default_rng(seed)
    share = np.where(galaxies.seen == 1, rng.beta(6.0, 2.0, len(galaxies.seen)), rng.beta(2.0, 6.0, len(galaxies.seen)))
    disk = rng.binomial(VOLUNTEERS, share)
    return np.column_stack([VOLUNTEERS - disk, disk])


def train(galaxies: Stamps, counts: np.ndarray, through_law: bool) -> nn.Module:
    """Fit the head to the votes; the encoder stays as it is."""
    encoder = make_encoder().eval().requires_grad_(False)
    features, alpha = encoder(torch.tensor(galaxies.images)), torch.tensor(galaxies.alpha)
    head = make_head(features.shape[1])
    optimizer = torch.optim.Adam(head.parameters(), lr=3e-3)
    shares = torch.tensor(counts / VOLUNTEERS, dtype=torch.float32)
    for _ in range(15):
        for batch in torch.randperm(len(features)).split(64):
            logits = head(features[batch])
            if through_law:
                loss = losses.vote_loss(logits, alpha[batch], counts[batch.numpy()], LAW, VOTES)
            else:
                loss = nn.functional.cross_entropy(logits, shares[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return nn.Sequential(encoder, head)


def share_right(classifier: nn.Module, galaxies: Stamps) -> float:
    """The share of galaxies whose true class is found."""
    with torch.no_grad():
        found = classifier(torch.tensor(galaxies.images)).argmax(dim=1).numpy()
    return float((found == galaxies.truth).mean())


if __name__ == "__main__":
    torch.manual_seed(0)
    known, unseen = make_stamps(2000, LAW, seed=1), make_stamps(1000, LAW, seed=2)
    counts = count_votes(known, seed=3)
    print(f"trained on the votes: {share_right(train(known, counts, through_law=False), unseen):.3f} right")
    print(f"trained through the law: {share_right(train(known, counts, through_law=True), unseen):.3f} right")
