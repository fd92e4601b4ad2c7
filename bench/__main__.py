"""`make bench` measures all parts, `make bench PART=load` one of them, and writes them into bench/RESULTS.md.

`make bench PART=growth` alone measures growth, which takes half an hour, into bench/GROWTH.md.
"""

import signal
import sys

from bench import growth, load, page, report

PARTS = {"page": page, "load": load}
APART = {"growth": growth}  # what is only measured when it is named


def main(names):
    if unknown := set(names) - {*PARTS, *APART}:
        sys.exit(f"There is no part {', '.join(sorted(unknown))}. The parts are {', '.join(PARTS | APART)}.")
    # Ended by another program, it still ends all that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    missing = []
    for name in names or PARTS:
        if name in APART:
            APART[name].main()
            continue
        try:
            lines = PARTS[name].measure()
        except report.NotMeasured as error:
            missing.append(f"The part {name} was not measured: {error}")
            continue
        except KeyboardInterrupt:
            sys.exit(130)
        report.write(PARTS[name].TITLE, lines)
        print("\n".join([f"\n## {PARTS[name].TITLE}\n", *lines]))
    sys.exit("\n".join(missing) or None)


if __name__ == "__main__":
    main(sys.argv[1:])
