"""The two towers: a plain residual CNN for pictures and a linear map over static token vectors."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.pocket.training import config


def convolution(inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution and batch norm; plain convolutions run fastest in bfloat16 on a CPU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


class Block(nn.Module):
    """Two 3x3 convolutions around a shortcut."""

    def __init__(self, inputs: int, outputs: int, *, stride: int) -> None:
        super().__init__()
        self.first = convolution(inputs, outputs, stride=stride)
        self.second = convolution(outputs, outputs)
        same = inputs == outputs and stride == 1
        self.shortcut: nn.Module = nn.Identity() if same else shortcut(inputs, outputs, stride)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.second(torch.relu(self.first(x)))
        return torch.relu(inner + self.shortcut(x))


def shortcut(inputs: int, outputs: int, stride: int) -> nn.Sequential:
    """Average, then project: keeps every pixel, where a strided 1x1 would drop three in four."""
    pool = nn.AvgPool2d(stride, stride, ceil_mode=True, count_include_pad=False)
    return nn.Sequential(pool, convolution(inputs, outputs, kernel=1))


class ImageTower(nn.Module):
    """Pictures `[n, 3, 128, 128]` to raw vectors `[n, 256]`; about 4 M weights."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [convolution(3, config.STEM, stride=2), nn.ReLU(inplace=True)]
        inputs = config.STEM
        for width, count in zip(config.WIDTHS, config.BLOCKS, strict=True):
            for index in range(count):
                layers.append(Block(inputs, width, stride=2 if index == 0 else 1))
                inputs = width
        self.layers = nn.Sequential(*layers)
        self.project = nn.Linear(2 * inputs, config.DIMENSIONS[0])

    def features(self, pictures: Tensor) -> Tensor:
        """`[n, 768]`: the mean and the maximum over the last map."""
        last = self.layers(pictures)
        return torch.cat([last.mean((2, 3)), last.amax((2, 3))], 1).float()

    def forward(self, pictures: Tensor) -> Tensor:
        return self.project(self.features(pictures))


class TextMap(nn.Module):
    """Mean token vectors `[n, 256]` to text vectors; linear, so it folds into the token table."""

    def __init__(self) -> None:
        super().__init__()
        size = config.DIMENSIONS[0]
        self.change = nn.Parameter(torch.zeros(size, size))

    def forward(self, means: Tensor) -> Tensor:
        return functional.normalize(means + means @ self.change, dim=1)


class Encoded(NamedTuple):
    """One forward pass over a batch of pictures."""

    vectors: Tensor
    features: Tensor


class Towers(nn.Module):
    """All that is trained: both towers, the scale of the similarities and the helper heads."""

    def __init__(self, classes: dict[str, int]) -> None:
        super().__init__()
        self.image = ImageTower()
        self.text = TextMap()
        self.drop = nn.Dropout(config.DROPOUT)
        self.log_scale = nn.Parameter(torch.tensor(2.7))
        inputs = self.image.project.in_features
        self.heads = nn.ModuleDict({name: nn.Linear(inputs, n) for name, n in classes.items()})

    def see(self, pictures: Tensor) -> Encoded:
        """Unit vectors and features of pictures, computed mostly in bfloat16."""
        with torch.autocast("cpu", torch.bfloat16):
            features = self.drop(self.image.features(pictures))
        vectors = self.image.project(features.float())
        return Encoded(functional.normalize(vectors, dim=1), features)

    def scale(self) -> Tensor:
        """What similarities are multiplied by; bounded, or training drifts to one-hot."""
        return self.log_scale.exp().clamp(max=config.LARGEST_SCALE)
