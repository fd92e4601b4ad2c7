"""The same move for several articles of the list: first what would happen to each, then one button."""

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles import gate, joining, publishing
from articles.admin.moves import PAGES, PublishForm, ReasonForm, VersionForm, possible, why_not
from articles.admin.records import differences
from articles.models import Article, Topic
from articles.workflow import LABELS, Refused, may, state_of

MOST = 100  # articles at once, so that an answer comes before a browser gives up
MOVES = ("submit", "take_back", "publish", "withdraw", "put_back", "delete", "undelete")
TOPIC = "topic"
TOPIC_LABEL = gettext_lazy("Put under another topic")


class NoteForm(forms.Form):
    """What a publication of several articles says of all of them."""

    note = PublishForm.base_fields["note"]


class WithdrawForm(forms.Form):
    reason = ReasonForm.base_fields["reason"]


class TopicForm(forms.Form):
    topic = forms.ModelChoiceField(Topic.objects.all(), label=gettext_lazy("Topic"))


FORMS = {"publish": NoteForm, "withdraw": WithdrawForm, TOPIC: TopicForm}


def action(name, label):
    """Return an action of the list for a move."""

    def act(model_admin, request, queryset):
        return model_admin.move_several(request, queryset, name)

    act.short_description = label
    act.__name__ = name
    return act


class BulkMixin:
    """For ArticleAdmin: moves of several articles of the list."""

    def get_actions(self, request):
        names = [name for name in MOVES if may(name, request.user)]
        found = {name: (action(name, LABELS[name]), name, LABELS[name]) for name in names}
        if self.has_change_permission(request):
            found[TOPIC] = (action(TOPIC, TOPIC_LABEL), TOPIC, TOPIC_LABEL)
        return found

    def move_several(self, request, queryset, name):
        """Show what would become of each article, or do it. What can't be done to one leaves the others alone."""
        if name != TOPIC and not may(name, request.user):
            raise PermissionDenied
        articles = list(queryset[: MOST + 1])
        if len(articles) > MOST:
            words = _("Choose at most %(limit)d articles at once, so that you can look at each.")
            messages.warning(request, words % {"limit": MOST})
            return None
        is_confirmed = "confirmed" in request.POST
        form = FORMS.get(name, forms.Form)(request.POST if is_confirmed else None)
        if is_confirmed and form.is_valid():
            self.carry_out(request, articles, name, form.cleaned_data)
            return HttpResponseRedirect(request.get_full_path())
        rows = [(article, current_state(article), reason_against(article, name, request.user)) for article in articles]
        context = self.admin_site.each_context(request) | {
            "title": TOPIC_LABEL if name == TOPIC else LABELS[name],
            "explanation": "" if name == TOPIC else PAGES[name][2],
            "opts": self.opts,
            "name": name,
            "rows": rows,
            "form": form,
            "can_any": any(not reason for _article, _state, reason in rows),
        }
        return render(request, "admin/articles/article/bulk.html", context, status=400 if form.errors else 200)

    def carry_out(self, request, articles, name, arguments):
        done = 0
        for article in articles:
            version = request.POST.get(f"version-{article.pk}", "")
            try:
                if reason := reason_against(article, name, request.user, version):
                    raise Refused([reason])
                carry_out(article, name, request.user, arguments, version)
                done += 1
            except Refused as error:
                words = _("“%(title)s” stays as it was. %(reasons)s")
                reasons = " ".join(map(str, error.reasons))
                messages.warning(request, words % {"title": article.title, "reasons": reasons})
        if done:
            words = ngettext("Done with %(count)d article.", "Done with %(count)d articles.", done)
            messages.success(request, words % {"count": done})


def current_state(article):
    newest = publishing.newest(article)
    return newest and state_of(newest).label


def reason_against(article, name, user, version=None):
    """Return why a move can't be made with an article along with others, or an empty text.

    `version` is the number of the version that was looked at, as it was posted.
    """
    newest = publishing.newest(article)
    if version is not None and version != str(newest.number if newest else ""):
        return _("The text has changed meanwhile. Look at the newest version, then decide again.")
    if name == TOPIC:
        is_known = article.revisions.public().exists()
        if is_known and not may("publish", user):
            return _("Readers know it under its topic. Who may publish can change that.")
        return _("The article is deleted. Undo that first.") if article.deleted_at else ""
    if name not in possible(article, user):
        return why_not(article, name)
    return reason_to_decide(article, newest) if name == "publish" else ""


def reason_to_decide(article, newest):
    """Return why a publication needs decisions of its own, or what stands against it, or an empty text."""
    asked = set(PublishForm(article=article).fields) & {"puts_back", "clears_warning", "change", "waiting"}
    if asked:
        return _("It needs a decision of yours. Publish it from its own page.")
    live = article.revisions.published().first()
    return " ".join(map(str, gate.reasons_against(newest, live)))


def carry_out(article, name, user, arguments, version):
    """Make a move with the version of an article that was looked at, or raise Refused."""
    if name == TOPIC:
        return put_under(article, arguments["topic"], user)
    form, function, _explanation = PAGES[name]
    looked_at = {"version": int(version)} if issubclass(form, VersionForm) else {}
    return function(article, by=user, **arguments, **looked_at)


@transaction.atomic
def put_under(article, topic, user):
    """Put an article under a topic of its language."""
    article = publishing.lock(article)
    if topic.language != article.language:
        raise Refused([_("The topic is of another language.")])
    before = Article.objects.get(pk=article.pk)
    article.topic = topic
    article.save(update_fields=["topic", "updated_at"])
    if changes := differences(before, article, joining.IDENTITY):
        publishing.log("address", article, by=user, note=changes)
    publishing.record(article, by=user)
