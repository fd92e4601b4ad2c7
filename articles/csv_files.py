"""Tables as CSV files: sent line by line as they are read, and never calculated by a spreadsheet."""

import csv

from django.http import StreamingHttpResponse
from django.utils import timezone

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # where a cell begins like this, a spreadsheet may calculate it


class Echo:
    """A file for the csv module that hands back what is written to it."""

    def write(self, line):
        return line


def cell(value):
    """Return a value as text that no spreadsheet takes for a formula. A number is one, below zero too."""
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) and not isinstance(value, int | float) else text


def answer(rows, name):
    """Return the response with rows of values as a file named for today: `name`-2027-03-28.csv."""
    writer = csv.writer(Echo())
    day = timezone.localdate().isoformat()
    return StreamingHttpResponse(
        (writer.writerow(map(cell, row)) for row in rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}-{day}.csv"'},
    )
