"""A Dask cluster on loopback, in processes of its own: a scheduler, and a worker for each address.

    python -m tests.cluster.local_cluster [VARIABLE=VALUE ...] ADDRESS [VARIABLE=VALUE ...] ADDRESS ...

Variables that stand before an address are its worker's alone. Several workers may have one address. Prints a
line of JSON: where the scheduler is, and a worker's process by its address; another one, with all that was
logged, when its stdin ends.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Final

import orjson
from distributed import Client, LocalCluster

from auditor.cluster.place import ADDRESS_VARIABLE

START_SECONDS: Final = 40


def workers_of(words: list[str]) -> list[dict[str, str]]:
    """The environment of each worker."""
    workers: list[dict[str, str]] = []
    variables: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if equals:
            variables[name] = value
        else:
            workers.append({ADDRESS_VARIABLE: word, **variables})
            variables = {}
    return workers


def serve(workers: list[dict[str, str]]) -> None:
    """Start the cluster, print where it is, and end it when stdin ends."""
    cluster: Any = LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=0, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    )
    with cluster:
        spec = cluster.new_spec
        for number, environment in enumerate(workers):
            options = {**spec["options"], "env": environment, "preload": "tests.cluster.lying"}
            cluster.worker_spec[str(number)] = {"cls": spec["cls"], "options": options}
        cluster.scale(len(workers))
        cluster.wait_for_workers(len(workers), timeout=START_SECONDS)
        # Its own list of workers comes to be some time after they have.
        with Client(cluster) as client:  # type: ignore[no-untyped-call]
            pids = dict(client.run(address_and_process).values())
        say({"scheduler": cluster.scheduler_address.removeprefix("tcp://"), "pids": pids})
        sys.stdin.read()
        say({"logs": "\n".join(map(str, cluster.get_logs().values()))})
    os._exit(0)  # its threads take seconds to end


def address_and_process() -> tuple[str, int]:
    """Of the worker that is asked."""
    return os.environ[ADDRESS_VARIABLE], os.getpid()


def say(value: dict[str, Any]) -> None:
    """A line of JSON on stdout."""
    sys.stdout.buffer.write(orjson.dumps(value) + b"\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(workers_of(sys.argv[1:]))
