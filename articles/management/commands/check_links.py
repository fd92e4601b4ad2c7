"""Check the addresses that the articles link to, those whose turn it is."""

from django.core.management.base import BaseCommand, CommandError

from articles import outside_links
from articles.models import Article, OutsideLink

WORDS = {**dict(OutsideLink.Finding.choices), "": "In order"}


class Command(BaseCommand):
    help = (
        "Visits what the articles link to: each address once a week, those that are broken once a day. Never a "
        "private address; no site more than once a second. What is found stands in the admin, under “Links”."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "slugs", nargs="*", metavar="ARTICLE_SLUG", help="Only the links of these articles, all of them."
        )
        parser.add_argument("--all", action="store_true", help="Every address, whether its turn has come or not.")

    def handle(self, *, slugs, **options):
        self.note()
        links = outside_links.in_use() if options["all"] else outside_links.due()
        if slugs:
            links = outside_links.in_use().filter(articles__in=self.named(slugs)).distinct()
        self.total, self.number, self.is_loud = links.count(), 0, options["verbosity"] > 1
        try:
            summary = outside_links.check(links, tell=self.tell)
        except KeyboardInterrupt:
            raise CommandError("Stopped. What was found so far is kept; the rest is checked next time.") from None
        if options["verbosity"]:
            self.stdout.write(in_words(summary))

    def named(self, slugs):
        found = Article.objects.filter(slug__in=slugs, deleted_at=None)
        if missing := sorted({*slugs} - {article.slug for article in found}):
            raise CommandError(f"There is no article with this address: {', '.join(missing)}")
        return found

    def note(self):
        """Note the links of older articles, which were saved before links were."""
        while outside_links.note_some(200):
            pass

    def tell(self, link):
        """Write a line for each address that needs an editor, and now and then how far it is."""
        self.number += 1
        if link.finding or self.is_loud:
            self.stdout.write(f"{WORDS[link.finding]}: {link.url}\n  {outside_links.said(link)}")
        if self.number % 100 == 0:
            self.stdout.write(f"{self.number} of {self.total} checked.")


def in_words(summary):
    """Return what a check came to, as a sentence."""
    if summary.is_offline and not summary.checked:
        return "No site could be reached, so this machine seems to have no network. Nothing was changed."
    if not summary.checked:
        return "No link is due for a check. To check all of them: check_links --all"
    counts = [f"{WORDS[name].lower()}: {summary.findings[name]}" for name in WORDS if summary.findings.get(name)]
    rest = " No other site could be reached; those links stay as they were." if summary.is_offline else ""
    return f"Checked {summary.checked} link{'' if summary.checked == 1 else 's'}. {', '.join(counts)}.{rest}"
