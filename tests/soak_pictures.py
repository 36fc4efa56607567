"""The slow figures of pictures and tables: python -m tests.soak tables|views."""

import platform
import time

MACHINE = f"{platform.platform()}, Python {platform.python_version()}"


def tables(count: int, seed: int) -> bool:
    """`count` random tables through import, export, import, export; True as each came back as it was."""
    from tests.core.test_label_export import drive_tables

    started = time.perf_counter()
    drive_tables(count, seed)
    print(f"tables: {count}, seed {seed}, all came back as they were, {time.perf_counter() - started:.0f} s, {MACHINE}")
    return True


PARTS = {"tables": (tables, 100_000)}
