"""The lines of the developers' server, one for each request, without what articles/logs.py hides."""

from django.utils.log import ServerFormatter as DjangoServerFormatter

from articles.logs import hide_tokens


class ServerFormatter(DjangoServerFormatter):
    def format(self, record):
        return hide_tokens(super().format(record))
