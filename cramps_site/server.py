"""The site as a worker of granian serves it (articles/management/commands/serve.py)."""

import signal

from django.conf import settings
from django.template.loader import get_template
from django.urls import get_resolver
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

from cramps_site import wsgi

# Ctrl-C reaches every process of a terminal. Only granian's main process may act on it: it then asks
# its workers to end, and a worker that is told twice hangs until it is killed.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

# What Django else does at the first request, so that no reader waits for it.
get_resolver().url_patterns  # noqa: B018  imports the views and the admin
get_template("articles/article.html")

# Behind a proxy named in TRUSTED_PROXIES, a request's address and scheme are those the proxy saw.
application = wrap_wsgi_with_proxy_headers(wsgi.application, trusted_hosts=settings.TRUSTED_PROXIES)
