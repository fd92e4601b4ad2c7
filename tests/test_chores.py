"""What the site does by itself: when, once, and without one thing standing in the way of another."""

import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from articles import chores, publishing, work
from articles.models import Article, Chore, Task, Vote
from tests.factories import make_article
from tests.running import ROOT, Site

Kind = Task.Kind


@pytest.fixture
def done(monkeypatch):
    """What was done: of two chores in place of all, one every hour and one every day."""
    did = []

    def job(name, **every):
        return chores.Job(name, timedelta(**every), chores.no_place(lambda: did.append(name)))

    monkeypatch.setattr(chores, "JOBS", [job("hourly", hours=1), job("daily", days=1)])
    return did


def later(**time):
    return timezone.now() + timedelta(**time)


@pytest.mark.django_db
def test_each_chore_is_done_when_its_time_has_come_and_not_before(done):
    chores.run()
    chores.run()
    chores.run(now=later(minutes=59))
    assert done == ["hourly", "daily"]
    chores.run(now=later(minutes=61))
    assert done == ["hourly", "daily", "hourly"]


@pytest.mark.django_db
def test_one_that_fails_is_told_and_tried_again_soon_and_the_others_are_done(done, monkeypatch, caplog):
    fails = chores.Job("broken", timedelta(days=1), chores.no_place(lambda: 1 / 0))
    monkeypatch.setattr(chores, "JOBS", [fails, *chores.JOBS])
    assert chores.run() == (["hourly", "daily"], ["broken"])
    assert "The chore “broken” failed. It is tried again in ten minutes." in caplog.text
    assert chores.run(now=later(minutes=9)) == ([], [])
    assert chores.run(now=later(minutes=11)) == ([], ["broken"])


@pytest.mark.django_db
def test_one_that_is_switched_off_is_not_done(done, monkeypatch):
    monkeypatch.setattr(chores, "JOBS", [chores.JOBS[0]._replace(is_on=lambda: False), chores.JOBS[1]])
    chores.run()
    assert done == ["daily"]


@pytest.mark.django_db
def test_where_a_chore_got_to_is_kept_and_stays_when_it_fails(monkeypatch):
    def count(reached):
        if reached == 2:
            raise ValueError
        return reached + 1

    monkeypatch.setattr(chores, "JOBS", [chores.Job("count", timedelta(0), count)])
    for _ in range(4):
        chores.run(["count"])
    assert Chore.objects.get().reached == 2


@pytest.mark.django_db
def test_the_command_does_what_is_due_or_what_is_named(done, capsys):
    call_command("chores")
    call_command("chores")
    call_command("chores", "daily")
    assert done == ["hourly", "daily", "daily"]
    assert capsys.readouterr().out == "Done: hourly, daily.\nDone: nothing was due.\nDone: daily.\n"
    call_command("chores", "--list")
    assert f"daily: {timezone.now():%Y-%m-%d}" in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is no chore “weekly”"):
        call_command("chores", "weekly")


@pytest.mark.django_db
def test_a_chore_that_fails_ends_the_command_with_a_sentence(monkeypatch):
    monkeypatch.setattr(chores, "JOBS", [chores.Job("broken", timedelta(days=1), chores.no_place(lambda: 1 / 0))])
    with pytest.raises(CommandError, match="Failed: broken"):
        call_command("chores")


@pytest.mark.django_db
def test_all_chores_can_be_done(settings):
    make_article()
    done, failed = chores.run([job.name for job in chores.JOBS if job.name not in ("links", "digest")])
    assert (len(done) > 5, failed) == (True, [])


# What they do for the work list


def vote(article, value, number=12, **fields):
    start, revision = article.votes.count(), publishing.last_public(article)
    Vote.objects.bulk_create(
        Vote(article=article, revision=revision, voter=f"{article.pk}-{start + n}", value=value, **fields)
        for n in range(number)
    )


def rated_low():
    return {task.article.title for task in Task.objects.filter(person=None, kind=Kind.LOW_RATING)}


@pytest.mark.django_db
def test_new_votes_are_noticed_a_few_at_a_time_until_all_are(monkeypatch):
    monkeypatch.setattr(work, "MANY", 5)
    articles = [make_article(f"Article {n}") for n in range(3)]
    for n, article in enumerate(articles):
        vote(article, 1, updated_at=later(minutes=n - 30))
    reached, seen = 0, []
    for _ in range(9):
        reached = work.update_rated(reached)
        seen.append(len(rated_low()))
    assert (seen[0], seen[-1]) == (1, 3)


@pytest.mark.django_db
def test_votes_of_the_last_minute_are_looked_at_again():
    article = make_article()
    vote(article, 1, number=5)
    reached = work.update_rated(0)
    vote(article, 1, number=5, updated_at=later(seconds=-5))
    work.update_rated(reached)
    assert rated_low() == {"Sore feet"}


@pytest.mark.django_db
def test_a_vote_that_was_taken_back_is_noticed_in_turn():
    article = make_article()
    vote(article, 1)
    work.update_rated(0)
    assert rated_low() == {"Sore feet"}
    article.votes.all().delete()
    work.sweep(0)
    assert rated_low() == set()


@pytest.mark.django_db
def test_what_expires_or_comes_out_by_the_clock_is_noticed():
    today = timezone.localdate()
    expired = make_article("Expired", review_due=today - timedelta(days=3))
    coming = make_article("Coming", published=False)
    publishing.publish(coming, by=None, at=later(hours=1))
    coming.revisions.update(review_due=today - timedelta(days=3))
    reached = work.update_timed(0)
    assert {task.article.title for task in Task.objects.filter(kind=Kind.OVERDUE)} == {"Expired"}
    Article.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    coming.revisions.update(published_at=timezone.now())
    work.update_timed(reached)
    assert {task.article.title for task in Task.objects.filter(kind=Kind.OVERDUE)} == {"Coming"}


@pytest.mark.django_db
def test_the_sweep_goes_on_where_it_ended_and_begins_anew_at_the_end(monkeypatch):
    monkeypatch.setattr(work, "MANY", 2)
    due = timezone.localdate() - timedelta(days=3)
    pks = [make_article(f"Article {n}", review_due=due).pk for n in range(3)]
    Task.objects.all().delete()
    assert work.sweep(0) == pks[1]
    assert Task.objects.filter(person=None, kind=Kind.OVERDUE).count() == 2
    assert work.sweep(pks[1]) == 0
    assert Task.objects.filter(person=None, kind=Kind.OVERDUE).count() == 3
    assert work.sweep(0, seconds=-1) == 0  # without time it goes no further


@pytest.mark.django_db
def test_a_start_makes_the_tasks_of_articles_from_before_there_were_any():
    make_article(review_due=timezone.localdate() - timedelta(days=3))
    Task.objects.all().delete()
    chores.begin()
    assert Task.objects.filter(kind=Kind.OVERDUE).exists()
    Task.objects.all().delete()
    chores.begin()  # at the next start it is the chore's turn
    assert not Task.objects.exists()


@pytest.mark.django_db
def test_what_was_done_while_the_clock_was_a_year_ahead_is_due_again():
    job, now = chores.JOBS[0], timezone.now()
    assert chores.claim(job, now + timedelta(days=365))
    assert chores.claim(job, now)
    assert not chores.claim(job, now)


@pytest.mark.django_db
def test_ratings_are_looked_at_again_after_the_clock_was_a_year_ahead():
    reached = work.update_rated((timezone.now() + timedelta(days=365) - work.EPOCH) // timedelta(microseconds=1))
    assert reached <= (timezone.now() - work.EPOCH) // timedelta(microseconds=1)


# The clock beside the server


def clock(tmp_path, *command):
    """Start a clock that ticks all the time, and return its process."""
    program = [sys.executable, "-I", "-S", ROOT / "cramps_site" / "clock.py", "0.05", sys.executable, "-c", *command]
    return subprocess.Popen(program, stdin=subprocess.PIPE, cwd=tmp_path)


def wait_for(path, seconds=20):
    ends = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < ends, f"{path.name} never came"
        time.sleep(0.02)


def test_the_clock_runs_its_command_again_and_again_even_if_it_fails(tmp_path):
    running = clock(tmp_path, "import os, sys; os.mkdir('twice' if os.path.exists('once') else 'once'); sys.exit(1)")
    wait_for(tmp_path / "twice")
    running.stdin.close()
    assert running.wait(timeout=20) == 0


def test_the_clock_goes_on_when_its_command_can_not_be_run(tmp_path):
    program = [sys.executable, "-I", "-S", ROOT / "cramps_site" / "clock.py", "0.05", tmp_path / "later"]
    running = subprocess.Popen(program, stdin=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path)
    assert b"could not be run: No such file" in running.stderr.readline()
    (tmp_path / "later").write_text("#!/bin/sh\nmkdir done\n")
    (tmp_path / "later").chmod(0o700)
    wait_for(tmp_path / "done")
    running.stdin.close()
    assert running.wait(timeout=20) == 0


def test_the_clock_ends_with_the_server_and_stops_what_is_under_way(tmp_path):
    running = clock(tmp_path, "import os, time; open(str(os.getpid()), 'w'); time.sleep(600)")
    ends = time.monotonic() + 20
    while not list(tmp_path.iterdir()):
        assert time.monotonic() < ends
        time.sleep(0.02)
    running.stdin.close()
    assert running.wait(timeout=20) == 0
    [pid] = (int(path.name) for path in tmp_path.iterdir())
    wait_for_end(pid)


def test_a_site_keeps_a_clock_that_ends_with_it(tmp_path):
    with Site(tmp_path, CHORES="true").with_tables() as site:
        shown = subprocess.run(["ps", "-ewwo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
        lines = [line for line in shown.splitlines() if "cramps_site/clock.py" in line]
        # The server has the clock's command in its own, too.
        rows = [line.split(None, 2) for line in lines if "cramps_site.workers" not in line]
        [pid] = (int(pid) for pid, parent, _args in rows if int(parent) == site.process.pid)
    wait_for_end(pid)


def wait_for_end(pid, seconds=20):
    """Wait until a process has ended, whether or not its parent has asked for how it did."""
    ends = time.monotonic() + seconds
    while subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip(" \nZNs<"):
        assert time.monotonic() < ends, f"Process {pid} goes on"
        time.sleep(0.05)


def test_chores_can_be_left_to_the_operator(tmp_path):
    environment = os.environ | {"DATA_DIR": str(tmp_path), "CHORES": "maybe"}
    command = [sys.executable, "-c", "import cramps_site.settings"]
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert "CHORES is set to 'maybe', which can't be used. Write true or false." in result.stderr
