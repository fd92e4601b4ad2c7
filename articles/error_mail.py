"""Errors by mail (ERRORS_TO): what failed and where in the code, without what the request brought.

Django's own handler sends the request with its cookies, addresses and fields, and one mail for each error. This one
sends the log line, the traceback, and nothing of the request but its route; each error once an hour, and one mail a
minute at most, whichever process of this machine it is in. The next mail says how many were kept back.
"""

import contextlib
import fcntl
import json
import logging
import threading
import time
import traceback

from django.conf import settings
from django.core import mail

from articles.logs import about, hide_tokens

HOUR, MINUTE = 3600, 60  # seconds
MOST = 100  # errors that are remembered
LONGEST = 20_000  # characters of a mail
logger = logging.getLogger(__name__)


class Handler(logging.Handler):
    """Mails a record, from a thread of its own, so that nobody waits for the mail server."""

    def emit(self, record):
        try:
            kept_back = may_send(kind_of(record), time.time())
            if kept_back is not None:
                threading.Thread(target=send, args=message(record, kept_back), name="error mail").start()
        except Exception:
            self.handleError(record)


def kind_of(record):
    """Return what tells an error from others: where it was raised, else which line of the code logged it."""
    error = record.exc_info and record.exc_info[1]
    frames = traceback.extract_tb(error.__traceback__) if error else []
    last = frames[-1] if frames else None
    where = f"{last.filename}:{last.lineno}" if last else f"{record.pathname}:{record.lineno}"
    return f"{type(error).__name__ if error else record.name} {where}"


def may_send(kind, now):
    """Return how many errors were kept back since the last mail if one may go now, else None, and remember this one."""
    with open(settings.DATA_DIR / "errors_mailed.json", "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        known = read(file)
        recent = {kind: at for kind, at in known["sent"].items() if now - HOUR < at <= now}
        if kind in recent or now - MINUTE < known["last"] <= now:
            known["kept_back"], answer = known["kept_back"] + 1, None
        else:
            answer = known["kept_back"]
            known |= {"last": now, "kept_back": 0}
            recent = dict(sorted((recent | {kind: now}).items(), key=lambda pair: pair[1])[-MOST:])
        file.truncate(0)
        json.dump(known | {"sent": recent}, file)
    return answer


def read(file):
    """Return what is remembered: when the last mail went, how many errors since, and when each kind went."""
    with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):  # of a file that is empty, or cut off
        known = json.load(file)
        sent = {str(kind): float(at) for kind, at in known["sent"].items()}
        return {"last": float(known["last"]), "kept_back": int(known["kept_back"]), "sent": sent}
    return {"last": 0, "kept_back": 0, "sent": {}}


def message(record, kept_back):
    """Return the subject and the text of a mail."""
    said = hide_tokens(record.getMessage())
    request = ", ".join(f"{name} {value}" for name, value in about(record).items() if value)
    lines = [said, "", f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(record.created))} UTC, {record.name}"]
    lines += [f"The request: {request}"] if request else []
    lines += [f"Errors that were kept back since the last mail: {kept_back}. The log has them."] if kept_back else []
    if record.exc_info:
        lines += ["", hide_tokens("".join(traceback.format_exception(*record.exc_info)))]
    lines += ["", "The same error is mailed again after an hour at the earliest."]
    subject = f"[{settings.SITE_NAME}] {said.splitlines()[0] if said else record.name}"
    return subject[:150], "\n".join(lines)[:LONGEST]


def send(subject, text):
    try:
        mail.EmailMessage(subject, text, to=settings.ERRORS_TO).send()
    except OSError as error:  # of which those of SMTP are
        logger.warning("An error could not be mailed to ERRORS_TO: %s", error)  # a warning is not mailed
