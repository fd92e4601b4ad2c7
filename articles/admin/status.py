"""The operator's page of the desk: how the site does, and what to do about what is not well. For superusers."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import admin, messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from articles import condition, policy_reports

CHORES = {
    "ratings": gettext_lazy("Work list: new votes"),
    "times": gettext_lazy("Work list: what came out or expired"),
    "tasks": gettext_lazy("Work list: all articles in turn"),
    "links": gettext_lazy("Check of links"),
    "digest": gettext_lazy("Work list by e-mail"),
    "votes": gettext_lazy("Folding of old votes"),
    "windows": gettext_lazy("Forgetting how often networks voted"),
    "sessions": gettext_lazy("Sessions that have ended"),
}


@dataclass
class Line:
    """What is told of one thing; `advice` says what to do where it is not well."""

    name: str
    value: str
    advice: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
def status(request):
    """Show how the site does; a post forgets the reports on the security policy."""
    if not request.user.is_superuser:
        raise PermissionDenied
    if request.method == "POST":
        policy_reports.clear()
        messages.success(request, _("The reports were removed."))
        return redirect("site_status")
    parts = [
        (_("Versions"), versions()),
        (_("What it stands on"), [database(), pages(), shared_cache(), media(), disk(), backup()]),
        (_("What the site does by itself"), chores()),
    ]
    context = admin.site.each_context(request) | {
        "title": _("How the site does"),
        "parts": parts,
        "unwell": sum(bool(line.advice) for _name, lines in parts for line in lines),
        "reports": [report | {"last": moment(report["last"])} for report in policy_reports.kept()],
        "most": policy_reports.MOST,
    }
    return render(request, "admin/status.html", context)


def moment(text):
    return datetime.fromisoformat(text)


def versions():
    known = condition.versions()
    return [
        Line(_("Cramps"), known["cramps"]),
        Line(_("Python"), known["python"]),
        Line(_("Django"), known["django"]),
        Line(_("Database"), known["database"]),
    ]


def database():
    trouble = condition.database_trouble() or condition.migration_trouble()
    if trouble:
        advice = _("Look at the log, at DATABASE_URL and DATA_DIR, and at the database itself: %(trouble)s")
        return Line(_("Database"), _("Can't be used"), advice % {"trouble": trouble})
    said = [connection.display_name, filesizeformat(database_size())]
    if connection.vendor == "sqlite":
        mode = ask("PRAGMA journal_mode").upper()
        said.append(_("journal: %(mode)s") % {"mode": mode})
        if mode not in ("WAL", "MEMORY"):  # the one of the tests has its journal in memory
            advice = _("Readers wait for who writes. Start the site anew, on a disk of this machine: it sets WAL.")
            return Line(_("Database"), ", ".join(said), advice)
    return Line(_("Database"), ", ".join(said))


def database_size():
    """Return how many bytes the database takes."""
    if connection.vendor == "postgresql":
        return ask("SELECT pg_database_size(current_database())")
    return ask("PRAGMA page_count") * ask("PRAGMA page_size")


def ask(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def pages():
    said = _("Up to %(count)d MB in each worker") % {"count": settings.PAGE_CACHE} if settings.PAGE_CACHE else _("Off")
    return Line(_("Pages in memory"), said)


def shared_cache():
    """Tell of the cache that CACHE_URL names, by asking it."""
    name = _("Shared cache")
    if not settings.IS_CACHE_SHARED:
        return Line(name, _("None; the database stands in for it, as it should on a single machine"))
    try:
        cache.get("articles.status")
    except Exception:  # of several libraries, each with exceptions of its own; the log has the reason
        advice = _("The database stands in for it meanwhile. Start Redis or Valkey, or mend CACHE_URL.")
        return Line(name, _("Can't be reached"), advice)
    return Line(name, _("Answers"))


def media():
    trouble = condition.media_trouble()
    where = _("In a bucket") if "OPTIONS" in settings.MEDIA else _("In the folder media of DATA_DIR")
    advice = _("Pictures can't be shown or stored. Look at MEDIA_STORAGE and at who may write there: %(trouble)s")
    return Line(_("Pictures"), where, advice % {"trouble": trouble} if trouble else "")


def disk():
    free = condition.disk_free()
    advice = _("Make room: old backups, logs, and “manage.py unused_pictures”. Without room, votes and texts are lost.")
    said = _("%(size)s free") % {"size": filesizeformat(free)}
    return Line(_("Disk of DATA_DIR"), said, advice if free < condition.LITTLE_ROOM else "")


def backup():
    name, at = _("Last backup"), condition.last_backup()
    if at is None:
        advice = _("Run “manage.py backup”, and let a timer do it each day. Keep copies on another machine.")
        return Line(name, _("None that this machine knows of"), advice)
    advice = _("Run “manage.py backup” now, and see why the timer did not.")
    is_old = timezone.now() - at > condition.OLD_BACKUP
    return Line(name, ago(at), advice if is_old else "")


def ago(at):
    said = {"when": date_format(timezone.localtime(at), "DATETIME_FORMAT"), "ago": timesince(at)}
    return _("%(when)s, %(ago)s ago") % said


def chores():
    try:
        found = condition.chores_now()
    except DatabaseError:
        return [Line(_("Chores"), _("Can't be told without the database"))]
    return [chore_line(chore) for chore in found]


def chore_line(chore):
    name = str(CHORES.get(chore.name, chore.name))
    if not chore.is_on:
        return Line(name, _("Switched off"))
    said = ago(chore.done_at) if chore.done_at else _("Never yet")
    advice = _("Overdue. Look at the log; by hand: “manage.py chores %(name)s”. With CHORES=false a timer must run it.")
    return Line(name, said, advice % {"name": chore.name} if chore.is_overdue else "")
