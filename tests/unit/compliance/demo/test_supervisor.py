"""The group is all up or all down, and says why."""
# SPDX-License-Identifier: Apache-2.0

import os
import socket
import sys
from pathlib import Path

import pytest

from compliance.demo.supervisor import Group, GroupError, Service, require_free_port

SLEEPS = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)")
ENDS = (sys.executable, "-c", "print('the disk is full'); raise SystemExit(3)")


def group_of(tmp_path: Path, **commands: tuple[str, ...]) -> Group:
    services = [Service(name=name, command=command) for name, command in commands.items()]
    return Group(services=services, cwd=tmp_path, log_dir=tmp_path / "log")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_leaving_the_group_stops_every_process(tmp_path: Path) -> None:
    with group_of(tmp_path, web=SLEEPS, worker=SLEEPS) as group:
        group.require_alive()
        pids = [process.pid for process in group._running.values()]

    assert len(pids) == 2
    assert not any(map(is_alive, pids))


def test_a_process_that_ends_is_named_with_its_last_words(tmp_path: Path) -> None:
    with (
        group_of(tmp_path, web=SLEEPS, worker=ENDS) as group,
        pytest.raises(
            GroupError, match=r"worker ended with code 3; its log says:\nthe disk is full"
        ),
    ):
        group.watch(every_s=0.02)

    assert not any(is_alive(process.pid) for process in group._running.values())


def test_a_taken_port_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(GroupError, match=f"port {port} is taken"):
            require_free_port(port)

    require_free_port(port)
