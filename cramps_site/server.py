"""The site as a worker of granian serves it (articles/management/commands/serve.py)."""

import os
import signal

import django
from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

# Ctrl-C reaches every process of a terminal. Only granian's main process may act on it: it then asks
# its workers to end, and a worker that is told twice hangs until it is killed.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cramps_site.settings")
django.setup()

from articles.editions import Watch  # noqa: E402  has tables, which there are from here on
from cramps_site import metrics  # noqa: E402
from cramps_site.page_cache import Handler, PageCache  # noqa: E402
from cramps_site.watching import Watched, Watcher  # noqa: E402

# What Django else does at the first request, so that no reader waits for it.
get_resolver().url_patterns  # noqa: B018  imports the views and the admin
get_template("articles/article.html")

watch = Watch()
watch.start()
application = Handler(watch)
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
