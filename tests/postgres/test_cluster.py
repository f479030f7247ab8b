"""The tests' own servers: what a killed test run leaves is ended by the next one, and nothing else is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil

from tests.postgres.cluster import Cluster, end_left_over

ROOT = Path(__file__).parents[2]
START_AND_WAIT = (
    "import sys; from tests.postgres.cluster import Cluster;"
    "cluster = Cluster.start(); print(cluster.pid, cluster.folder, flush=True); sys.stdin.read()"
)


def runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def another_run() -> tuple[subprocess.Popen[str], int, Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", START_AND_WAIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    pid, folder = process.stdout.readline().split(" ", 1)
    return process, int(pid), Path(folder.strip())


def test_what_a_killed_run_left_is_ended_and_nothing_else(postgres_cluster: Cluster) -> None:
    killed, left_over, folder = another_run()
    end_left_over()
    assert runs(left_over)
    killed.kill()
    killed.communicate()
    end_left_over()
    assert not runs(left_over)
    assert not folder.exists()
    assert runs(postgres_cluster.pid)
    postgres_cluster.run("SELECT 1")


def test_a_run_that_ends_by_itself_leaves_no_process_and_no_file() -> None:
    ended, server, folder = another_run()
    ended.communicate("")
    assert ended.returncode == 0
    assert not runs(server)
    assert not folder.exists()
