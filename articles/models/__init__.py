"""The tables, and who may see what of them.

Article, Section and Source are the working copy that editors change. Readers see revisions only, and
of these only what `RevisionQuerySet.published` gives.
"""

from articles.models.desk import Answer, Chore, ImportedFile, OutsideLink, Remembered, Session, Task
from articles.models.finding import Entry, Name, Word
from articles.models.pages import Edition, Rendering
from articles.models.revisions import Change, Link, Review, Revision, RevisionQuerySet, State
from articles.models.site import Event, SiteStatement
from articles.models.uses import PictureUse
from articles.models.vocabulary import Term, Topic, languages
from articles.models.voting import Reason, Tally, Vote, Window
from articles.models.writing import (
    Article,
    Contributor,
    FormerSlug,
    Picture,
    Section,
    Source,
    next_key,
    three_years_after,
    validate_review_due,
)

__all__ = [
    "Answer",
    "Article",
    "Change",
    "Chore",
    "Contributor",
    "Edition",
    "Entry",
    "Event",
    "FormerSlug",
    "ImportedFile",
    "Link",
    "Name",
    "OutsideLink",
    "Picture",
    "PictureUse",
    "Reason",
    "Remembered",
    "Rendering",
    "Review",
    "Revision",
    "RevisionQuerySet",
    "Section",
    "Session",
    "SiteStatement",
    "Source",
    "State",
    "Tally",
    "Task",
    "Term",
    "Topic",
    "Vote",
    "Window",
    "Word",
    "languages",
    "next_key",
    "three_years_after",
    "validate_review_due",
]
