"""Runs the processes of Ninefold as one group: all up, or all down."""
# SPDX-License-Identifier: Apache-2.0

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

_STOP_WITHIN_S = 20.0
_LOG_LINES_SHOWN = 15


class GroupError(Exception):
    """The group cannot run; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One process of the group: its name and its command line."""

    name: str
    command: tuple[str, ...]


def services(*, port: int, data_dir: Path) -> tuple[Service, ...]:
    """Return the four processes: web, worker, scheduler and sequencer."""
    python = (sys.executable, "-m")
    celery = (*python, "celery", "-A", "compliance.celery")
    quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return (
        Service(
            name="web",
            command=(
                *(*python, "granian", "--interface", "asgi", "--host", "127.0.0.1"),
                *("--port", str(port), "--workers", "1", "--no-ws", "--log-level", "warning"),
                "compliance.asgi:application",
            ),
        ),
        Service(
            name="worker",
            command=(*celery, "worker", "--concurrency", "1", "--loglevel", "WARNING", *quiet),
        ),
        Service(
            name="scheduler",
            command=(
                *(*celery, "beat", "--loglevel", "WARNING", "--pidfile="),
                *("--schedule", str(data_dir / "beat-schedule")),
            ),
        ),
        Service(
            name="sequencer", command=(sys.executable, "manage.py", "sequencer", "--interval", "1")
        ),
    )


def require_free_port(port: int) -> None:
    """Do nothing if `port` of the loopback address is free.

    Raises:
        GroupError: if another program listens there.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise GroupError(
                f"port {port} is taken by another program: stop it, or choose another port"
                f" (make demo PORT={port + 1})"
            ) from error


@dataclass(slots=True, kw_only=True)
class Group:
    """A running group; a context manager that stops every process when it is left.

    Each process leads its own process group, so that Ctrl-C reaches only us and the stop is
    orderly: web first (it answers what it accepted), the sequencer last.
    """

    services: Sequence[Service]
    cwd: Path
    log_dir: Path
    _running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Start every process with its log file."""
        self.log_dir.mkdir(parents=True, exist_ok=True)
        # Also where whoever started us had interrupts ignored, as shells do for `command &`.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, _as_interrupt)
        for service in self.services:
            with (self.log_dir / f"{service.name}.log").open("wb") as log:
                self._running[service.name] = subprocess.Popen(  # noqa: S603 - our own command lines
                    service.command,
                    cwd=self.cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    env=os.environ | {"PYTHONUNBUFFERED": "1"},
                )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop every process: politely, then not."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            for process in self._running.values():
                _signal_group(process, signal.SIGTERM)
                _wait(process, _STOP_WITHIN_S)
        finally:
            for process in self._running.values():
                _signal_group(process, signal.SIGKILL)
                process.wait()
            signal.signal(signal.SIGINT, signal.default_int_handler)

    def require_alive(self) -> None:
        """Do nothing while every process runs.

        Raises:
            GroupError: if one has ended; the message ends with the last lines of its log.
        """
        for name, process in self._running.items():
            code = process.poll()
            if code is not None:
                log = (self.log_dir / f"{name}.log").read_text(encoding="utf-8", errors="replace")
                tail = "\n".join(log.splitlines()[-_LOG_LINES_SHOWN:])
                raise GroupError(f"{name} ended with code {code}; its log says:\n{tail}")

    def watch(self, *, every_s: float = 0.5) -> None:
        """Stay until a process ends (`GroupError`) or the person interrupts."""
        while True:
            self.require_alive()
            time.sleep(every_s)


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    """Treat a polite stop like Ctrl-C, so that the group is stopped in order."""
    raise KeyboardInterrupt


def _signal_group(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """Send a signal to a process and its children, if any are left."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return


def _wait(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    """Wait for a process, but not for ever."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
