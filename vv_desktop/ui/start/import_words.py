"""What the import review says of a plan, in words."""

from collections import defaultdict

from vv_desktop.core.dataset import SPLITS, Split
from vv_desktop.core.import_plan import ImportPlan


def headline(plan: ImportPlan) -> str:
    """ "3,411 images, 3,411 labelled, 7 classes"."""
    labelled = sum(1 for image in plan.images if image.label is not None)
    classes = counted(len(plan.classes), "class", "classes")
    return f"{counted(len(plan.images), 'image')}, {labelled:,} labelled, {classes}"


def sources_line(plan: ImportPlan) -> str:
    """Where it was read from."""
    first = str(plan.sources[0])
    return first if len(plan.sources) == 1 else f"{first} and {len(plan.sources) - 1} more"


def splits_lines(plan: ImportPlan) -> tuple[str, ...]:
    """Where classes and splits come from, and what to know of the splits before trusting a score."""
    lines = [f"Classes: {plan.labels_source}.", f"Splits: {plan.splits_source[:1].lower()}{plan.splits_source[1:]}."]
    splits_of: dict[str, set[Split]] = defaultdict(set)
    for image in plan.images:
        if image.split is not None:
            splits_of[image.group].add(image.split)
    torn = sum(1 for splits in splits_of.values() if len(splits) > 1)
    if torn:
        groups = f"{torn:,} of {len(splits_of):,} groups stand" if len(splits_of) > 1 else "The only group stands"
        lines.append(f"{groups} in more than one split, so scores will look better than they are.")
    present = {split for splits in splits_of.values() for split in splits}
    missing = [split for split in SPLITS if split not in present]
    if missing and present:
        lines.append(f"There is no {' and no '.join(missing)} image.")
    return tuple(lines)


def counted(number: int, one: str, many: str = "") -> str:
    """ "1 image", "3,411 images"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
