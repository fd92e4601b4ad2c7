"""Queries that are written in Django's words once and then only asked: to build one takes twenty times as long.

For what is asked most: the article's page, and a vote.
"""

import threading
from datetime import UTC, date, datetime

from django.db import connection

from articles import replica

# Stand-ins that are never asked for
MOMENT, NUMBER, SLUG = datetime(1902, 3, 4, 5, 6, 7, tzinfo=UTC), -77, "a-stand-in"


class Prepared:
    """A query of values, made by a function of arguments, to be called with them for the rows as tuples.

    `build` is called once, with the stand-ins: each an unlikely value of its argument's type, which ends among the
    query's parameters alone. Whatever else it looks at, such as a setting or the clock, stays as it was then.
    """

    def __init__(self, build, **stand_ins):
        self.build, self.stand_ins = build, stand_ins
        self.made, self.making = None, threading.Lock()

    def __call__(self, **values):
        with self.making:
            sql, places, converters = self.made = self.made or self.make()
        values = {name: adapted(value) for name, value in values.items()}
        with replica.connection().cursor() as cursor:
            cursor.execute(sql, [values[value] if is_argument else value for is_argument, value in places])
            rows = cursor.fetchall()
        return [converted(row, converters) for row in rows] if converters else rows

    def make(self):
        """Return the statement, its parameters as (whether it is an argument's name, value), and what mends columns."""
        compiler = self.build(**self.stand_ins).query.get_compiler(connection=replica.connection())
        sql, parameters = compiler.as_sql()
        names = {adapted(value): name for name, value in self.stand_ins.items()}
        places = [(value in names, names.get(value, value)) for value in parameters]
        missing = {*self.stand_ins} - {value for is_argument, value in places if is_argument}
        assert not missing, f"The query does not use {missing}"  # noqa: S101  a mistake in the code
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        return sql, places, compiler.get_converters(columns)


def adapted(value):
    """Return a value as the database's parameters have it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return connection.ops.adapt_datefield_value(value) if isinstance(value, date) else value


def converted(row, converters):
    row = list(row)
    for place, (functions, expression) in converters.items():
        for function in functions:
            row[place] = function(row[place], expression, connection)
    return tuple(row)
