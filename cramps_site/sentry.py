"""Errors to a Sentry of the operator's choice (SENTRY_DSN), from the server; no reader's browser hears of it.

Nothing that a request brought is sent: the library gets none of its integrations with Django, and of each event only
what is named here goes out.
"""

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.logging import LoggingIntegration

from articles.condition import own_version
from articles.logs import about, hide_tokens

KEPT = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment")
OF_A_FRAME = ("filename", "abs_path", "module", "function", "lineno", "context_line", "pre_context", "post_context")


def start(dsn):
    """Send errors from now on."""
    sentry_sdk.init(
        dsn,
        release=f"cramps@{own_version()}",
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            LoggingIntegration(level=None),  # errors alone, which are those that the log has
            ExcepthookIntegration(),
            AtexitIntegration(callback=lambda pending, timeout: None),  # without its words on the terminal
        ],
        before_send=stripped,
        send_default_pii=False,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        shutdown_timeout=2,  # seconds
    )


def stripped(event, hint):
    """Return the event with nothing but what is listed: the error, where in the code, and the request's route."""
    sent = {name: event[name] for name in KEPT if name in event}
    entry = event.get("logentry") or {}
    if said := entry.get("formatted") or entry.get("message"):
        sent["logentry"] = {"message": hide_tokens(said)}
    for error in (event.get("exception") or {}).get("values", []):
        kept = {
            "type": error.get("type"),
            "module": error.get("module"),
            "value": hide_tokens(error.get("value") or ""),
        }
        if stack := error.get("stacktrace"):
            frames = [{name: frame.get(name) for name in OF_A_FRAME} for frame in stack["frames"]]
            kept["stacktrace"] = {"frames": frames}
        sent.setdefault("exception", {"values": []})["values"].append(kept)
    record = hint.get("log_record")
    if record and (tags := about(record)):
        sent["tags"] = {name: str(value) for name, value in tags.items() if value}
    return sent
