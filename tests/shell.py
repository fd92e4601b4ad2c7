"""Python code run on a site's data, each piece in a copy of a process that has Django ready: quick, and nothing lasts.

It reads a line of JSON with the code, and writes one with what the code printed, or with why it failed.
"""

import io
import json
import os
import sys
import traceback
from contextlib import redirect_stdout

import django
from django.core.management import call_command
from django.db import connections


def answer(code):
    """Run code as `manage.py shell` does and return {"output": …} or {"error": …}."""
    output = io.StringIO()
    try:
        with redirect_stdout(output):
            call_command("shell", verbosity=0, command=code)
    except BaseException:  # whatever it is, the test that sent the code is to say it
        return {"error": traceback.format_exc()}
    connections.close_all()
    return {"output": output.getvalue()}


def main():
    os.environ["DJANGO_SETTINGS_MODULE"] = "cramps_site.settings"
    django.setup()
    for line in sys.stdin:
        if os.fork() == 0:
            print(json.dumps(answer(json.loads(line))), flush=True)
            os._exit(0)
        _pid, status = os.wait()
        if status:
            print(json.dumps({"error": f"The code ended its process: {status}"}), flush=True)


if __name__ == "__main__":
    main()
