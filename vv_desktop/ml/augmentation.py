"""Changed copies of training images: brighter, of other contrast, cut, turned, as Keras layers; and mirrored ones."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vv_desktop.core.arrays import Uint8Array
from vv_desktop.core.plans import Plan
from vv_desktop.ml.starting import import_tensorflow

if TYPE_CHECKING:  # TensorFlow takes seconds to start, and most trainings need no layer of it here
    import keras


@dataclass(frozen=True)
class Variant:
    """One way to see an image: mirrored or not, and the how-manieth changed copy (0: as it is)."""

    mirrored: bool = False
    copy: int = 0

    def key(self, digest: str, plan: Plan) -> str:
        """What an array computed from this variant of the image with this content is cached under."""
        changed = f":{_digest(plan)}-{self.copy}" if self.copy else ""
        return digest + changed + (":mirror" if self.mirrored else "")


PLAIN = Variant()


def seen(images: Uint8Array, digests: Sequence[str], copy: int, plan: Plan) -> Uint8Array:
    """Images (N, size, size, 3) uint8 as the changed copy of this number shows them; 0: as they are.

    digests: (N,) of their contents. The same images asked for together are changed in the same way again,
    so that a cache that was deleted comes back as it was.
    """
    if not copy:
        return images
    import_tensorflow()
    import tensorflow as tf

    seed = int.from_bytes(hashlib.sha256("".join([*digests, str(copy)]).encode()).digest()[:3], "big")
    change = changing_layers(plan, seed)
    assert change is not None, "a plan that changes nothing has no copies"
    changed = change(tf.cast(images, tf.float32), training=True)
    return np.asarray(tf.cast(tf.round(tf.clip_by_value(changed, 0.0, 255.0)), tf.uint8))


def mirror_images(images: Uint8Array) -> Uint8Array:
    """Images (N, height, width, 3) with left and right swapped."""
    return images[:, :, ::-1]


def changing_layers(plan: Plan, seed: int) -> "keras.Sequential | None":
    """Layers that change 0–255 RGB (N, size, size, 3) float32 at random while training; None if the plan has none."""
    if not plan.changes_images:
        return None
    import keras
    from keras import layers

    whole: tuple[float, float] = (0.0, 255.0)
    parts: list[keras.layers.Layer] = []
    if plan.rotation:
        parts.append(layers.RandomRotation(plan.rotation / 360, fill_mode="reflect", seed=seed))
    if plan.crop:
        # A cut by c and a shift by c/2 stay inside the picture at the largest cut; beyond it, reflected.
        parts.append(layers.RandomZoom((-plan.crop, 0.0), fill_mode="reflect", seed=seed + 1))
        parts.append(layers.RandomTranslation(plan.crop / 2, plan.crop / 2, fill_mode="reflect", seed=seed + 2))
    if plan.brightness:
        parts.append(layers.RandomBrightness(plan.brightness, value_range=whole, seed=seed + 3))
    if plan.contrast:
        parts.append(layers.RandomContrast(plan.contrast, value_range=whole, seed=seed + 4))
    return keras.Sequential(parts, name="changes")


def _digest(plan: Plan) -> str:
    """What the plan's changes do, as a few hexadecimal digits."""
    amounts = (plan.brightness, plan.contrast, plan.crop, plan.rotation)
    return hashlib.sha256(repr(amounts).encode()).hexdigest()[:8]
