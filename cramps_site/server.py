"""The site as a worker of granian serves it (articles/management/commands/serve.py)."""

import multiprocessing
import os
import signal
import threading
import time

import django
from django.conf import settings
from django.db import connection
from django.template.loader import get_template
from django.urls import get_resolver
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

# Ctrl-C reaches every process of a terminal. Only granian's main process may act on it: it then asks
# its workers to end, and a worker that is told twice hangs until it is killed.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

LAST_SECONDS = 5  # for requests under way, as when the server ends in order


def end_with(parent):
    """End this worker when the main process is gone: killed, it can't ask for it, and the port would stay taken."""
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(LAST_SECONDS)
    os._exit(1)


if parent := multiprocessing.parent_process():
    threading.Thread(target=end_with, args=[parent.pid], daemon=True, name="parent").start()

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cramps_site.settings")
django.setup()

from articles.editions import Watch  # noqa: E402  has tables, which there are from here on
from cramps_site import metrics  # noqa: E402
from cramps_site.bodies import Received  # noqa: E402
from cramps_site.one_thread import OneThread  # noqa: E402
from cramps_site.page_cache import Handler, PageCache  # noqa: E402
from cramps_site.watching import Watched, Watcher  # noqa: E402

# What Django else does at the first request, so that no reader waits for it.
get_resolver().url_patterns  # noqa: B018  imports the views and the admin
get_template("articles/article.html")

watch = Watch()
watch.start()
application = Handler(watch)
if connection.vendor == "sqlite":
    application = OneThread(application, "/rate/")
application = Received(application)
if settings.PAGE_CACHE:
    application = PageCache(application, watch, settings.PAGE_CACHE * 1_000_000)
if settings.LOG_REQUESTS != "off" or settings.METRICS:
    watcher = Watcher(settings.LOG_REQUESTS, metrics.Kept() if settings.METRICS else None)
    watcher.start()
    application = Watched(application, watcher)
if settings.METRICS:
    metrics.start(settings.METRICS)
if settings.TRUSTED_PROXIES:  # behind which a request's address and scheme are those the proxy saw
    application = wrap_wsgi_with_proxy_headers(application, trusted_hosts=settings.TRUSTED_PROXIES)
