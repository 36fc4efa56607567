"""The queue of suspects: which were looked at, which come next, and what is counted of them. Pure functions."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from vv_desktop.core.dataset import Split
from vv_desktop.core.records import ImageRow, Review
from vv_desktop.core.suspects import Suspects

State = Literal["open", "unsure", "kept", "fixed"]
Pair = tuple[int, int]
"""A label and what is suggested in its place, as class indices."""
SPLITS: tuple[Split | None, ...] = ("train", "val", "test", None)


@dataclass(frozen=True)
class Suspect:
    """One image of a ranking's queue. label, suggestion: class indices; label is that of when it was ranked.

    near_label, near_suggestion: ids of the nearest images of the two classes, nearest first.
    """

    image: int
    label: int
    suggestion: int
    p_label: float
    p_suggestion: float
    mirror_differs: bool
    near_label: tuple[int, ...]
    near_suggestion: tuple[int, ...]


@dataclass(frozen=True)
class Standing:
    """A suspect, what became of it, and the split that its image is in now."""

    suspect: Suspect
    state: State
    split: Split | None

    @property
    def image(self) -> int:
        """The id of its image."""
        return self.suspect.image

    @property
    def pair(self) -> Pair:
        """Label and suggestion when it was ranked."""
        return self.suspect.label, self.suspect.suggestion

    @property
    def remains(self) -> bool:
        """True while it still deserves a look."""
        return self.state in ("open", "unsure")


@dataclass(frozen=True)
class Tally:
    """How many of a queue were looked at, and what came of it."""

    looked_at: int
    total: int
    fixed: int
    unsure: int


def read_queue(suspects: Suspects) -> tuple[Suspect, ...]:
    """The queue of a ranking, worst first."""
    return tuple(_suspect(suspects, place) for place in suspects.queue.tolist())


def _suspect(suspects: Suspects, place: int) -> Suspect:
    image, label, suggestion = int(suspects.images[place]), int(suspects.labels[place]), suspects.suggestion(place)

    def nearest(of: int) -> tuple[int, ...]:
        return tuple(other for other in suspects.neighbours[place, of].tolist() if other not in (-1, image))

    return Suspect(
        image,
        label,
        suggestion,
        float(suspects.probabilities[place, label]),
        float(suspects.probabilities[place, suggestion]),
        bool(suspects.mirror_differs[place]),
        nearest(label),
        nearest(suggestion),
    )


def state_of(suspect: Suspect, row: ImageRow, names: Sequence[str]) -> State:
    """What became of a suspect whose image is stored so; names: the classes as they are called now.

    A review holds only as long as label and suggestion are those that it was given for.
    """
    if row.label != names[suspect.label]:
        return "fixed"
    review = row.review
    if review is None or (review.label, review.suggestion) != (row.label, names[suspect.suggestion]):
        return "open"
    return review.verdict


def is_suspect(queue: Mapping[int, Suspect], row: ImageRow, names: Sequence[str]) -> bool:
    """True if an image is in the queue (by image) and its label was neither fixed nor kept since."""
    suspect = queue.get(row.id)
    return suspect is not None and not row.excluded and state_of(suspect, row, names) in ("open", "unsure")


def review_of(suspect: Suspect, verdict: Literal["kept", "unsure"], names: Sequence[str]) -> Review:
    """What is to be remembered of a suspect that was looked at."""
    return Review(verdict, names[suspect.label], names[suspect.suggestion])


def standings(queue: Iterable[Suspect], images: Mapping[int, ImageRow], names: Sequence[str]) -> tuple[Standing, ...]:
    """The queue as it stands now: worst first, those nobody is sure of last. Excluded images are out of it."""
    rows = ((suspect, images.get(suspect.image)) for suspect in queue)
    found = [
        Standing(suspect, state_of(suspect, row, names), row.split)
        for suspect, row in rows
        if row is not None and not row.excluded
    ]
    return tuple(sorted(found, key=lambda one: one.state == "unsure"))  # sorting keeps the order of equals


def narrowed(
    queue: Iterable[Standing], pair: Pair | None = None, splits: Collection[Split | None] = SPLITS
) -> tuple[Standing, ...]:
    """Those with this label and suggestion (None: any) in one of these splits."""
    return tuple(one for one in queue if pair in (None, one.pair) and one.split in splits)


def walk(queue: Iterable[Standing], visited: Collection[int]) -> tuple[Standing, ...]:
    """What the arrows go through: all that remains, and of the rest only the images that were just visited."""
    return tuple(one for one in queue if one.remains or one.image in visited)


def following(path: Sequence[Standing], image: int | None) -> int | None:
    """The image to look at once `image` is decided (None: to begin with); None if that was the last.

    Open ones first, also those that were skipped; then those nobody is sure of, each once.
    """
    at = next((i for i, one in enumerate(path) if one.image == image), -1)
    after, before = path[at + 1 :], path[: max(at, 0)]
    undecided = [one for one in (*after, *before) if one.state == "open"]
    again = [one for one in after if one.state == "unsure"]
    return next((one.image for one in (*undecided, *again)), None)


def beside(path: Sequence[Standing], image: int | None, step: int) -> int | None:
    """The image `step` further on, or back; at an end, and past it, the last one there."""
    at = next((i for i, one in enumerate(path) if one.image == image), len(path))
    return path[max(0, min(len(path) - 1, at + step))].image if path else None


def tally(queue: Sequence[Standing]) -> Tally:
    """Counts of a queue."""
    states = Counter(one.state for one in queue)
    return Tally(len(queue) - states["open"], len(queue), states["fixed"], states["unsure"])


def pair_counts(queue: Iterable[Standing]) -> list[tuple[Pair, int]]:
    """How many remain of each label and suggestion, the most frequent first."""
    return Counter(one.pair for one in queue if one.remains).most_common()


def split_counts(queue: Iterable[Standing]) -> dict[Split | None, int]:
    """How many remain in each split that has any."""
    counts = Counter(one.split for one in queue if one.remains)
    return {split: counts[split] for split in SPLITS if counts[split]}
