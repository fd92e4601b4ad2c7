"""The article page: in which forms it comes, and how often a second it is read, here and elsewhere."""

from statistics import median

from bench import asking, django_sites, nginx, wordpress
from bench.contenders import FOLDER, Contender
from bench.report import Goal, at_least, rounds, times

ARTICLE = "/articles/muscle-leg-cramps/"
ROUNDS, SECONDS, WARM_UP = 5, 3, 2
BROWSER, PLAINLY = {"Accept-Encoding": "br, gzip"}, {"Accept-Encoding": "identity"}
OTHERS = {"Wagtail": django_sites.wagtail, "WordPress": wordpress.wordpress}
BROTLI, COLD, PLAIN = "ours, brotli", "ours, brotli, PAGE_CACHE=0", "ours, uncompressed"
NGINX_BROTLI, NGINX_PLAIN = "nginx, the same bytes in brotli", "nginx, the same bytes uncompressed"
HEADER = ["Article", "Answers a second", "Half of them within", "99 of 100 within"]


def forms(url):
    """Check that the page comes in the form that is asked for, the same page each time, and only when it changed."""
    plain, sizes, unchanged = None, {}, []
    for encoding in ("identity", "gzip", "br"):
        asked = Contender("ours", url + ARTICLE, headers={"Accept-Encoding": encoding})
        _status, headers, body = asking.ask(asked)
        came = headers.get("Content-Encoding", "identity")
        text = asking.DECODE[came](body)
        plain = plain or text
        sizes[encoding] = len(body) if (came, text) == (encoding, plain) else None
        status, _headers, nothing = asking.ask(asked, **{"If-None-Match": headers["ETag"]})
        unchanged.append((status, nothing) == (304, b""))
    measured = ", ".join(f"{name} {size:,} bytes" if size else f"{name} wrong" for name, size in sizes.items())
    yield Goal("compressed as the client asks", "the same page in each form", measured, all(sizes.values()))
    yield Goal("304 when unchanged", "in each form", f"in {sum(unchanged)} of {len(unchanged)}", all(unchanged))


def contenders(sites, warm):
    """Return the contenders whose article is read, in the order of a round."""
    brotli = Contender(BROTLI, warm.url + ARTICLE, headers=BROWSER)
    plain = Contender(PLAIN, warm.url + ARTICLE, headers=PLAINLY)
    pages = {"br": asking.body_of(brotli), "identity": asking.body_of(plain)}
    url = sites.start(nginx.static_files(FOLDER / "nginx", pages))
    sites.versions["nginx"] = nginx.version()
    cold = sites.ours(PAGE_CACHE=0)
    others = [sites.other(name, serve) for name, serve in OTHERS.items()]
    return [
        brotli,
        Contender(NGINX_BROTLI, f"{url}br"),
        plain,
        Contender(NGINX_PLAIN, f"{url}identity"),
        *filter(None, others),
        Contender(COLD, cold.url + ARTICLE, headers=BROWSER),
    ]


def measure(contenders):
    """Return each contender's runs by its name."""
    for contender in contenders:
        asking.read(contender, WARM_UP)
    runs = {contender.name: [] for contender in contenders}
    for number in range(1, ROUNDS + 1):
        print(f"Round {number} of {ROUNDS}…", flush=True)
        for contender in contenders:
            runs[contender.name].append(asking.read(contender, SECONDS))
    return runs


def goals(runs, missing):
    def ratio(what, mine, its, least):
        if its in missing:
            return Goal(what, f"at least {least} ×", missing[its], None)
        return at_least(what, least, [one.rate / two.rate for one, two in zip(runs[mine], runs[its], strict=True)])

    yield ratio("article warm, brotli: ours / nginx", BROTLI, NGINX_BROTLI, 0.25)
    yield ratio("article warm, uncompressed: ours / nginx", PLAIN, NGINX_PLAIN, 0.25)
    yield ratio("article warm: ours / Wagtail", BROTLI, "Wagtail", 50)
    yield ratio("article warm: ours / WordPress", BROTLI, "WordPress", 150)
    spreads = [run.p99 / run.p50 for run in runs[BROTLI]]
    measured = f"{times(median(spreads))} ({rounds(spreads)})"
    yield Goal("article warm: 99th percentile / median", "under 10 ×", measured, median(spreads) < 10)
    yield ratio("article cold: ours / Wagtail", COLD, "Wagtail", 5)


def row(item):
    name, runs = item
    rate, p50, p99 = (median(getattr(run, which) for run in runs) for which in ("rate", "p50", "p99"))
    return name, f"{rate:,.0f}", f"{p50:.2f} ms", f"{p99:.2f} ms"
