"""The environment: what each setting does, and the one sentence that a wrong value gets."""

import os
import re
import stat
import subprocess
import sys

import pytest

from tests.running import ROOT, run

WRONG = [
    ("PORT", "eighty"),
    ("PORT", "0"),
    ("PORT", "70000"),
    ("DEBUG", "maybe"),
    ("SITE_URL", "www.example.org"),
    ("SITE_URL", "ftp://example.org"),
    ("SITE_URL", "https://example.org/path"),
    ("SITE_URL", "https://example.org:port"),
    ("TRUSTED_PROXIES", "proxy.example.org"),
    ("TRUSTED_PROXIES", "*"),
    ("HSTS", "all"),
    ("VOTES_PER_HOUR", "0"),
    ("VOTES_PER_HOUR", "many"),
    ("TIME_ZONE", "Mars/Olympus"),
    ("TIME_ZONE", "../../etc/passwd"),
    ("DATABASE_URL", "nonsense"),
    ("DATABASE_URL", "postgres://"),
    ("SITE_URL", "http://user:password@example.org"),
    ("ALLOWED_HOSTS", "https://example.org/"),
    ("ALLOWED_HOSTS", "example.org, *"),
    ("SECRET_KEY", "short"),
    ("DATABASE_URL", "mysql://root@localhost/x"),
    ("REPLICA_URL", "nonsense"),
    ("REPLICA_URL", "postgres://"),
    ("REPLICA_URL", "sqlite:///copy.sqlite3"),
    ("EMAIL_URL", "mail.example.org"),
    ("EMAIL_URL", "smtp://"),
    ("EMAIL_URL", "submission://user:password@host:port"),
    ("EMAIL_URL", "imap://user:password@mail.example.org"),
    ("EMAIL_FROM", "The desk"),
    ("EMAIL_FROM", "desk@example.org, other@example.org"),
    ("DIGEST", "hourly"),
    ("CHORES", "maybe"),
    ("LOG_FORMAT", "xml"),
    ("LOG_REQUESTS", "some"),
    ("METRICS", "9100"),
    ("METRICS", "127.0.0.1"),
    ("METRICS", "127.0.0.1:metrics"),
    ("METRICS", "0.0.0.0:9100"),
    ("METRICS", "[::]:9100"),
    ("METRICS", "8.8.8.8:9100"),
    ("METRICS", "localhost:9100"),
    ("METRICS", "user@127.0.0.1:9100"),
    ("METRICS", "127.0.0.1:9100/metrics"),
    ("ERRORS_TO", "ops"),
    ("ERRORS_TO", "ops@example.org; two@example.org"),
    ("SENTRY_DSN", "sentry.example.org"),
    ("SENTRY_DSN", "https://sentry.example.org/2"),
    ("SENTRY_DSN", "https://key@sentry.example.org/"),
    ("SENTRY_DSN", "https://key@sentry.example.org/project"),
    ("SENTRY_DSN", "https://key@sentry.example.org:port/2"),
    ("SENTRY_DSN", "ftp://key@sentry.example.org/2"),
    ("CHECK_LINKS", "sometimes"),
    ("MEDIA_STORAGE", "/srv/media"),
    ("MEDIA_STORAGE", "s3://store.example.org"),
    ("MEDIA_STORAGE", "s3://key@store.example.org/pictures"),
    ("MEDIA_STORAGE", "s3://store.example.org:port/pictures"),
    ("MEDIA_STORAGE", "s3://store.example.org/pictures?zone=eu"),
    ("MEDIA_STORAGE", "s3://store.example.org/pictures?tls=perhaps"),
]


def read_settings(**environment):
    """Read the settings file alone, which is quicker than a whole Django."""
    command = [sys.executable, "-c", "import cramps_site.settings"]
    environment = os.environ | {name: str(value) for name, value in environment.items()}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def setting(expression, **environment):
    """Return what an expression over `settings` gives under an environment, as text."""
    result = run(
        "shell",
        "--verbosity",
        "0",
        "--command",
        f"from django.conf import settings; print({expression})",
        **environment,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_ends_with_one_sentence_that_says_what_to_write(tmp_path, name, value):
    result = read_settings(**{"DATA_DIR": tmp_path, name: value})
    assert result.returncode == 1
    [line] = result.stderr.strip().splitlines()
    assert line.startswith(f"{name} is set to {value!r}, which can't be used.")
    assert "Write" in line


def test_a_data_dir_that_can_not_be_made_ends_with_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    result = read_settings(DATA_DIR=tmp_path / "file" / "var")
    assert result.returncode == 1
    assert result.stderr.strip().splitlines() == [
        f"DATA_DIR {tmp_path}/file/var can't be made (Not a directory). Choose a folder you may write to."
    ]


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_data_dir_that_can_not_be_written_to_ends_with_a_sentence(tmp_path):
    tmp_path.chmod(0o500)
    result = read_settings(DATA_DIR=tmp_path)
    assert result.stderr.strip() == f"DATA_DIR {tmp_path} can't be written to. Choose another, or change its owner."


def test_empty_values_count_as_unset(tmp_path):
    assert setting("settings.PORT", DATA_DIR=tmp_path, PORT="", DATABASE_URL="") == "8000"


def test_a_secret_key_is_made_once_for_the_owner_alone(tmp_path):
    first = setting("settings.SECRET_KEY", DATA_DIR=tmp_path)
    assert len(first) >= 50
    assert setting("settings.SECRET_KEY", DATA_DIR=tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert setting("settings.SECRET_KEY", DATA_DIR=tmp_path, SECRET_KEY="given" * 10) == "given" * 10


def test_an_https_address_turns_the_secure_settings_on(tmp_path):
    names = "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT"
    both = ", ".join(f"settings.{name}" for name in names)
    assert setting(both, DATA_DIR=tmp_path, SITE_URL="https://www.example.org") == "True True True"
    assert setting(both, DATA_DIR=tmp_path) == "False False False"
    assert (
        "__Secure-vote"
        in run(
            "shell",
            "-v",
            "0",
            "-c",
            "from articles.vote_views import VOTE_COOKIE as v; print(v)",
            DATA_DIR=tmp_path,
            SITE_URL="https://www.example.org",
        ).stdout
    )


def test_a_mail_server_is_read_and_without_one_mail_goes_nowhere(tmp_path):
    names = "settings.EMAIL_BACKEND, settings.DEFAULT_FROM_EMAIL"
    without = setting(names, DATA_DIR=tmp_path, SITE_URL="https://www.example.org")
    assert without == "django.core.mail.backends.dummy.EmailBackend Cramps <no-reply@www.example.org>"
    address = "submission://desk%40example.org:secret@mail.example.org"
    names += ", settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS, settings.EMAIL_TIMEOUT"
    backend = "django.core.mail.backends.smtp.EmailBackend"
    assert (
        setting(names, DATA_DIR=tmp_path, EMAIL_URL=address)
        == f"{backend} Cramps <desk@example.org> mail.example.org 587 True 20"
    )
    sender = setting("settings.DEFAULT_FROM_EMAIL", DATA_DIR=tmp_path, EMAIL_URL=address, EMAIL_FROM="b@example.org")
    assert sender == "Cramps <b@example.org>"


def test_a_digest_without_a_mail_server_ends_with_a_sentence(tmp_path):
    result = read_settings(DATA_DIR=tmp_path, DIGEST="Daily")
    assert result.stderr.strip() == (
        "DIGEST is set to 'daily', but there is no mail server. Write EMAIL_URL too, or leave DIGEST out."
    )


def test_the_metrics_have_a_port_of_their_own(tmp_path):
    result = read_settings(DATA_DIR=tmp_path, PORT=8000, METRICS="127.0.0.1:8000")
    assert result.stderr.strip() == "METRICS has port 8000, which is the site's own. Write another: 127.0.0.1:9100"
    assert setting("settings.METRICS", DATA_DIR=tmp_path, METRICS="[::1]:9100") == "('::1', 9100)"


def test_logs_are_for_programs_unless_somebody_looks_on(tmp_path):
    assert setting("settings.LOG_FORMAT", DATA_DIR=tmp_path) == "json"
    assert setting("settings.LOG_FORMAT", DATA_DIR=tmp_path, LOG_FORMAT="Plain") == "plain"
    assert setting("settings.LOG_FORMAT", DATA_DIR=tmp_path, DEBUG="true") == "plain"


def test_the_deployment_check_is_silent_on_https(tmp_path):
    result = run("check", "--deploy", "--fail-level", "WARNING", DATA_DIR=tmp_path, SITE_URL="https://www.example.org")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_secret_key_that_can_not_be_read_ends_with_a_sentence(tmp_path):
    (tmp_path / "secret_key").mkdir()
    result = read_settings(DATA_DIR=tmp_path)
    [line] = result.stderr.strip().splitlines()
    assert line.startswith(f"{tmp_path}/secret_key can't be read")


def test_a_new_data_dir_is_for_its_owner_alone(tmp_path):
    read_settings(DATA_DIR=tmp_path / "var")
    assert stat.S_IMODE((tmp_path / "var").stat().st_mode) == 0o700


def test_what_the_database_address_asks_for_is_kept(tmp_path):
    url = "postgres://cramps@db.example.org/cramps?sslmode=require"
    assert "'sslmode': 'require'" in setting("settings.DATABASES", DATA_DIR=tmp_path, DATABASE_URL=url)


@pytest.mark.parametrize(
    ("database", "sentence"),
    [
        ("", "REPLICA_URL is set, but the database is SQLite. Write DATABASE_URL too, or leave REPLICA_URL out."),
        (
            "postgres://cramps@db.example.org/cramps",
            "REPLICA_URL and DATABASE_URL name the same database. Write that of a standby, or leave REPLICA_URL out.",
        ),
    ],
)
def test_a_replica_of_nothing_or_of_itself_ends_with_a_sentence(tmp_path, database, sentence):
    url = "postgres://cramps@db.example.org/cramps"
    result = read_settings(DATA_DIR=tmp_path, DATABASE_URL=database, REPLICA_URL=url)
    assert (result.returncode, result.stderr.strip()) == (1, sentence)


def test_a_replica_has_a_pool_of_its_own(tmp_path):
    urls = {"DATABASE_URL": "postgres://a@one/cramps", "REPLICA_URL": "postgres://b@two/cramps?tcp_user_timeout=9000"}
    said = "[(name, it['HOST'], it['OPTIONS']['tcp_user_timeout'], 'pool' in it['OPTIONS'], it['CONN_MAX_AGE'])"
    assert setting(f"{said} for name, it in settings.DATABASES.items()]", DATA_DIR=tmp_path, **urls) == (
        "[('default', 'one', 2000, True, 0), ('replica', 'two', 9000, True, 0)]"
    )
    assert setting("list(settings.DATABASES)", DATA_DIR=tmp_path, DATABASE_URL=urls["DATABASE_URL"]) == "['default']"


def test_every_variable_stands_in_the_table_of_the_docs():
    names = set(re.findall(r'read\(\s*"([A-Z_]+)"', (ROOT / "cramps_site" / "settings.py").read_text()))
    documented = set(re.findall(r"^\| `([A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE))
    assert names == documented
    assert len(names) > 8
