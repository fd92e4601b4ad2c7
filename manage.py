#!/usr/bin/env python
"""Django's command line for this site."""

import os
import sys

from django.core.management import execute_from_command_line

from articles import pausing

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cramps_site.settings")
    with pausing.by_command(sys.argv):
        execute_from_command_line(sys.argv)
