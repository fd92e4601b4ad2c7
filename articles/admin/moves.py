"""The pages on which an editor makes a move of the workflow: what it does, what it needs, one button."""

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import comparing, gate, publishing, reviewing, translating
from articles.admin.checks import open_findings
from articles.forms import with_plain_lines
from articles.models import Article, Change, Review, State
from articles.workflow import LABELS, MOVES, Refused, may, state_of


class Moment(forms.DateTimeField):
    """A day and time in the site's time zone, by the browser's own field."""

    widget = forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    default_error_messages = {"invalid": gettext_lazy("Write the day and the time: 2027-03-28 09:30.")}

    def clean(self, value):
        try:
            moment = super().clean(value)
            if moment and not 1900 <= moment.year <= 2999:  # others can't be told in every time zone
                raise ValidationError(self.error_messages["invalid"], code="invalid")
            return moment
        except ValidationError as error:
            if "ambiguous_timezone" in {part.code for part in error.error_list}:
                raise ValidationError(
                    _("The clocks change then: this time comes twice or not at all. Choose one an hour or two later.")
                ) from None
            raise


class MoveForm(forms.Form):
    """What a move needs besides the article: its fields are the arguments of the function that makes it."""

    def __init__(self, *args, article, **kwargs):
        super().__init__(*args, **kwargs)

    def arguments(self):
        return self.cleaned_data


class VersionForm(MoveForm):
    """For a move of the text that the editor has just looked at, and no other."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, article, **kwargs):
        super().__init__(*args, article=article, **kwargs)
        self.initial["version"] = publishing.newest(article).number


class SubmitForm(VersionForm):
    note = forms.CharField(
        label=gettext_lazy("Message to the reviewer"),
        required=False,
        max_length=1000,
        widget=forms.Textarea({"rows": 3}),
    )


class ReasonForm(MoveForm):
    reason = forms.CharField(
        label=gettext_lazy("What readers are told"),
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("A sentence or two. Without it, they read that the article was taken back."),
    )


class WarningForm(MoveForm):
    text = forms.CharField(
        label=gettext_lazy("What is wrong, and what to do instead"),
        required=False,
        max_length=300,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("It stands in the banner behind the date. The banner stands without it too."),
    )


class NoteForm(MoveForm):
    text = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=200,
        help_text=gettext_lazy("One line. Readers see it with today's date."),
    )


class ExpiryForm(MoveForm):
    at = Moment(label=gettext_lazy("Expires"), required=False, help_text=gettext_lazy("Empty: it does not expire."))

    def __init__(self, *args, article, **kwargs):
        super().__init__(*args, article=article, **kwargs)
        self.initial["at"] = article.expires_at


class PublishForm(VersionForm):
    """Now or at a time, with what the editor must decide for this text."""

    note = forms.CharField(
        label=gettext_lazy("What is new"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("One line for the history that readers see below the article."),
    )
    at = Moment(
        label=gettext_lazy("When"),
        required=False,
        help_text=gettext_lazy("Empty: now. Until then readers go on seeing what they see today."),
    )
    expires_at = Moment(
        label=gettext_lazy("The article expires"),
        required=False,
        help_text=gettext_lazy("Then readers are told that it has. Empty: it does not expire."),
    )
    puts_back = forms.BooleanField(
        label=gettext_lazy("The article is withdrawn: put it back with this text"), required=False
    )
    clears_warning = forms.BooleanField(
        label=gettext_lazy("This text is true again: take the “no longer true” banner away"), required=False
    )
    change = forms.ChoiceField(
        label=gettext_lazy("The text differs from the one that was reviewed. It is"),
        choices=Change,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose one of the two.")},
    )
    waiting = forms.ChoiceField(
        label=gettext_lazy("Another version waits for its time"),
        choices=[
            ("rebase", gettext_lazy("Carry what I publish now over to it, so that both are in it")),
            ("keep", gettext_lazy("Leave it as it is: when its time comes, it replaces this text")),
            ("cancel", gettext_lazy("Cancel it: it becomes a draft again")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Say what shall become of it.")},
    )

    def __init__(self, *args, article, **kwargs):
        super().__init__(*args, article=article, **kwargs)
        newest = publishing.newest(article)
        waiting = publishing.scheduled(article)
        if waiting == newest:
            self.initial |= {"at": newest.published_at, "note": newest.public_note}
        self.initial["expires_at"] = article.expires_at
        self.fields["expires_at"].show_hidden_initial = True  # what a colleague set meanwhile stays
        if not article.withdrawn_at:
            del self.fields["puts_back"]
        if not article.warned_at:
            del self.fields["clears_warning"]
        if publishing.held_reviews(newest) or not gate.reviewed_before(newest):
            del self.fields["change"]
        if waiting in (None, newest):
            del self.fields["waiting"]

    def arguments(self):
        unchanged = {"expires_at"} - set(self.changed_data)
        return {name: value for name, value in self.cleaned_data.items() if name not in unchanged}


# What each page says, its form, and the function that makes the move; `warn` and the like need no page first.
PAGES = {
    "submit": (SubmitForm, publishing.submit, gettext_lazy("A reviewer can then sign the text, or ask for changes.")),
    "take_back": (VersionForm, publishing.take_back, gettext_lazy("The text becomes a draft again.")),
    "publish": (
        PublishForm,
        publishing.publish,
        gettext_lazy("Readers see this text at once, or from the time on that you choose."),
    ),
    "cancel": (MoveForm, publishing.cancel, gettext_lazy("The waiting version becomes a draft again.")),
    "warn": (
        WarningForm,
        publishing.warn,
        gettext_lazy("A dated banner on top of the article tells readers that it is no longer true."),
    ),
    "clear_warning": (MoveForm, publishing.clear_warning, gettext_lazy("The banner goes away.")),
    "add_note": (NoteForm, publishing.add_note, gettext_lazy("It stands in the history below the article.")),
    "set_expiry": (
        ExpiryForm,
        publishing.set_expiry,
        gettext_lazy("After that time readers are told that it has expired."),
    ),
    "withdraw": (
        ReasonForm,
        publishing.withdraw,
        gettext_lazy(
            "Readers no longer see the article, but that it was taken back. A version that waits for its time becomes "
            "a draft again. You can put the article back."
        ),
    ),
    "put_back": (MoveForm, publishing.put_back, gettext_lazy("Readers see again what they saw before.")),
    "delete": (
        MoveForm,
        publishing.delete,
        gettext_lazy("The article leaves the list here. Nothing of it is lost, and you can undo this."),
    ),
    "undelete": (MoveForm, publishing.undelete, gettext_lazy("The article stands in the list again.")),
}
DONE = {
    "submit": gettext_lazy("Submitted for review. Now make a link for the reviewer, or wait for one with an account."),
    "take_back": gettext_lazy("The text is a draft again."),
    "cancel": gettext_lazy("Cancelled. That version is a draft again."),
    "warn": gettext_lazy("The banner is on the article."),
    "clear_warning": gettext_lazy("The banner is gone."),
    "add_note": gettext_lazy("The note is in the public history."),
    "set_expiry": gettext_lazy("That is set."),
    "withdraw": gettext_lazy("Withdrawn. Readers no longer see it."),
    "put_back": gettext_lazy("Put back. Readers see it again."),
    "delete": gettext_lazy("Deleted. To undo this, open it from the list with the filter “Deleted”."),
    "undelete": gettext_lazy("The article is back."),
}


def heads(article):
    """Return the revisions that a move can start from: the newest, the waiting and the public one."""
    found = (publishing.newest(article), publishing.scheduled(article), publishing.last_public(article))
    return list(dict.fromkeys(revision for revision in found if revision))


def possible(article, user):
    """Return the names of the moves that somebody can make with an article now, in the table's order."""
    states = {state_of(revision) for revision in heads(article)}
    names = dict.fromkeys(move.name for move in MOVES if move.name in PAGES and states & set(move.sources))
    out = State.PUBLISHED in states or State.SCHEDULED in states
    unfit = {"delete"} if out else set()
    unfit |= {"warn"} if article.warned_at else {"clear_warning"}
    if State.DELETED in states:
        return [name for name in names if name == "undelete" and may(name, user)]
    return [name for name in names if name not in unfit and may(name, user)]


def why_not(article, name):
    """Return a sentence that says why a move is not possible."""
    newest = publishing.newest(article)
    words = {"move": LABELS[name], "number": newest.number if newest else 0}
    words["state"] = state_of(newest).label if newest else State.DRAFT.label
    return _("“%(move)s” is not possible now. Version %(number)d is: %(state)s.") % words


class MovesMixin:
    """For ArticleAdmin: the panel that says where an article stands, and a page for each move."""

    def get_urls(self):
        move = self.admin_site.admin_view(self.move)
        duplicate = self.admin_site.admin_view(self.duplicate)
        translate = self.admin_site.admin_view(self.translate)
        return [
            path("<int:article_id>/move/<slug:name>/", move, name="articles_article_move"),
            path("<int:article_id>/duplicate/", duplicate, name="articles_article_duplicate"),
            path("<int:article_id>/translate/<slug:language>/", translate, name="articles_article_translate"),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, *args, obj=None, **kwargs):
        if obj:
            context |= self.standing(request, obj)
        return super().render_change_form(request, context, *args, obj=obj, **kwargs)

    def standing(self, request, article):
        """Return what the panel shows: where the text stands, what can be done, and what reviewers asked for."""
        newest, live = publishing.newest(article), article.revisions.published().first()
        names = possible(article, request.user)
        return {
            "newest": newest,
            "newest_state": newest and state_of(newest).label,
            "live": live,
            "waiting": publishing.scheduled(article),
            "moves": [(name, LABELS[name]) for name in names if name != "publish"],
            "changes_asked": [(signed, remarks(signed)) for signed in changes_asked(article, live)],
            "held_reviews": publishing.held_reviews(newest) if newest else [],
            "may_link": request.user.has_perm("articles.publish_article"),
            "may_duplicate": self.has_add_permission(request),
            "translation": newest and translating.of(newest),
            "translations": translating.states(article),
            "translate_into": translating.missing(article) if live and self.has_add_permission(request) else [],
            "may_sign": newest is not None and may_sign(request.user, newest),
        }

    def open_article(self, request, article_id):
        """Return the article, or raise 404, or 403 for somebody who may not see it."""
        article = self.get_object(request, unquote(str(article_id)))
        if article is None:
            raise Http404(article_id)
        if not self.has_view_or_change_permission(request, article):
            raise PermissionDenied
        return article

    def move(self, request, article_id, name):
        """Show a move's page, or make the move."""
        article = self.open_article(request, article_id)
        if name not in PAGES:
            raise Http404(name)
        if not may(name, request.user):
            raise PermissionDenied
        form_class, function, explanation = PAGES[name]
        back = reverse("admin:articles_article_change", args=[article_id])
        if name not in possible(article, request.user):
            messages.warning(request, why_not(article, name))
            return HttpResponseRedirect(back)
        form = form_class(with_plain_lines(request.POST) if request.method == "POST" else None, article=article)
        if request.method == "POST" and not request.unsaved and form.is_valid():
            try:
                result = function(article, by=request.user, **form.arguments())
            except Refused as error:
                form.add_error(None, [str(reason) for reason in error.reasons])
                form.data["version"] = publishing.newest(article).number  # this is what the page shows from now on
            else:
                messages.success(request, self.done(article, name, result))
                return HttpResponseRedirect(back)
        context = self.move_context(request, article, name) | {"form": form, "explanation": explanation}
        return render(request, "admin/articles/article/move.html", context, status=400 if form.errors else 200)

    move.shows_unsaved = True  # a form sent after being signed out comes back here (articles/signing_in.py)

    def done(self, article, name, result):
        """Return what to tell somebody whose move was made."""
        if name == "put_back" and not article.revisions.published().exists():
            return _("Put back, but it has expired meanwhile. Set when it expires, and readers see it again.")
        if name != "publish":
            return DONE[name]
        if result.published_at > timezone.now():
            time = date_format(timezone.localtime(result.published_at), "j F Y, H:i")
            return _("Scheduled. Readers see it from %(time)s on.") % {"time": time}
        text, link = _("Published. Readers see it now."), _("Read it on the site")
        return format_html('{} <a href="{}">{}</a>', text, result.get_absolute_url(), link)

    def move_context(self, request, article, name):
        context = self.admin_site.each_context(request) | {
            "title": LABELS[name],
            "opts": self.opts,
            "original": article,
        }
        context |= {"article": article, "name": name, "time_zone": timezone.get_current_timezone_name()}
        if name == "publish":
            newest, live = publishing.newest(article), article.revisions.published().first()
            held = publishing.held_reviews(newest)
            kept = None if held else gate.reviewed_before(newest)
            context |= {
                "newest": newest,
                "live": live,
                "held_reviews": held,
                "kept": kept,
                "problems": gate.reasons_against(newest),
                "checked": open_findings(newest),
                "waiting": publishing.scheduled(article),
            }
            context |= comparison_context(live, newest) if live else {}
        return context

    def duplicate(self, request, article_id):
        """Make a new draft with the same text, and lead to it."""
        article = self.open_article(request, article_id)
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:articles_article_change", args=[article_id]))
        copy = publishing.duplicate(article, by=request.user)
        messages.success(request, _("This is the copy: a draft with a title and an address of its own."))
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[copy.pk]))

    def translate(self, request, article_id, language):
        """Make a new draft to be translated into a language, and lead to it."""
        article = self.open_article(request, article_id)
        if not self.has_add_permission(request):
            raise PermissionDenied
        leads_to = article
        if request.method == "POST":
            try:
                leads_to = publishing.translate(article, language, by=request.user)
            except Refused as error:
                messages.warning(request, str(error))
            else:
                messages.success(
                    request, _("This is the draft to translate. Its address can be changed until it is published.")
                )
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[leads_to.pk]))


def may_sign(user, revision):
    """Return whether somebody can review a version with their account now."""
    contributor = getattr(user, "contributor", None)
    return contributor is not None and may("sign", user) and not reviewing.reason_against_review(revision, contributor)


def changes_asked(article, live):
    """Return the reviews that asked for changes last, until a version that is newer than theirs is out."""
    answers = list(Review.objects.filter(revision__article=article).select_related("revision"))
    if not answers or (live and answers[-1].revision.number < live.number):
        return []
    return [signed for signed in answers if signed.revision == answers[-1].revision and not signed.correct_until]


def comparison_context(old, new):
    """Return what templates need to show how two revisions differ."""
    return named_comparison(old.text(), new.text())


def named_comparison(old, new):
    """Return the same for two texts, as Revision.text gives them."""
    comparison = comparing.texts(old, new)
    named = [(Article._meta.get_field(name).verbose_name, runs) for name, runs in comparison.fields]
    return {"comparison": comparison, "fields": named}


def remarks(signed):
    """Return a reviewer's remarks with the headings of the sections they are about."""
    headings = {section["key"]: section["heading"] for section in signed.revision.sections}
    return [(headings.get(key, key), remark) for key, remark in signed.remarks.items() if remark]
