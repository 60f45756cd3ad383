"""The models of bench:compute in PyTorch: the same formulas, and parameters under the same names, as Heed's.

Weights of linear maps are [outputs, inputs] here and [inputs, outputs] there: `load` turns them.
"""
import json
import math
import struct

import numpy
import torch
import torch.nn.functional as F
from torch import nn

TYPES = {"F32": numpy.float32, "I64": numpy.int64}


def read_tensors(path):
    """A safetensors file as a dictionary of tensors: a header of JSON behind its length, and then the numbers."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    start = 8 + length
    tensors = {}
    for name, about in json.loads(content[8:start]).items():
        if name == "__metadata__":
            continue
        begin, end = about["data_offsets"]
        numbers = numpy.frombuffer(content[start + begin : start + end], TYPES[about["dtype"]])
        tensors[name] = torch.from_numpy(numbers.reshape(about["shape"]).copy())
    return tensors


def load(module, tensors, prefix):
    """Fills the parameters of a module from the tensors whose names begin with the prefix."""
    owners = dict(module.named_modules())
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            owner = owners[name.rpartition(".")[0]]
            values = tensors[f"{prefix}.{name}"]
            parameter.copy_(values.T if isinstance(owner, nn.Linear) and values.dim() == 2 else values)
    return module


class Mlp(nn.Module):
    def __init__(self, widths):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x, activation=F.relu):
        for index, layer in enumerate(self.layers):
            x = layer(x if index == 0 else activation(x))
        return x


class Embedding(nn.Module):
    def __init__(self, entries, width):
        super().__init__()
        self.table = nn.Parameter(torch.empty(entries, width))


class RmsNorm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.scale = nn.Parameter(torch.empty(width))

    def forward(self, x):
        return F.rms_norm(x, (x.shape[-1],), self.scale, 1e-6)


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(width, width, bias=False) for _ in range(4))

    def forward(self, x, cosines, sines):
        batch, places, width = x.shape

        def into_heads(y):
            return y.view(batch, places, self.heads, width // self.heads).transpose(1, 2)

        def turn(y):
            first, second = y.chunk(2, -1)
            return torch.cat((first * cosines - second * sines, second * cosines + first * sines), -1)

        query, key, value = turn(into_heads(self.query(x))), turn(into_heads(self.key(x))), into_heads(self.value(x))
        seen = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        return self.output(seen.transpose(1, 2).reshape(batch, places, width))


class Gated(nn.Module):
    def __init__(self, width, hidden):
        super().__init__()
        self.gate = nn.Linear(width, hidden, bias=False)
        self.up = nn.Linear(width, hidden, bias=False)
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x):
        return self.down(F.silu(self.gate(x)) * self.up(x))


class Block(nn.Module):
    def __init__(self, width, heads, hidden):
        super().__init__()
        self.attentionNorm = RmsNorm(width)
        self.attention = Attention(width, heads)
        self.feedNorm = RmsNorm(width)
        self.feed = Gated(width, hidden)

    def forward(self, x, cosines, sines):
        x = x + self.attention(self.attentionNorm(x), cosines, sines)
        return x + self.feed(self.feedNorm(x))


class Decoder(nn.Module):
    def __init__(self, vocabulary, width, layers, heads, hidden, places):
        super().__init__()
        self.embedding = Embedding(vocabulary, width)
        self.blocks = nn.ModuleList(Block(width, heads, hidden) for _ in range(layers))
        self.norm = RmsNorm(width)
        half = width // heads // 2
        rates = 10_000 ** (-torch.arange(half, dtype=torch.float64) / half)
        angles = torch.arange(places, dtype=torch.float64)[:, None] * rates
        self.register_buffer("cosines", angles.cos().float())
        self.register_buffer("sines", angles.sin().float())

    def forward(self, tokens):
        x = F.embedding(tokens, self.embedding.table)
        for block in self.blocks:
            x = block(x, self.cosines, self.sines)
        return F.linear(self.norm(x), self.embedding.table)

    def loss(self, tokens):
        logits = self(tokens[:, :-1])
        return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), tokens[:, 1:].reshape(-1))


class GruModel(nn.Module):
    """A GRU and a linear map of all its states."""

    def __init__(self, inputs, width):
        super().__init__()
        self.gru = nn.GRU(inputs, width, batch_first=True)
        self.head = nn.Linear(width, 1)

    def load(self, tensors):
        with torch.no_grad():
            for ours, theirs in (("input", "ih"), ("hidden", "hh")):
                for kind in ("weight", "bias"):
                    values = tensors[f"parameters.gru.{ours}.{kind}"]
                    getattr(self.gru, f"{kind}_{theirs}_l0").copy_(values.T if kind == "weight" else values)
        load(self.head, tensors, "parameters.head")
        return self

    def loss(self, x, y):
        return F.mse_loss(self.head(self.gru(x)[0]), y)


class ConvolutionBlock(nn.Module):
    def __init__(self, inputs, outputs, size, groups):
        super().__init__()
        self.convolution = nn.Conv1d(inputs, outputs, size, padding=size // 2)
        self.norm = Norm(outputs, groups)

    def forward(self, x):
        return F.silu(self.norm(self.convolution(x)))


class Norm(nn.Module):
    def __init__(self, channels, groups):
        super().__init__()
        self.groups = groups
        self.scale = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels))

    def forward(self, x):
        return F.group_norm(x, self.groups, self.scale, self.bias, 1e-5)


class ResidualBlock(nn.Module):
    def __init__(self, inputs, outputs, time, size, groups):
        super().__init__()
        self.first = ConvolutionBlock(inputs, outputs, size, groups)
        self.second = ConvolutionBlock(outputs, outputs, size, groups)
        self.time = nn.Linear(time, outputs)
        self.shortcut = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x, time):
        inner = self.first(x) + self.time(F.silu(time))[:, :, None]
        return self.second(inner) + (x if self.shortcut is None else self.shortcut(x))


class Down(nn.Module):
    def __init__(self, inputs, outputs, time, size, groups):
        super().__init__()
        self.block = ResidualBlock(inputs, outputs, time, size, groups)
        self.shrink = nn.Conv1d(outputs, outputs, 3, stride=2, padding=1)


class Up(nn.Module):
    def __init__(self, below, width, time, size, groups):
        super().__init__()
        self.grow = nn.ConvTranspose1d(below, width, 4, stride=2, padding=1, bias=False)
        self.block = ResidualBlock(2 * width, width, time, size, groups)


class Unet(nn.Module):
    def __init__(self, channels, widths, time, groups, size):
        super().__init__()
        self.width = time
        common = (time, size, groups)
        self.time = Mlp((time, 4 * time, time))
        self.down = nn.ModuleList(Down(a, b, *common) for a, b in zip((channels, *widths), widths))
        self.middle = ResidualBlock(widths[-1], widths[-1], *common)
        self.up = nn.ModuleList(Up(below, width, *common) for width, below in zip(widths, (*widths[1:], widths[-1])))
        self.last = ConvolutionBlock(widths[0], widths[0], size, groups)
        self.output = nn.Conv1d(widths[0], channels, 1)

    def forward(self, x, time):
        half = self.width // 2
        rates = torch.exp(-math.log(10_000) * torch.arange(half) / max(1, half - 1))
        angles = time[:, None] * rates
        embedded = self.time(torch.cat((angles.sin(), angles.cos()), 1), F.silu)
        sides = []
        for level in self.down:
            x = level.block(x, embedded)
            sides.append(x)
            x = level.shrink(x)
        x = self.middle(x, embedded)
        for level in reversed(self.up):
            x = level.block(torch.cat((level.grow(x), sides.pop()), 1), embedded)
        return self.output(self.last(x))

    def loss(self, x, time, noise):
        return F.mse_loss(self(x, time), noise)
