"""The EVA02-CLIP vision tower in plain torch; its parts are named as in the checkpoint."""

from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

HEAD: Final = 64
"""Width of an attention head in every EVA02-CLIP tower."""
EPS: Final = 1e-6
TRAINED_GRID: Final = 16
"""Patches a side that the rotary positions are scaled to, whatever the grid is."""
WAVELENGTH: Final = 10_000.0


@dataclass(frozen=True, slots=True)
class TowerShape:
    """The sizes that make one tower differ from another."""

    width: int
    depth: int
    hidden: int
    """Width of the gated layer inside a block."""
    patch: int
    """Pixels a side of a patch."""
    grid: int
    """Patches a side of a picture."""

    @property
    def side(self) -> int:
        """Pixels a side of a picture."""
        return self.grid * self.patch

    @property
    def patches(self) -> int:
        """Patches of a picture: what it adds to a sequence."""
        return self.grid * self.grid


def rotary_tables(grid: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines, float32 `[grid * grid, HEAD]`, patches row by row.

    Half of a head turns with the row, the other half with the column; neighbours share an angle.
    """
    half = HEAD // 2
    steps = torch.arange(0, half, 2, dtype=torch.float32, device="cpu")
    places = torch.arange(grid, dtype=torch.float32, device="cpu") / grid * TRAINED_GRID
    angles = torch.outer(places, WAVELENGTH ** -(steps / half)).repeat_interleave(2, dim=1)
    rows = angles[:, None].expand(grid, grid, half)
    columns = angles[None].expand(grid, grid, half)
    both = torch.cat([rows, columns], dim=2).reshape(grid * grid, HEAD)
    return both.cos(), both.sin()


def rotate(heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """`[..., patches, HEAD]` turned pair by pair; computed in float32, returned as it came."""
    even, odd = heads.unflatten(-1, (-1, 2)).unbind(-1)
    turned = torch.stack((-odd, even), dim=-1).flatten(-2)
    return (heads * cos + turned * sin).to(heads.dtype)


class Attention(nn.Module):
    """Self-attention with a norm before its last layer; the keys have no bias."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.q_bias = nn.Parameter(torch.zeros(width))
        self.v_bias = nn.Parameter(torch.zeros(width))
        self.q_proj = nn.Linear(width, width, bias=False)
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width, bias=False)
        self.inner_attn_ln = nn.LayerNorm(width, eps=EPS)
        self.proj = nn.Linear(width, width)

    def forward(self, tokens: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        query = functional.linear(tokens, self.q_proj.weight, self.q_bias)
        value = functional.linear(tokens, self.v_proj.weight, self.v_bias)
        query, key, value = (
            each.unflatten(-1, (-1, HEAD)).transpose(1, 2)
            for each in (query, self.k_proj(tokens), value)
        )
        query, key = (_turn_patches(each, cos, sin) for each in (query, key))
        mixed = functional.scaled_dot_product_attention(query, key, value)
        output: Tensor = self.proj(self.inner_attn_ln(mixed.transpose(1, 2).flatten(2)))
        return output


def _turn_patches(heads: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """The class token has no place in the picture and is not turned."""
    return torch.cat([heads[:, :, :1], rotate(heads[:, :, 1:], cos, sin)], dim=2)


class Mlp(nn.Module):
    """The gated layer of a block, with a norm before its last layer."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.w1 = nn.Linear(width, hidden)
        self.w2 = nn.Linear(width, hidden)
        self.ffn_ln = nn.LayerNorm(hidden, eps=EPS)
        self.w3 = nn.Linear(hidden, width)

    def forward(self, tokens: Tensor) -> Tensor:
        gated = functional.silu(self.w1(tokens)) * self.w2(tokens)
        output: Tensor = self.w3(self.ffn_ln(gated))
        return output


class Block(nn.Module):
    """One pre-norm layer."""

    def __init__(self, shape: TowerShape) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(shape.width, eps=EPS)
        self.attn = Attention(shape.width)
        self.norm2 = nn.LayerNorm(shape.width, eps=EPS)
        self.mlp = Mlp(shape.width, shape.hidden)

    def forward(self, tokens: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        tokens = tokens + self.attn(self.norm1(tokens), cos, sin)
        output: Tensor = tokens + self.mlp(self.norm2(tokens))
        return output


class Tower(nn.Module):
    """Pictures to tokens: the class token, then the patches row by row.

    Visualized BGE takes the tokens as the last block leaves them; the tower's own final norm and
    head are not applied, and so not built.
    """

    def __init__(self, shape: TowerShape) -> None:
        super().__init__()
        self.shape = shape
        self.cls_token = nn.Parameter(torch.zeros(1, 1, shape.width))
        self.pos_embed = nn.Parameter(torch.zeros(1, shape.patches + 1, shape.width))
        convolution = nn.Conv2d(3, shape.width, kernel_size=shape.patch, stride=shape.patch)
        self.patch_embed = nn.ModuleDict({"proj": convolution})
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.depth))
        self.fill_tables(torch.device("cpu"))

    def fill_tables(self, device: torch.device) -> None:
        """Compute what no checkpoint has to hold, on `device`."""
        cos, sin = rotary_tables(self.shape.grid)
        self.register_buffer("cos", cos.to(device), persistent=False)
        self.register_buffer("sin", sin.to(device), persistent=False)

    def forward(self, pixels: Tensor) -> Tensor:
        """`[n, 3, side, side]` to `[n, 1 + patches, width]`."""
        patches = self.patch_embed["proj"](pixels).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.cls_token.expand(len(pixels), -1, -1), patches], dim=1)
        tokens = tokens + self.pos_embed
        for block in self.blocks:
            tokens = block(tokens, self.cos, self.sin)
        output: Tensor = tokens
        return output
