"""What the Twins page says."""

from vv_desktop.core.twins import Pair, Twins


def kind_words(pair: Pair) -> str:
    """How two images are twins."""
    if pair.kind == "exact":
        return "Exact copy"
    alike = "Mirror image" if pair.kind == "mirror" else "Near-twin"
    return f"{alike}, {100 * pair.similarity:.0f} % alike"


def leak_sentence(test: tuple[int, int], val: tuple[int, int]) -> str:
    """How many test and val images have a near-twin in train; each: how many, and of how many."""
    if not test[1] and not val[1]:
        return "No labelled image is in test or val, so nothing can leak"
    parts = [
        f"{touched:,} of {count:,} {name} images" for name, (touched, count) in (("test", test), ("val", val)) if count
    ]
    if not test[0] and not val[0]:
        return f"No leak: {' and '.join(parts)} have a near-twin in train"
    return f"{' and '.join(parts)} have a near-twin in train"


def found_sentence(found: Twins) -> str:
    """How many pairs there are among how many images."""
    exact, mirrored = int(found.exact.sum()), int(found.mirrored.sum())
    near = len(found.images) - exact - mirrored
    kinds = (
        _counted(exact, "exact copy", "exact copies"),
        _counted(near, "near-twin", "near-twins"),
        _counted(mirrored, "mirror image", "mirror images"),
    )
    return f"{_counted(len(found.images), 'pair', 'pairs')} among {found.looked_at:,} images: {', '.join(kinds)}"


def groups_sentence(images: int, groups: int) -> str:
    """How many groups there are."""
    return f"{images:,} images in {_counted(groups, 'group', 'groups')}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
