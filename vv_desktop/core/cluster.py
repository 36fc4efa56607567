"""The machines that train one network together, as the command line or a launcher names them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vv_desktop.core.errors import UserError


@dataclass(frozen=True)
class Cluster:
    """Several workers, each as host:port. Worker 0 is the chief: it keeps the run. index: which of them this is."""

    workers: tuple[str, ...]
    index: int

    def __post_init__(self) -> None:
        for worker in self.workers:
            _check_address(worker)
        if len(set(self.workers)) < len(self.workers):
            raise UserError(f"Each worker needs an address of its own; received {','.join(self.workers)!r}")
        if not 0 <= self.index < len(self.workers):
            raise UserError(f"A worker's index is between 0 and {len(self.workers) - 1}; received {self.index}")


def cluster_of(workers: str | None, index: int | None, environment: Mapping[str, str]) -> Cluster | None:
    """The cluster this process belongs to; None if it trains alone.

    workers: "host:port,host:port" from the command line, with `index`. Without them TF_CONFIG of the
    environment counts, as Kubeflow and Ray set it. Raises UserError for what is neither.
    """
    if workers is None:
        if index is not None:
            raise UserError(f"--worker-index says which of --workers this is, and needs them; received {index}")
        return _several(_from_tf_config(environment.get("TF_CONFIG", "")))
    names = tuple(name.strip() for name in workers.split(","))
    if index is None:
        raise UserError(f"--workers needs --worker-index, from 0 on; received {workers!r}")
    return _several(Cluster(names, index))


def _several(cluster: Cluster | None) -> Cluster | None:
    return None if cluster is None or len(cluster.workers) == 1 else cluster


def _from_tf_config(text: str) -> Cluster | None:
    """Source of the format: tf.distribute.cluster_resolver.TFConfigClusterResolver."""
    if not text.strip():
        return None
    try:
        config: Any = json.loads(text)
        jobs: dict[str, list[str]] = {name: [str(a) for a in all_] for name, all_ in config.get("cluster", {}).items()}
        task = config.get("task", {})
        kind, number = str(task.get("type", "worker")), int(task.get("index", 0))
    except (ValueError, TypeError, AttributeError) as error:
        raise UserError(f"TF_CONFIG is no JSON of the form TensorFlow asks for; received {text!r}") from error
    if not jobs:
        return None
    if set(jobs) - {"chief", "master", "worker"} or {"chief", "master"} <= set(jobs):
        raise UserError(f"TF_CONFIG may name a chief and workers, and no other jobs; received {', '.join(jobs)!r}")
    order = [name for name in ("chief", "master", "worker") if name in jobs]  # the chief first, if there is one
    if kind not in order or not 0 <= number < len(jobs[kind]):
        raise UserError(f"TF_CONFIG's task is none of its cluster; received {kind} {number}")
    before = sum(len(jobs[name]) for name in order[: order.index(kind)])
    return Cluster(tuple(address for name in order for address in jobs[name]), before + number)


def _check_address(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise UserError(f"A worker is host:port, with a port between 1 and 65535; received {address!r}")
