"""Gunicorn's settings. The master reads this file, so a bad value ends it before a worker starts."""

import atexit
import os
import shutil
import tempfile

from config import read_or_exit  # `config` itself is the name of a setting of gunicorn

settings = read_or_exit()

bind = f"{'127.0.0.1' if settings.embedded else '0.0.0.0'}:{settings.port}"
worker_class = "gthread"
workers = 2
threads = 16
control_socket_disable = True  # one path for the whole machine: a second Lapse would take it over
graceful_timeout = 4  # less than what a Procfile manager waits before it kills


def _fresh_metrics_folder():
    """Where the workers add up their metrics; removed when this process, the master, ends."""
    folder = tempfile.mkdtemp(prefix="lapse-metrics-")
    master = os.getpid()
    atexit.register(lambda: os.getpid() == master and shutil.rmtree(folder, ignore_errors=True))
    return folder


os.environ["PROMETHEUS_MULTIPROC_DIR"] = _fresh_metrics_folder()


def child_exit(server, worker):
    """Forget the gauges of a worker that ended."""
    from prometheus_client import multiprocess  # looks at the folder when it is imported

    multiprocess.mark_process_dead(worker.pid)
