"""Joining a Ray cluster, and saying what to do where that fails. Ray itself is only imported when it is asked for."""

from __future__ import annotations

import logging
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicepulse.errors import VoicePulseError

REACHING_SECONDS = 5.0
SAME_VERSIONS = "Every machine of the cluster needs the Python and the Ray of this one, and the same VoicePulse."


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that was joined. `is_elsewhere`: other machines than this one are part of it."""

    is_elsewhere: bool


@contextmanager
def join(where: str) -> Iterator[Cluster]:
    """Join the cluster that `where` names, and leave it in the end.

    `ray` is the cluster of RAY_ADDRESS, or the one that `ray start` began on this machine, or else one of its own on this
    machine; `ray://HOST:PORT` is a client's connection to a cluster's head.

    Raises:
        VoicePulseError: `where` names no cluster, Ray is missing, or the cluster cannot be joined.
    """
    address = address_of(where)
    ray = _import_ray()
    with (
        Path(os.devnull).open("w") as nowhere,
        redirect_stdout(nowhere),
    ):  # Ray tells of dead workers on standard output
        try:
            yield _connect(ray, address)
        finally:
            ray.shutdown()


def _connect(ray: Any, address: str | None) -> Cluster:
    local = {} if address else {"include_dashboard": False}
    try:
        if address:  # Ray itself takes half a minute to say that nobody is there
            host, port = address[len("ray://") :].rsplit(":", 1)
            socket.create_connection((host.strip("[]"), int(port)), REACHING_SECONDS).close()
        ray.init(address, log_to_driver=False, logging_level=logging.CRITICAL, **local)
        here = {ray.util.get_node_ip_address(), "127.0.0.1", "::1"}
        return Cluster(any(node["Alive"] and node["NodeManagerAddress"] not in here for node in ray.nodes()))
    except (OSError, RuntimeError, ValueError, ImportError, OverflowError, ray.exceptions.RayError) as error:
        raise _not_joined(address, error) from error


def address_of(where: str) -> str | None:
    """What Ray is told; None leaves the choice to Ray.

    Raises:
        VoicePulseError: `where` names no cluster.
    """
    if where == "ray":
        return None
    if not re.fullmatch(r"ray://[^\s/@?#]+:\d+", where):
        raise VoicePulseError(f"'{where}' names no cluster.", "Use --on ray, or --on ray://HOST:10001.")
    return where


def _import_ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise VoicePulseError("Ray is not installed.", "Get it with `pip install 'voicepulse[ray]'`.") from error
    return ray


def _not_joined(address: str | None, error: Exception) -> VoicePulseError:
    said = str(error)
    if isinstance(error, RuntimeError) and "ersion mismatch" in said:
        versions = "; ".join(line.strip() for line in said.splitlines() if line.strip())
        return VoicePulseError(f"The Ray cluster runs other versions ({versions}).", SAME_VERSIONS)
    first = next((line.strip() for line in said.splitlines() if line.strip()), type(error).__name__)
    way_out = (
        "Check that `ray status` works on its head and that the address can be reached from here (10001 is the usual port "
        "for ray://). Where the cluster asks for a token, set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN_PATH."
    )
    if address is None:
        way_out = "Unset RAY_ADDRESS, or check that `ray status` works; without --on, this machine does the work alone."
    return VoicePulseError(f"The Ray cluster could not be joined ({first}).", way_out)
