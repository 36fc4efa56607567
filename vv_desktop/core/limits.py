"""What a child process that opens a model file of others may take of this machine."""

from collections.abc import Mapping

MEMORY = 8 * 2**30
"""Bytes of its own; TensorFlow with a network for phones takes 1 GB."""
_SECONDS, _SECONDS_A_PHOTO = 600, 10
"""Of computing, over all cores; a network for phones takes 0.01 s a photo."""


def limits_of_foreign(photos: int) -> dict[str, int]:
    """Bytes of memory and seconds of computing for a child that answers so many photos, as a JSON document."""
    return {"memory": MEMORY, "seconds": _SECONDS + _SECONDS_A_PHOTO * photos}


def limit_this_process(limits: Mapping[str, int]) -> None:
    """From here on the system refuses this process more memory, and ends it after too long; nothing on Windows.

    What it maps of files does not count, nor does reserved address space, of which every thread takes 100 MB: hence
    RLIMIT_DATA and not RLIMIT_AS.
    """
    try:
        import resource
    except ImportError:
        return
    for kind, wanted in ((resource.RLIMIT_DATA, limits["memory"]), (resource.RLIMIT_CPU, limits["seconds"])):
        hard = resource.getrlimit(kind)[1]
        least = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (least, least))
