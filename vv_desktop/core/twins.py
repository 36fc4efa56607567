"""Twins: images that show the same picture or nearly so, and what they do to splits and labels."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from vv_desktop.core.dataset import Sample, Split
from vv_desktop.core.kept_arrays import keep_arrays, kept_arrays

if TYPE_CHECKING:  # numpy takes a third of a second, and the window comes first
    from vv_desktop.core.arrays import BoolArray, Float32Array, Int64Array
    from vv_desktop.core.records import ImageRow

Kind = Literal["exact", "near", "mirror"]
SAME_SIMILARITY, SAME_BITS = 0.97, 6
"""From here on a pair is taken for one picture saved twice, so that two labels on it contradict each other."""
_ARRAYS = ("images", "similarity", "bits", "mirrored", "exact")


@dataclass(frozen=True)
class Pair:
    """Two images, by id, `a` before `b`. `same`: one picture, not only a similar one."""

    a: int
    b: int
    similarity: float
    kind: Kind
    same: bool


@dataclass(frozen=True)
class Twins:
    """Pairs of images that show the same picture or nearly so, most alike first.

    images: (P, 2) ids, the smaller first. similarity: (P,) cosine of features, 1 for exact copies.
    bits: (P,) in how many of 64 bits the perceptual hashes differ. mirrored: (P,) one is the other's mirror image.
    exact: (P,) the files are equal byte for byte. looked_at: how many images could be read. seconds: what it took.
    ground: `ground_of` the images that were looked at; another one says that they are stale.
    """

    images: Int64Array
    similarity: Float32Array
    bits: Int64Array
    mirrored: BoolArray
    exact: BoolArray
    looked_at: int
    seconds: float
    ground: str

    def pairs(self) -> tuple[Pair, ...]:
        """The same as records."""
        found = []
        for i, (a, b) in enumerate(self.images.tolist()):
            kind: Kind = "exact" if self.exact[i] else "mirror" if self.mirrored[i] else "near"
            likeness = float(self.similarity[i])
            same = kind == "exact" or (likeness >= SAME_SIMILARITY and int(self.bits[i]) <= SAME_BITS)
            found.append(Pair(a, b, likeness, kind, same))
        return tuple(found)


def ground_of(samples: Iterable[Sample]) -> str:
    """In short what twins are found in: id, path, size and time of change of each file; no labels. Asks the disk."""
    digest = hashlib.sha256()
    for sample in samples:
        try:
            found = sample.path.stat()
            facts = (sample.image, str(sample.path), found.st_size, found.st_mtime_ns)
        except OSError:
            facts = (sample.image, str(sample.path), -1, -1)
        digest.update(repr(facts).encode())
    return digest.hexdigest()


def save_twins(found: Twins, path: Path) -> None:
    """Keep what was found, as arrays only. Raises UserError."""
    keep_arrays(path, {name: getattr(found, name) for name in (*_ARRAYS, "looked_at", "seconds", "ground")})


def load_twins(path: Path) -> Twins | None:
    """The twins that were kept; None where there are none or they are damaged."""
    kept = kept_arrays(path)
    try:
        arrays = {name: kept[name] for name in _ARRAYS}
        if {len(array) for array in arrays.values()} != {len(arrays["images"])}:
            return None
        looked_at, seconds, ground = int(kept["looked_at"]), float(kept["seconds"]), str(kept["ground"])
    except (KeyError, ValueError, TypeError):  # of an older version
        return None
    return Twins(**arrays, looked_at=looked_at, seconds=seconds, ground=ground)


def clusters(pairs: Iterable[Pair]) -> tuple[tuple[int, ...], ...]:
    """Ids of images that hang together by pairs, each cluster in the order of its ids."""
    return _joined((pair.a, pair.b) for pair in pairs)


def leaks(pairs: Iterable[Pair], rows: Mapping[int, ImageRow]) -> tuple[Pair, ...]:
    """Pairs of labelled images that lie in two splits; an excluded image lies in none."""
    found = []
    for pair in pairs:
        a, b = _split(rows.get(pair.a)), _split(rows.get(pair.b))
        if a is not None and b is not None and a != b:
            found.append(pair)
    return tuple(found)


def leak_count(pairs: Iterable[Pair], rows: Mapping[int, ImageRow], of: Split, into: Split) -> tuple[int, int]:
    """How many labelled images of the split `of` have a twin in the split `into`, and of how many."""
    touched = set()
    for pair in pairs:
        for one, other in ((pair.a, pair.b), (pair.b, pair.a)):
            if _split(rows.get(one)) == of and _split(rows.get(other)) == into:
                touched.add(one)
    return len(touched), sum(_split(row) == of for row in rows.values())


def conflicts(
    pairs: Iterable[Pair], rows: Mapping[int, ImageRow], mirrored_class: Mapping[str, str] | None
) -> tuple[Pair, ...]:
    """Pairs of one picture whose labels contradict each other; a mirror image should have the mirrored class.

    mirrored_class: None where it is not known; then nothing is said of mirror images.
    """
    found = []
    for pair in pairs:
        a, b = rows.get(pair.a), rows.get(pair.b)
        if not pair.same or a is None or b is None or a.excluded or b.excluded or a.label is None or b.label is None:
            continue
        if pair.kind == "mirror":
            if mirrored_class is not None and mirrored_class[a.label] != b.label:
                found.append(pair)
        elif a.label != b.label:
            found.append(pair)
    return tuple(found)


def joined_groups(groups: Mapping[int, str], found: Iterable[Sequence[int]]) -> dict[int, str]:
    """Groups such that none is torn and each cluster of `found` lies in one: those that it touches become one.

    The joined group is called as the first of them by name, so that the same clusters give the same names.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for image, group in groups.items():
        members[group].append(image)
    chains = [tuple(images) for images in members.values()]
    chains += [kept for cluster in found if (kept := tuple(i for i in cluster if i in groups))]
    links = (link for chain in chains for link in zip(chain, chain[1:] or chain, strict=False))
    answer = {}
    for cluster in _joined(links):
        name = min(groups[image] for image in cluster)
        answer.update(dict.fromkeys(cluster, name))
    return answer


def cluster_groups(rows: Mapping[int, ImageRow], found: Iterable[Sequence[int]]) -> dict[int, str]:
    """A group for each image: its cluster, or itself."""
    groups = {image: row.path for image, row in rows.items()}
    for cluster in found:
        kept = [image for image in cluster if image in rows]
        if kept:
            groups.update(dict.fromkeys(kept, rows[kept[0]].path))
    return groups


def folder_groups(rows: Mapping[int, ImageRow]) -> dict[int, str]:
    """A group for each image: the folder of its file."""
    return {image: str(PurePosixPath(row.path).parent) for image, row in rows.items()}


def stem_groups(rows: Mapping[int, ImageRow]) -> dict[int, str]:
    """A group for each image: its path without the number at the end, so `a/car7_003.jpg` is of `a/car7`."""
    answer = {}
    for image, row in rows.items():
        path = PurePosixPath(row.path)
        stem = path.stem.rstrip("0123456789")
        stem = stem.rstrip("_- .(") if len(stem) < len(path.stem) else stem
        answer[image] = str(path.parent / stem) if stem else row.path
    return answer


def _split(row: ImageRow | None) -> Split | None:
    return None if row is None or row.excluded or row.label is None else row.split


def _joined(links: Iterable[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """Union-find with path halving."""
    parent: dict[int, int] = {}

    def root(image: int) -> int:
        parent.setdefault(image, image)
        while parent[image] != image:
            parent[image] = image = parent[parent[image]]
        return image

    for a, b in links:
        parent[max(root(a), root(b))] = min(root(a), root(b))
    members: dict[int, list[int]] = defaultdict(list)
    for image in sorted(parent):
        members[root(image)].append(image)
    return tuple(tuple(images) for images in members.values())
