"""Plain functions that make what tests need."""

import time
from uuid import uuid4

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from articles import work
from articles.models import Article, Contributor
from articles.publishing import publish


def make_article(title="Sore feet", *, sections=("Rest your feet.",), published=True, **fields):
    """Return an article with a section for each text (or (heading, text) pair), published unless told otherwise.

    It may have a next review that is past: time has gone by since it was published, for nobody can publish one anew.
    """
    due = fields.pop("review_due", None) if published else None
    fields = {"slug": title.lower().replace(" ", "-"), "summary": f"All about {title.lower()}."} | fields
    # A browser's test that is tried again makes its articles again: those of its first try give way.
    Article.objects.filter(slug=fields["slug"]).update(slug=f"was-{uuid4().hex}", deleted_at=timezone.now())
    article = Article.objects.create(title=title, **fields)
    for position, section in enumerate(sections, start=1):
        heading, body = section if isinstance(section, tuple) else (f"Part {position}", section)
        article.sections.create(position=position, heading=heading, body=body)
    if published:
        publish(article, by=None)
    if due:
        Article.objects.filter(pk=article.pk).update(review_due=due)
        article.revisions.update(review_due=due)
        article.refresh_from_db()
        work.update(article)
    return article


def make_role(role, name=None):
    """Return a user of one of the groups that the migration made: Author, Editor or Reviewer."""
    user = make_staff(name or role)
    user.groups.set(Group.objects.filter(name=role))
    return user


def seat(client, user):
    """Sign somebody in as after showing a second factor, which they then have."""
    client.force_login(user)
    factor = Authenticator.objects.filter(user=user, type="totp").first() or TOTP.activate(user, "A" * 32).instance
    session = client.session
    shown = {"method": "mfa", "type": "totp", "id": factor.pk, "at": time.time()}
    session["account_authentication_methods"] = [shown]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client


def make_contributor(name="Dr Rosa Test", **fields):
    return Contributor.objects.create(name=name, **fields)


def make_staff(name="Edith", *permissions):
    """Return a user who may sign in to the admin, with permissions by codename."""
    user = get_user_model().objects.create_user(name, password="a-long-enough-one", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user
