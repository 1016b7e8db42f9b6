"""Gunicorn's settings. The master reads this file, so a bad value ends it before a worker starts."""

import atexit
import os
import resource
import shutil
import signal
import tempfile


def _fresh_metrics_folder():
    """Where the workers add up their metrics; removed when this process, the master, ends."""
    folder = tempfile.mkdtemp(prefix="lapse-metrics-")
    master = os.getpid()
    atexit.register(lambda: os.getpid() == master and shutil.rmtree(folder, ignore_errors=True))
    return folder


os.environ["PROMETHEUS_MULTIPROC_DIR"] = _fresh_metrics_folder()

# Whatever imports prometheus_client looks for the folder when it does: nothing of ours may be imported before.
from config import MOST_STREAMS, read_or_exit  # noqa: E402 - `config` itself is the name of a setting of gunicorn
from gunicorn_worker import EVENT_STREAM, MOST_WAITED_FOR  # noqa: E402

settings = read_or_exit()
migrator = None

host = "127.0.0.1" if settings.embedded else "0.0.0.0"  # noqa: S104 - a proxy on another machine
bind = f"{host}:{settings.port}"
# An open event stream keeps a thread, which waits and costs little; see docs/decisions/0002-web-worker.md. The
# others are for requests, of which `webapp.concurrency` lets few work at a time, and for as many slow clients as the
# worker waits for.
worker_class = "gunicorn_worker.Worker"
workers = 2
threads = MOST_STREAMS + MOST_WAITED_FOR + 64
worker_connections = threads + 1000  # the rest is for connections that wait for their next request
control_socket_disable = True  # one path for the whole machine: a second Lapse would take it over
graceful_timeout = 4  # less than what a Procfile manager waits before it kills
# No header moves a path or makes http https: what proxies say is read by the app, if TRUSTED_PROXIES says so.
forwarder_headers = ""
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}


def _allow_descriptors(wanted):
    """Raise the soft limit, often 1,024, as far as the hard one lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return wanted


# Past this gunicorn would not stop accepting before the descriptors run out, which ends the worker.
worker_connections = min(worker_connections, _allow_descriptors(4096) - 128)


def on_starting(server):
    """Nobody is to run a shop that sells nothing without having been told, nor one of two minds about the provider.

    Then have the schema brought up to date, for which process managers have no release phase. Embedded servers are not
    the master's to start, and so neither is asking them.
    """
    global migrator
    for warning in settings.warnings:
        server.log.warning(warning)
    import gunicorn_migration  # by now the metrics have their folder

    if not settings.database_url:
        migrator = gunicorn_migration.start_without_looking()
        return
    from lapse.database import open_sessions
    from shared.payments import agree_or_exit

    sessions = open_sessions(settings.database_url)
    agree_or_exit(sessions, settings.payment_provider)
    migrator = gunicorn_migration.start(sessions, server.log)
    sessions.kw["bind"].dispose()  # nothing to be shared with the workers


def on_exit(server):
    """The migrator ends with the master, though PostgreSQL be away still."""
    if migrator is not None:
        migrator.terminate()


def pre_request(worker, req):
    """An event stream is the last answer on its connection: a worker that stops would wait for another request."""
    if req.path == EVENT_STREAM:
        req.force_close()


def post_worker_init(worker):
    """Log the audit as JSON; end the streams at once when told to stop, for gunicorn itself waits for them to end."""
    from webapp.audit import log_as_json

    log_as_json()
    stop = signal.getsignal(signal.SIGTERM)

    def stop_with_streams(number, frame):
        worker_int(worker)
        stop(number, frame)

    signal.signal(signal.SIGTERM, stop_with_streams)


def worker_int(worker):
    """The same for the signals that do not wait, after which the process joins its threads all the same."""
    worker.wsgi.extensions["streams"].shut_down()


def worker_exit(server, worker):
    """The same when the master is gone."""
    if getattr(worker, "wsgi", None) is not None:  # not if the app could not be loaded
        worker_int(worker)


def child_exit(server, worker):
    """Forget the gauges of a worker that ended."""
    from prometheus_client import multiprocess  # looks at the folder when it is imported

    multiprocess.mark_process_dead(worker.pid)
