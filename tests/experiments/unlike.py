"""Which pictures are unlike the training photos? python -m tests.experiments.unlike PROJECT [--plan quick].

PROJECT is one of the photos (vv-desktop import train.csv val.csv); nothing in it changes but its caches. Scores are
compared by how well they tell its validation photos from pictures of something else, which are drawn here: eleven
kinds. Held back: the same for photos of half the groups, when only the others are known; mean of ten such halves.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from sklearn.metrics import roc_auc_score

from vv_desktop.core.arrays import Float32Array, Int64Array, Uint8Array
from vv_desktop.core.known import MOST
from vv_desktop.core.pixel_cache import cached_pixels
from vv_desktop.core.plans import PLANS
from vv_desktop.core.project import Project
from vv_desktop.core.toys import VIEWPOINTS, draw_vehicle
from vv_desktop.core.user_folders import user_cache
from vv_desktop.ml.augmentation import PLAIN
from vv_desktop.ml.features import cached_features, prepared_backbone
from vv_desktop.ml.litert import LiteRtNetwork
from vv_desktop.ml.projection import unit
from vv_desktop.ml.weights import find_weights
from vv_desktop.workers import Flags, WorkerProgress

Score = Callable[[Float32Array, Float32Array, bool], Float32Array]
"""From known rows (N, C) and others (M, C), or the known ones themselves, to (M,): larger is stranger."""
EACH = 30
"""Pictures of each kind."""
SIDE = 224
Draw = Callable[[np.random.Generator], Image.Image]


def _noise(random: np.random.Generator) -> Image.Image:
    side = int(random.choice([7, 28, 224]))
    small = random.integers(0, 256, (side, side, 3), dtype=np.uint8)
    return Image.fromarray(small).resize((SIDE, SIDE), Image.Resampling.BILINEAR)


def _gradient(random: np.random.Generator) -> Image.Image:
    y, x = np.mgrid[0 : 1 : SIDE * 1j, 0 : 1 : SIDE * 1j]
    turn = random.uniform(0, 2 * np.pi)
    share = np.clip((np.cos(turn) * x + np.sin(turn) * y + 1) / 2, 0, 1)[..., None]
    ends = random.integers(0, 256, (2, 3))
    return Image.fromarray((share * ends[0] + (1 - share) * ends[1]).astype(np.uint8))


def _text(random: np.random.Generator) -> Image.Image:
    dark = random.random() < 0.4
    image = Image.new("RGB", (SIDE, SIDE), "#1e1e24" if dark else "#fbfbf8")
    draw = ImageDraw.Draw(image)
    for line in range(int(random.integers(8, 18))):
        words = " ".join("".join(map(chr, random.integers(97, 123, random.integers(2, 10)))) for _ in range(7))
        draw.text((10, 8 + 12 * line), words[: int(random.integers(10, 40))], fill="#d8d8d8" if dark else "#222222")
    return image


def _window(random: np.random.Generator) -> Image.Image:
    """A screenshot: bars, a table, buttons."""
    image = _text(random)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, SIDE, 18), fill=tuple(random.integers(60, 220, 3).tolist()))
    draw.rectangle((0, 18, 60, SIDE), fill=tuple(random.integers(150, 240, 3).tolist()))
    for row in range(6):
        draw.rectangle((70, 30 + 30 * row, 214, 52 + 30 * row), outline="#8888aa", width=1)
        draw.text((6, 30 + 20 * row), "Menu", fill="#333333")
    return image


def _stripes(random: np.random.Generator) -> Image.Image:
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    turn, wave = random.uniform(0, np.pi), random.uniform(6, 60)
    share = (np.sin((np.cos(turn) * x + np.sin(turn) * y) * 2 * np.pi / wave) > random.uniform(-0.5, 0.5))[..., None]
    ends = random.integers(0, 256, (2, 3))
    return Image.fromarray(np.where(share, ends[0], ends[1]).astype(np.uint8))


def _checks(random: np.random.Generator) -> Image.Image:
    cells = int(random.integers(3, 20))
    board = (np.indices((cells, cells)).sum(axis=0) % 2)[..., None]
    ends = random.integers(0, 256, (2, 3))
    small = Image.fromarray(np.where(board, ends[0], ends[1]).astype(np.uint8))
    return small.resize((SIDE, SIDE), Image.Resampling.NEAREST).rotate(float(random.uniform(0, 45)))


def _texture(random: np.random.Generator) -> Image.Image:
    """Clouds: noise of all sizes, as marble, sand or bark have it."""
    waves = np.hypot(*np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE) * random.uniform(1, 4)))
    steep = random.uniform(0.8, 2.0)
    spectrum = np.fft.fft2(random.standard_normal((SIDE, SIDE))) / np.maximum(waves, 1 / SIDE) ** steep
    values = np.real(np.fft.ifft2(spectrum))
    share = ((values - values.min()) / np.ptp(values))[..., None]
    ends = random.integers(0, 256, (2, 3))
    return Image.fromarray((share * ends[0] + (1 - share) * ends[1]).astype(np.uint8))


def _shapes(random: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", (SIDE, SIDE), tuple(random.integers(0, 256, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(int(random.integers(3, 25))):
        left, top = random.integers(-20, 200, 2).tolist()
        wide, high = random.integers(10, 120, 2).tolist()
        form = draw.ellipse if random.random() < 0.5 else draw.rectangle
        form((left, top, left + wide, top + high), fill=tuple(random.integers(0, 256, 3).tolist()))
    return image.filter(ImageFilter.GaussianBlur(float(random.uniform(0, 3))))


def _chart(random: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", (SIDE, SIDE), "white")
    draw = ImageDraw.Draw(image)
    draw.line((20, 10, 20, 204, 214, 204), fill="black", width=2)
    colour = tuple(random.integers(0, 200, 3).tolist())
    heights = 204 - random.integers(10, 180, 9)
    if random.random() < 0.5:
        for place, top in enumerate(heights.tolist()):
            draw.rectangle((28 + 20 * place, top, 42 + 20 * place, 203), fill=colour)
    else:
        draw.line([(30 + 20 * place, top) for place, top in enumerate(heights.tolist())], fill=colour, width=3)
    return image


def _toy(random: np.random.Generator) -> Image.Image:
    picture = draw_vehicle(str(random.choice(VIEWPOINTS)), int(random.integers(0, 10_000)), 0, SIDE)
    return picture.resize((SIDE, SIDE))


KINDS: dict[str, Draw] = {
    "noise": _noise, "gradient": _gradient, "text": _text, "window": _window, "stripes": _stripes, "checks": _checks,
    "texture": _texture, "shapes": _shapes, "chart": _chart, "toy vehicle": _toy,
}  # fmt: skip


def drawn(seed: int = 0) -> dict[str, Uint8Array]:
    """EACH pictures of every kind, (EACH, SIDE, SIDE, 3)."""
    random = np.random.default_rng(seed)
    return {
        kind: np.stack([np.asarray(draw(random).convert("RGB"), np.uint8) for _ in range(EACH)])
        for kind, draw in KINDS.items()
    }


def crops(photos: Uint8Array, seed: int = 1) -> Uint8Array:
    """A corner of a sixth of the side of some photos, enlarged: sky, road, a wheel."""
    random = np.random.default_rng(seed)
    side, found = SIDE // 6, []
    for photo in photos[random.choice(len(photos), EACH, replace=False)]:
        top, left = random.choice([0, SIDE - side], 2)
        corner = Image.fromarray(photo[top : top + side, left : left + side])
        found.append(np.asarray(corner.resize((SIDE, SIDE), Image.Resampling.BICUBIC)))
    return np.stack(found)


def nearest(count: int, centred: bool = False, cosine: bool = True) -> Score:
    """Distance to the nearest known row but `count` - 1."""

    def score(rows: Float32Array, others: Float32Array, own: bool) -> Float32Array:
        mean = rows.mean(axis=0) if centred else np.zeros(rows.shape[1], np.float32)
        known, asked = rows - mean, others - mean
        if cosine:
            known, asked = unit(known), unit(asked)
        squares = (asked**2).sum(axis=1)[:, None] + (known**2).sum(axis=1) - 2 * asked @ known.T
        found = np.partition(squares, count + own - 1, axis=1)[:, count + own - 1]
        return np.asarray(np.maximum(found, 0), np.float32)

    return score


def mahalanobis(rows: Float32Array, others: Float32Array, own: bool) -> Float32Array:
    """Distance from the mean, each direction by its variance and a tenth of the mean variance.

    It is fitted to the known ones, so they say nothing of the threshold.
    """
    if own:
        return np.zeros(0, np.float32)
    mean = rows.mean(axis=0)
    values, axes = np.linalg.eigh((rows - mean).T @ (rows - mean) / len(rows))
    spread = (others - mean) @ axes / np.sqrt(values + 0.1 * values.mean())
    return np.asarray((spread**2).sum(axis=1), np.float32)


def on_components(rows: Float32Array, others: Float32Array, own: bool) -> Float32Array:
    """The fifth nearest by cosine on 64 principal components."""
    mean = rows.mean(axis=0)
    _, axes = np.linalg.eigh((rows - mean).T @ (rows - mean))
    return nearest(5)((rows - mean) @ axes[:, -64:], (others - mean) @ axes[:, -64:], own)


def of_length_one(score: Score) -> Score:
    """The same on rows of length 1."""
    return lambda rows, others, own: score(unit(rows), unit(others), own)


SCORES: dict[str, Score] = {
    "cosine, k = 1": nearest(1), "cosine, k = 5": nearest(5), "cosine, k = 10": nearest(10),
    "cosine, k = 5, less the mean": nearest(5, centred=True), "cosine, k = 5, 64 components": on_components,
    "Euclidean, k = 5": nearest(5, cosine=False),
    "Mahalanobis": mahalanobis, "Mahalanobis, length 1": of_length_one(mahalanobis),
}  # fmt: skip


def thinned(rows: Int64Array) -> Int64Array:
    """As many as are kept of a run."""
    return rows[np.linspace(0, len(rows) - 1, min(MOST, len(rows))).astype(np.int64)]


def held_back(
    score: Score, features: Float32Array, train: Int64Array, groups: list[str], else_: Float32Array
) -> tuple[float, float, float]:
    """Shares beyond the threshold: of photos of unknown groups, mean and largest of ten; of something else, mean."""
    shares, found = [], []
    names, of = np.unique(groups, return_inverse=True)
    for seed in range(5):
        random = np.random.default_rng(seed)
        half = random.permutation(len(names)) < len(names) // 2
        for side in (True, False):
            inside = random.permutation(train[half[of] == side])
            val, known = inside[: len(inside) // 9], thinned(inside[len(inside) // 9 :])
            rows = features[known]
            limit = threshold(score, rows, features[val])
            shares.append(float(np.mean(score(rows, features[train[half[of] != side]], False) > limit)))
            found.append(float(np.mean(score(rows, else_, False) > limit)))
    return float(np.mean(shares)), max(shares), float(np.mean(found))


def threshold(score: Score, rows: Float32Array, val: Float32Array) -> float:
    """As ml/known.py has it."""
    return float(np.quantile(np.concatenate([score(rows, val, False), score(rows, rows, True)]), 0.99))


def main() -> None:
    """Print a row for each score, and the shares of each kind for the one that is used."""
    parser = argparse.ArgumentParser("python -m tests.experiments.unlike", description=__doc__)
    parser.add_argument("project", type=Path)
    parser.add_argument("--plan", choices=("quick", "classic"), default="quick")
    options = parser.parse_args()
    opened, plan = Project.open(options.project), PLANS[options.plan]
    samples, cache = opened.dataset().samples, opened.folder / "cache"
    opened.close()
    progress = WorkerProgress(Flags(), lambda event: None)
    weights = find_weights(None, 0, progress, plan.backbone)
    pixels = cached_pixels(samples, SIDE, cache, progress)
    view = cached_features(pixels, plan, weights, cache, user_cache(), progress)[PLAIN]

    def pooled(rows: Float32Array) -> Float32Array:
        return rows.reshape(len(rows), -1, rows.shape[-1]).mean(axis=1)

    features = pooled(np.asarray(view.rows[view.places], np.float32))
    train, val = (np.flatnonzero([s.split == split and s.label >= 0 for s in samples]) for split in ("train", "val"))
    network = LiteRtNetwork(prepared_backbone(plan, weights, user_cache(), progress))
    pictures = drawn() | {"corner of a photo": crops(np.asarray(pixels.rows[pixels.places[val]]))}
    kinds = {kind: pooled(network.run(rows)) for kind, rows in pictures.items()}
    else_ = np.concatenate(list(kinds.values()))
    groups = [samples[i].group for i in train]
    print(f"{len(train):,} training photos, {len(val)} of validation, {len(else_)} of something else")
    print("| score | AUROC | of validation | something else | held back | largest of ten | something else then |")
    print("|---|---|---|---|---|---|---|")
    for name, score in SCORES.items():
        rows = features[thinned(train)]
        near, far = score(rows, features[val], False), score(rows, else_, False)
        area = roc_auc_score(np.repeat([0, 1], [len(near), len(far)]), np.concatenate([near, far]))
        limit = threshold(score, rows, features[val])
        shares = (np.mean(near > limit), np.mean(far > limit), *held_back(score, features, train, groups, else_))
        print(f"| {name} | {area:.4f} | {' | '.join(f'{100 * share:.1f} %' for share in shares)} |", flush=True)
    rows, score = features[thinned(train)], SCORES["cosine, k = 5"]
    limit = threshold(score, rows, features[val])
    each = {kind: 100 * np.mean(score(rows, found, False) > limit) for kind, found in kinds.items()}
    print(", ".join(f"{kind} {share:.0f} %" for kind, share in each.items()))


if __name__ == "__main__":
    main()
