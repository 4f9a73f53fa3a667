"""Makes each picture look different every time it is seen; colours change little, they matter."""

import torch
from torch import Tensor
from torch.nn import functional

from models.pocket.training import config


def normalise(pixels: Tensor) -> Tensor:
    """Pixels of 0..255 as the image tower expects them."""
    return pixels.float().sub_(255 * config.MEAN).div_(255 * config.STD)


def augment(pictures: Tensor, random: torch.Generator) -> Tensor:
    """uint8 `[n, 3, h, w]`, cropped, turned, relit, softened, disturbed: `[n, 3, 112, 112]`."""
    seen = reframe(pictures.float(), random)
    seen = relight(seen, random)
    seen = soften(seen, random)
    seen = shine_through(hide_part(seen, random), random)
    return seen.contiguous(memory_format=torch.channels_last)


def uniform(count: int, low: float, high: float, random: torch.Generator) -> Tensor:
    """`count` numbers between `low` and `high`."""
    return torch.empty(count).uniform_(low, high, generator=random)


def reframe(pixels: Tensor, random: torch.Generator) -> Tensor:
    """Crop 25 to 105 % of the area, change the aspect, turn up to 25 degrees, mirror half."""
    n = len(pixels)
    side = uniform(n, 0.25, 1.05, random).sqrt()
    stretch = uniform(n, -0.22, 0.22, random).exp()
    wide, high = side * stretch, side / stretch
    angle = uniform(n, -0.44, 0.44, random) * (uniform(n, 0, 1, random) < 0.6)
    mirror = torch.where(uniform(n, 0, 1, random) < 0.5, -1.0, 1.0)
    shift_x = uniform(n, -1, 1, random) * (1 - wide).clamp(min=0)
    shift_y = uniform(n, -1, 1, random) * (1 - high).clamp(min=0)
    cos, sin = angle.cos(), angle.sin()
    top = torch.stack([cos * wide * mirror, -sin * high, shift_x], 1)
    bottom = torch.stack([sin * wide * mirror, cos * high, shift_y], 1)
    size = [n, 3, config.TRAINING_SIZE, config.TRAINING_SIZE]
    grid = functional.affine_grid(torch.stack([top, bottom], 1), size, align_corners=False)
    return functional.grid_sample(pixels, grid, padding_mode="border", align_corners=False)


def relight(pixels: Tensor, random: torch.Generator) -> Tensor:
    """Saturation, contrast, brightness and white balance, each a little; then normalise.

    All four are linear, so each picture gets one 3x3 matrix and one offset: a single pass.
    """
    n = len(pixels)
    saturation, contrast, light = (uniform(n, -0.22, 0.22, random).exp() for _ in range(3))
    balance = uniform(3 * n, -0.05, 0.05, random).exp().view(n, 3, 1)
    middle = pixels.mean((1, 2, 3))
    mix = saturation[:, None, None] * torch.eye(3) + (1 - saturation)[:, None, None] / 3
    gain = light[:, None, None] * balance / (255 * config.STD)
    matrix = gain * contrast[:, None, None] * mix
    offset = gain * (middle * (1 - contrast))[:, None, None] - config.MEAN / config.STD
    return torch.baddbmm(offset, matrix, pixels.flatten(2)).view_as(pixels)


def soften(pixels: Tensor, random: torch.Generator) -> Tensor:
    """Blur one picture in six and add noise to one in ten."""
    draw = uniform(len(pixels), 0, 1, random)
    kernel = torch.tensor([1.0, 2.0, 1.0])
    kernel = (kernel[:, None] * kernel[None, :] / 16).expand(3, 1, 3, 3)
    blurred = draw < 0.16
    if bool(blurred.any()):
        once = functional.conv2d(pixels[blurred], kernel, padding=1, groups=3)
        pixels[blurred] = functional.conv2d(once, kernel, padding=1, groups=3)
    noisy = draw > 0.9
    noise = torch.rand(int(noisy.sum()), *pixels.shape[1:], generator=random)
    pixels[noisy] += 0.6 * (noise - 0.5)
    return pixels


def hide_part(pixels: Tensor, random: torch.Generator) -> Tensor:
    """Cover a rectangle of half of the pictures with one colour or with part of another picture."""
    n, _, height, width = pixels.shape
    chosen = uniform(n, 0, 1, random) < 0.5
    centre = uniform(2 * n, 0, 1, random).view(2, n, 1)
    half = uniform(2 * n, 0.08, 0.28, random).view(2, n, 1)
    rows = (torch.linspace(0, 1, height) - centre[0]).abs() < half[0]
    columns = (torch.linspace(0, 1, width) - centre[1]).abs() < half[1]
    hidden = (rows[:, None, :, None] & columns[:, None, None, :]) & chosen[:, None, None, None]
    colour = uniform(3 * n, -2, 2, random).view(n, 3, 1, 1)
    plain = (uniform(n, 0, 1, random) < 0.4).view(n, 1, 1, 1)
    return torch.where(hidden, torch.where(plain, colour, another(pixels, random)), pixels)


def shine_through(pixels: Tensor, random: torch.Generator) -> Tensor:
    """Blend a quarter of the pictures with a little of another one."""
    n = len(pixels)
    share = uniform(n, 0.1, 0.35, random) * (uniform(n, 0, 1, random) < 0.25)
    return pixels.lerp(another(pixels, random), share.view(n, 1, 1, 1))


def another(pixels: Tensor, random: torch.Generator) -> Tensor:
    """For every picture of the batch some other picture of it."""
    shift = int(torch.randint(1, len(pixels), (1,), generator=random))
    return pixels.roll(shift, 0)
