"""Draws toy vehicles from seven viewpoints, for the demo project, the screenshots and the tests."""

# A car's frame: x to its nose, y to its own left, z up, in metres, from the ground below its
# middle. An azimuth is where the camera stands around it, in degrees from the nose to the left.
import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

Points = npt.NDArray[np.float64]
Colour = tuple[float, ...]  # red, green, blue and perhaps opacity, from 0 to 255
# A convex polygon (n, 3), counter-clockwise from outside; True: unlit, and seen from behind too.
Face = tuple[Points, Colour, bool]
VIEWPOINTS: tuple[str, ...] = (
    "Front", "FrontLeft", "FrontRight", "Rear", "RearLeft", "RearRight", "Background",
)  # fmt: skip
AZIMUTHS = ((-12, 12), (22, 60), (-60, -22), (168, 192), (120, 158), (-158, -120), (-180, 180))
SHARES = (0.13, 0.20, 0.20, 0.12, 0.14, 0.14, 0.07)
CONFUSABLE = ((1, 2, 3), (2, 0, 4), (1, 0, 5), (4, 5, 0), (5, 3, 1), (4, 3, 2), (0, 3))
BODIES = {  # length, half width, height, bonnet, boot, runs of front and rear window, belt, wheel
    "hatchback": (3.9, 0.88, 1.50, 0.95, 0.06, 0.75, 0.42, 0.90, 0.31),
    "saloon": (4.6, 0.91, 1.43, 1.15, 0.70, 0.80, 0.72, 0.90, 0.32),
    "estate": (4.6, 0.91, 1.50, 1.15, 0.06, 0.80, 0.28, 0.90, 0.32),
    "van": (4.7, 0.96, 1.95, 0.80, 0.03, 0.70, 0.06, 1.05, 0.34),
    "pickup": (5.0, 0.95, 1.74, 1.20, 1.65, 0.62, 0.12, 1.02, 0.38),
}
PAINTS = (
    (236, 236, 232), (188, 192, 198), (112, 117, 124), (58, 60, 68), (200, 44, 40),
    (36, 84, 168), (28, 120, 92), (238, 186, 44), (232, 120, 40), (120, 178, 216),
)  # fmt: skip
SKIES = ((112, 166, 226), (168, 194, 216), (198, 202, 206), (230, 196, 164))
GROUNDS = ((112, 114, 118), (146, 142, 136), (122, 136, 96), (164, 148, 122))
WALLS = ((176, 116, 92), (206, 196, 178), (150, 160, 168), (222, 208, 172))
PALETTE: dict[str, Colour] = {
    "glass": (50, 66, 82), "shine": (92, 114, 134), "dark": (38, 39, 43), "leaf": (66, 112, 62),
    "chrome": (206, 208, 212), "lamp": (252, 246, 210), "red": (208, 20, 26), "cone": (240, 99, 36),
}  # fmt: skip
# What is painted on a panel: left, low, right, high in percent, colour. On the ends what stops left
# of the middle is mirrored; tail, kick and back are upside down. The flank begins at the nose.
ENDS = {
    "bumper": "14 8 86 42 dark, 5 55 14 85 lamp, 36 46 64 94 plate, 39 62 61 78 dark",
    "nose": "2 25 28 95 dark, 4 34 25 88 lamp, 32 15 68 88 dark, 32 48 68 56 chrome",
    "bonnet": "16 4 18 96 shade", "deck": "8 60 92 95 bed",
    "tail": "1 12 21 80 dark, 2 16 19 76 red, 3 46 13 58 cone, 36 44 64 82 plate, 39 57 61 69 dark",
    "kick": "0 0 100 12 shade, 0 65 100 100 dark, 6 28 17 46 red",
    "screen": "5 5 95 93 glass, 12 5 22 93 shine", "roof": "", "back": "9 12 91 84 glass",
}  # fmt: skip
FLANK = (
    "3 0 97 12 dark, 0 40 100 44 shade, 3 46 7 72 lamp, 96 50 99 85 red, 31 14 32 100 shade, "
    "54 14 55 100 shade, 48 76 53 82 dark, 71 76 75 82 dark, 76 50 77 100 shade"
)
SQUARE: Points = np.array([(0, 0, 0), (1, 0, 0), (1, 0, 1), (0, 0, 1)])
CIRCLE: Points = np.array([(-np.cos(t), 0, np.sin(t)) for t in np.linspace(0, 2 * np.pi, 20)])
OVER, FLOOR = 3, 0.24  # pixels drawn per pixel kept along a side; a car's underside in metres


@dataclass(frozen=True)
class Scene:
    """Everything random about one picture; angles in degrees, lengths in metres."""

    style: str
    shape: tuple[float, ...]  # as in BODIES
    colours: dict[str, Colour]  # of the car, beside those of PALETTE
    empty: bool  # no car stands there
    azimuth: float
    distance: float  # along the ground, from the middle of what is framed to the camera
    height: float  # of the camera
    frame: tuple[tuple[float, ...], tuple[float, ...]]  # lowest and highest corner to be in view
    reach: float  # the share of the picture it takes
    shift: tuple[float, ...]  # right and down, as a share of the picture
    roll: float
    sun: tuple[float, ...]  # unit vector towards it
    details: int  # seed of the surroundings, the exposure and the noise


@dataclass(frozen=True)
class ToySample:
    """One picture of a demo project; `label` is what the CSV says, perhaps wrongly."""

    path: str
    label: str
    true_label: str
    group: str


def make_scene(label: str, vehicle: int, shot: int, seed: int = 0) -> Scene:
    """The scene of one picture. Raises ValueError for a label that is not in VIEWPOINTS."""
    if label not in VIEWPOINTS:
        raise ValueError(f"The label must be one of {', '.join(VIEWPOINTS)}; received {label!r}")
    rng = np.random.default_rng([seed % 2**32, vehicle % 2**32])
    style = str(rng.choice(list(BODIES), p=[0.28, 0.24, 0.2, 0.14, 0.14]))
    shape = np.array(BODIES[style]) * rng.uniform(0.95, 1.05, 9)
    paint = np.clip(rng.choice(PAINTS) + rng.normal(0, 6, 3), 20, 245)
    bed, trim = 0.25 if style == "pickup" else 1.0, rng.choice((0.25, 0.9, 0.9))
    shares = {"paint": 1.0, "shade": 0.62, "trim": trim, "bed": bed}
    colours: dict[str, Colour] = {k: tuple((paint * v).tolist()) for k, v in shares.items()}
    colours["plate"] = (244, 236, float(rng.choice((90, 238, 238))))
    kind = VIEWPOINTS.index(label)
    rng = np.random.default_rng([seed % 2**32, vehicle % 2**32, shot % 2**32, kind])
    empty = label == "Background" and bool(rng.random() < 0.5)
    azimuth, (distance, height) = rng.uniform(*AZIMUTHS[kind]), rng.uniform((5.5, 1.35), (9, 2.5))
    size, middle = shape[:3] * (1, 2, 1), shape[:3] * (0, 0, 0.5)
    if label == "Background" and not empty:
        side, x = float(rng.choice((-1, 1))), rng.choice((0.31, 0.05, -0.1, -0.31))
        middle, size = np.array([x * shape[0], side * shape[1], 0.5]), rng.uniform(0.5, 0.9, 3)
        azimuth, distance, height = side * rng.uniform(80, 100), 1.4, rng.uniform(0.5, 0.8)
    sun = np.array([*rng.normal(0, 1, 2), rng.uniform(0.6, 1.6)])
    return Scene(
        style, tuple(shape.tolist()), colours, empty, azimuth, distance, height,
        (tuple((middle - size / 2).tolist()), tuple((middle + size / 2).tolist())),
        rng.uniform(0.78, 0.92), tuple(rng.uniform(-0.03, 0.03, 2).tolist()), rng.normal(0, 1.3),
        tuple((sun / np.linalg.norm(sun)).tolist()), int(rng.integers(2**31)),
    )  # fmt: skip


def project(scene: Scene, points: Points, size: tuple[int, int]) -> Points:
    """Pixels right, pixels down and metres deep (n, 3) of points (n, 3) in a picture of `size`."""
    angle, roll = np.radians((scene.azimuth, scene.roll))
    right, frame = np.array([-np.sin(angle), np.cos(angle), 0]), np.array(scene.frame)
    target = frame.mean(axis=0)
    eye = target + scene.distance * np.cross(right, (0, 0, 1)) + (0, 0, scene.height - target[2])
    forward = (target - eye) / np.linalg.norm(target - eye)
    turn = np.array([[np.cos(roll), np.sin(roll)], [-np.sin(roll), np.cos(roll)]])
    axes = np.array([*(turn @ np.stack([right, np.cross(forward, right)])), forward])
    corners = np.array([frame[list(ends), [0, 1, 2]] for ends in np.ndindex(2, 2, 2)])
    flat = (corners - eye) @ axes.T
    flat = flat[:, :2] / flat[:, 2:]
    zoom = float((scene.reach * np.array(size) / np.ptp(flat, axis=0)).min())
    seen: Points = (points - eye) @ axes.T
    seen[:, :2] *= zoom / np.maximum(seen[:, 2:], 0.01)
    middle = zoom * (flat.min(axis=0) + flat.max(axis=0)) / 2
    seen[:, :2] += np.array(size) * (np.array(scene.shift) + 0.5) - middle
    return seen


def draw_vehicle(label: str, vehicle: int, shot: int, size: int = 256, seed: int = 0) -> Image.Image:
    """A picture (size x size*3/4, RGB) of toy vehicle number `vehicle` whose true label is `label`.

    `vehicle` fixes colour and body, `shot` the rest; the same arguments give the same pixels.
    Raises ValueError that ends with what was received for an unknown label.
    """
    scene = make_scene(label, vehicle, shot, seed)
    rng = np.random.default_rng(scene.details)
    faces = _surroundings(scene, rng) + ([] if scene.empty else _car(scene))
    picture = Image.new("RGB", (size * OVER, size * 3 // 4 * OVER))
    brushes = {3: ImageDraw.Draw(picture), 4: ImageDraw.Draw(picture, "RGBA")}  # the slow one
    seen = project(scene, np.concatenate([face[0] for face in faces]), picture.size)
    parts = np.split(seen, np.cumsum([len(face[0]) for face in faces])[:-1])
    for (points, colour, plain), flat in zip(faces, parts, strict=True):
        (a, b), (c, d) = flat[1, :2] - flat[0, :2], flat[2, :2] - flat[1, :2]
        if flat[:, 2].min() > 0.1 and (plain or a * d < b * c):
            light = 1.0 if plain else 0.62
            if not plain:
                out = np.cross(points[1] - points[0], points[2] - points[1])
                light += (0.38 * np.maximum(out @ scene.sun, 0) + out[2] / 12) / np.sqrt(out @ out)
            fill = tuple(int(min(255, part * light)) for part in colour)
            brushes[len(fill)].polygon([(x, y) for x, y, _ in flat.tolist()], fill)
    soft = ImageFilter.GaussianBlur(max(0, rng.uniform(-0.5, 0.7)) * size / 256)
    pixels = np.asarray(picture.reduce(OVER).filter(soft), np.float32) * rng.uniform(0.82, 1.12)
    pixels += rng.standard_normal(pixels.shape, np.float32) * rng.uniform(1.5, 5)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _panels(scene: Scene) -> dict[str, Points]:
    """The quads (4, 3) of body and cabin by name, and the outline (n, 3) of the left flank."""
    length, half, height, bonnet, boot, screen, back, belt, _ = scene.shape
    end, brow = length / 2, half * (0.92 if scene.style == "van" else 0.8)
    cowl, deck, sill, kick = end - bonnet, boot - end, half * 0.97, end - 0.1
    body = [(kick, half, FLOOR), (end, half, 0.52), (end - 0.13, half, belt - 0.13)]
    body += [(cowl, half, belt), (0.06 - end, half, belt), (-end, half, 0.5), (-kick, half, FLOOR)]
    cabin = [(cowl, sill, belt), (cowl - screen, brow, height)]
    cabin += [(deck + back, brow, height), (deck, sill, belt)]
    panels = {"outline": np.array(body[::-1]), "side": np.array(cabin)[[0, 3, 2, 1]]}
    panels["flank"] = SQUARE * (-length, 0, belt - FLOOR) + (end, half, FLOOR)
    for name, p, q in zip(ENDS, body[:-1] + cabin[:-1], body[1:] + cabin[1:], strict=True):
        panels[name] = np.array([p, p, q, q]) * [(1, -1, 1), (1, 1, 1), (1, 1, 1), (1, -1, 1)]
    return panels


def _spots(panel: Points, text: str, colours: dict[str, Colour], both: bool = False) -> list[Face]:
    """What is painted on a quad (4, 3); `both`: what stops left of its middle is mirrored."""
    faces: list[Face] = []
    for *edges, name in (spot.split() for spot in text.split(", ") if spot):
        a, low, b, high = (int(edge) / 100 for edge in edges)
        for left, right in ((a, b), (1 - b, 1 - a)) if both and b < 0.5 else ((a, b),):
            u, v = (SQUARE * (right - left, 0, high - low) + (left, 0, low)).T[::2, :, None]
            under, over = panel[0] * (1 - u) + panel[1] * u, panel[3] * (1 - u) + panel[2] * u
            faces.append((under * (1 - v) + over * v, colours[name], False))
    return faces


def _car(scene: Scene) -> list[Face]:
    """The car and its shadow, back to front."""
    length, half, _, bonnet, _, _, _, belt, wheel = scene.shape
    colours, panels, faces = PALETTE | scene.colours, _panels(scene), list[Face]()
    round_off = (np.sign(CIRCLE) * np.abs(CIRCLE) ** 0.6)[:, [0, 2, 1]]
    for grow in np.linspace(0.4, -0.25, 14):
        spot = round_off * (length / 2 + grow, half + grow, 0)
        faces.append((spot - np.array(scene.sun) * (0.2, 0.2, 0), (10, 12, 20, 20), True))
    across, near = SQUARE[:, [1, 0, 2]], 1 if scene.azimuth % 360 < 180 else -1
    ear = across * (0, 0.2, 0.15) + (length / 2 - bonnet - 0.25, half, belt)
    faces.append((ear * (1, -near, 1), colours["trim"], True))
    body = [(panels["outline"], colours["paint"], False), *_spots(panels["flank"], FLANK, colours)]
    for hub in np.array([(x * length, half + 0.01, wheel) for x in (-0.31, 0.31)]):
        for tyre in (across * (0, -0.2, 2 * wheel) - (0, 0, wheel), CIRCLE * wheel - (0, 0.2, 0)):
            faces += [((tyre + hub) * (1, side, 1), colours["dark"], True) for side in (-1, 1)]
        body.append((CIRCLE * wheel * 1.1 + hub + (0, 0, 0.1 * wheel), (20, 20, 24), False))
        for share, name in ((1, "dark"), (0.64, "chrome"), (0.52, "shine"), (0.22, "chrome")):
            body.append((CIRCLE * wheel * share + hub, colours[name], False))
    windows = "4 8 34 90 glass" if scene.style == "van" else "5 8 48 90 glass, 52 8 93 90 glass"
    cabin = [(panels["side"], colours["paint"], False), *_spots(panels["side"], windows, colours)]
    for part in (body, cabin):
        part += [(points[::-1] * (1, -1, 1), tint, plain) for points, tint, plain in part]
    faces += body
    for name, text in ENDS.items():
        tint = colours["trim" if name in ("bumper", "kick") else "paint"]
        faces += [(panels[name], tint, False), *_spots(panels[name], text, colours, both=True)]
    return [*faces, *cabin, (ear * (1, near, 1), colours["trim"], True)]


def _surroundings(scene: Scene, rng: np.random.Generator) -> list[Face]:
    """Sky, ground, what stands behind and what is painted on the ground, back to front."""
    cos, sin = np.cos(np.radians(scene.azimuth)), np.sin(np.radians(scene.azimuth))
    axes = np.array([(-sin, cos, 0), (-cos, -sin, 0), (0, 0, 1)])
    sky, ground, wall = (np.array(rng.choice(kind)) for kind in (SKIES, GROUNDS, WALLS))
    place, leaf, faces = np.mean(scene.frame, axis=0), np.array(PALETTE["leaf"]), list[Face]()

    def stand(tint: npt.ArrayLike, *box: float, shape: Points = SQUARE) -> None:  # x y z, w h
        points = place * (1, 1, 0) + (shape * (box[3], 0, box[4]) + box[:3]) @ axes
        faces.append((points, tuple(np.asarray(tint)), True))

    for step in np.linspace(1, 0, 12):
        stand(sky + (255 - sky) * 0.7 * (1 - step), -200, 200, 0, 400, 110 * step + 5)
        stand(ground * (0.83 + 0.25 * step), -200, 200, -300, 400, 300 - 80 * (1 - step) ** 2)
    kind = rng.choice(["town", "park", "wall"])
    for x in np.arange(-24, 24, rng.uniform(4, 6)):
        high, tone = rng.uniform(3.5, 9), rng.uniform(0.75, 1.1)
        if kind == "town":
            stand(rng.choice(WALLS) * tone, x, 22, 0, 6, high)
            for i, z in ((i, z) for i in (0.6, 2.2, 3.8) for z in np.arange(1, high - 1, 1.7)):
                stand(np.array(PALETTE["shine"]) * tone, x + i, 22, z, 0.8, 1)
        else:
            stand((96, 74, 56), x, 20, 0, 0.4, high * 0.5)
            for i, z in rng.normal((0, high * 0.55), 0.8, (4, 2)):
                stand(leaf * rng.uniform(0.8, 1.25), x + i, 20, z, 1.6, 1.6, shape=CIRCLE)
            stand(leaf * 0.9, x, 19, 0, 6.1, 0.3 + 0.1 * high)
    for i, z in enumerate(np.linspace(rng.uniform(2, 5), 0.3, 9) if kind == "wall" else ()):
        stand(wall * (0.85 if i else 1), -40, 4, z if i else 0, 80, 0.04 if i else z)
    for y in (-1.5, 1.5)[: rng.integers(3)]:
        faces.append((SQUARE[:, [0, 2, 1]] * (5.6, 0.1, 0) + (-2.8, y, 0), PALETTE["chrome"], True))
    for x in rng.uniform(-3, 3, rng.integers(1, 4) if scene.empty else 0):
        for i, name in enumerate(("dark", "cone", "chrome", "cone", "cone")):
            stand(PALETTE[name], x + 0.03 * i, -1, 0.1 * i, 0.3 - 0.06 * i, 0.1)
    return faces


def plan_toys(count: int = 300, wrong: float = 0.05, seed: int = 0) -> tuple[ToySample, ...]:
    """`count` samples over count // 7 vehicles, of which round(count * wrong) labels are wrong."""
    rng = np.random.default_rng([seed % 2**32, count])
    kinds = rng.permutation(np.searchsorted(np.cumsum(SHARES)[:-1], np.linspace(0, 1, count)))
    mistaken = rng.permutation(count) < round(count * wrong)
    samples = []
    for index, (kind, false) in enumerate(zip(kinds.tolist(), mistaken, strict=True)):
        shot, vehicle = divmod(index, max(1, count // 7))
        group, label = f"vehicle_{vehicle:03d}", rng.choice(CONFUSABLE[kind]) if false else kind
        path = f"images/{group}/shot_{shot}.jpg"
        samples.append(ToySample(path, VIEWPOINTS[label], VIEWPOINTS[kind], group))
    return tuple(samples)


def write_toys(
    folder: Path, count: int = 300, wrong: float = 0.05, seed: int = 0,
    report: Callable[[int, int], None] | None = None,
) -> tuple[ToySample, ...]:  # fmt: skip
    """Draw the plan into folder/images, then write labels.csv, labels.txt and wrong_labels.csv.

    `report(done, total)` is called after each picture; what it raises leaves pictures, no tables.
    """
    plan = plan_toys(count, wrong, seed)
    for done, sample in enumerate(plan, 1):
        path = folder / sample.path
        path.parent.mkdir(parents=True, exist_ok=True)
        vehicle, shot = int(sample.group[8:]), int(path.stem[5:])
        draw_vehicle(sample.true_label, vehicle, shot, seed=seed).save(path, quality=88)
        if report:
            report(done, len(plan))
    right = [("filepath", "label", "group"), *((s.path, s.label, s.group) for s in plan)]
    false = [(s.path, s.label, s.true_label) for s in plan if s.label != s.true_label]
    false = [("filepath", "label", "true_label"), *false]
    for name, rows in (("labels.csv", right), ("wrong_labels.csv", false)):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    (folder / "labels.txt").write_text("\n".join(VIEWPOINTS) + "\n", "utf-8", newline="\n")
    return plan
