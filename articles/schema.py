"""Which migrations a database has had, and the models of its tables as they were then."""

from django.apps import apps as current
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from articles import all_rows


class Level:
    """How far the tables of a database are, or were when something was made of them.

    `applied` are migrations as (app, name); without it, those that the database has had.
    """

    def __init__(self, using, applied=None):
        self.using = using
        self.loader = MigrationLoader(connections[using])
        self.all = set(self.loader.graph.nodes)
        self.applied = {tuple(key) for key in (self.loader.applied_migrations if applied is None else applied)}

    @property
    def is_none(self):
        """Whether there are no tables yet."""
        return not any(app == "articles" for app, _name in self.applied)

    @property
    def is_newer(self):
        """Whether there are migrations that this program lacks."""
        return any(app in self.loader.migrated_apps for app, _name in self.applied - self.all)

    @property
    def is_older(self):
        return bool(self.all - self.applied)

    @property
    def targets(self):
        """The last migration of each app that the tables have had."""
        known = self.applied & self.all
        children = {key: {child.key for child in self.loader.graph.node_map[key].children} for key in known}
        return sorted(key for key in known if not any(app == key[0] for app, _name in children[key] & known))

    def models(self):
        """Return the models of all tables, as they are or were."""
        return all_rows.tables(self.loader.project_state(self.targets).apps if self.is_older else current)

    def is_empty(self):
        """Return whether the database has nothing but what its migrations write."""
        connection = connections[self.using]
        ours = {model._meta.db_table for model in self.models()} - all_rows.FIRST_ROWS if not self.is_none else set()
        names = ours.intersection(connection.introspection.table_names())
        return not any(all_rows.has_rows(name, self.using) for name in sorted(names))
