"""One training on several machines: TensorFlow's own collectives, the same steps on all, one run at the chief."""

import hashlib
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import tensorflow as tf

from vv_desktop import __version__
from vv_desktop.core.cluster import Cluster
from vv_desktop.core.dataset import Dataset
from vv_desktop.core.errors import UserError
from vv_desktop.core.plans import Plan
from vv_desktop.core.progress import Note, Progress
from vv_desktop.core.runs import Run
from vv_desktop.ml.replicas import ManyReplicas, WorkerGone


def joined(cluster: Cluster, dataset: Dataset, plan: Plan, progress: Progress) -> ManyReplicas:
    """Wait for all workers of the cluster, and make sure that they are about to do the same.

    TensorFlow allows this once a process, and before anything else is computed with it. Main thread only.
    Raises UserError if the addresses cannot be used, or a worker has other labels, another plan or version.
    """
    others = ", ".join(w for i, w in enumerate(cluster.workers) if i != cluster.index)
    progress.report(
        Note(
            f"This is worker {cluster.index} of {len(cluster.workers)}; waiting for {others} (Ctrl-C twice to give up)"
        )
    )
    join, terminated = tf.distribute.MultiWorkerMirroredStrategy, signal.getsignal(signal.SIGTERM)
    try:
        # It waits in C++ until all are there. On a thread of `map` it leaves this one able to hear a Ctrl-C.
        (strategy,) = progress.map(lambda resolver: join(cluster_resolver=resolver), [_resolver(cluster)])
    except (tf.errors.OpError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(
            f"The workers did not come together ({reason}); received {cluster.workers[cluster.index]}"
        ) from error
    # TensorFlow takes a SIGTERM for a notice that somebody may ask about, and goes on: launchers mean it.
    signal.signal(signal.SIGTERM, terminated or signal.SIG_DFL)
    replicas = ManyReplicas(strategy, cluster.workers, cluster.index)
    replicas.check_same("versions of vv_desktop and TensorFlow", _digest([__version__, tf.__version__]))
    replicas.check_same("labels", dataset.digest)
    replicas.check_same("plan", _digest(plan.as_dict()))
    progress.report(Note(f"All {len(cluster.workers)} workers are here, {replicas.count} replicas"))
    return replicas


def lead(train: Callable[[], Run], folder: Path) -> Run:
    """The chief's `train`; where a worker is lost, the sentence says where the best network so far is."""
    try:
        return train()
    except WorkerGone as error:
        best = folder / "model.keras"
        if not best.exists():
            raise
        raise UserError(f"{error}; the best network so far is kept: {best}") from error


def follow(
    dataset: Dataset,
    plan: Plan,
    cache: Path,
    shared_cache: Path,
    weights: Path | Literal["random"] | None,
    replicas: ManyReplicas,
    progress: Progress,
) -> None:
    """What a worker does that is not the chief: its share of each step. Raises Cancelled and UserError as `train`."""
    import time

    from vv_desktop.ml.material import gathered
    from vv_desktop.ml.phases import train_phases

    started = time.perf_counter()
    material = gathered(dataset, plan, cache, shared_cache, weights, progress)
    train_phases(material, None, started, progress, replicas)


def _resolver(cluster: Cluster) -> Any:
    """Not TensorFlow's own for TF_CONFIG, so that the command line and a launcher go one way.

    This kind believes that a machine has no GPU unless it is told.
    """
    return tf.distribute.cluster_resolver.SimpleClusterResolver(
        tf.train.ClusterSpec({"worker": list(cluster.workers)}),
        task_type="worker",
        task_id=cluster.index,
        num_accelerators={"GPU": len(tf.config.list_physical_devices("GPU"))},
        rpc_layer="grpc",
    )


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
