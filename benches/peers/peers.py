"""Who is who and scores: the engine and its peers on the same files and folds, in one run, as one table.

    python3 benches/peers/peers.py dedupe          febrl 1-3 whole and without numbers, fake_1000: recordlinkage, splink
    python3 benches/peers/peers.py dedupe-speed    50,000 made people, and one new record beside a million: splink, in CPU seconds
    python3 benches/peers/peers.py score           bank and generated leads, 5 folds: scikit-learn's three models
    python3 benches/peers/peers.py score bank      one set alone; so for dedupe

The engine is asked through `crm import`, `crm dedupe` and `crm call`, as a user would. Seconds of peers are of one
process that is warm; those of the engine hold the start of each process, the reading of the file and the commits.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import venv

ROOT = pathlib.Path(__file__).resolve().parents[2]
PEERS = ["recordlinkage==0.16", "splink==5.0.0", "scikit-learn==1.9.1", "pandas<3"]


def parser_of(doc):
    """A parser with the options of every script here."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    shell = ROOT / "target" / "release" / "crm"
    parser.add_argument("--crm", metavar="PATH", type=pathlib.Path, default=shell,
                        help="the engine's shell; target/release/crm where nothing is said")
    parser.add_argument("--env", metavar="DIR", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "crm-peers",
                        help="where peers are installed, each script's in a folder of its own; a folder of the system's "
                        "temporary one where nothing is said")
    return parser


def inside(options, packages):
    """Goes on in an environment of this script's own, with these packages from PyPI; makes it where there is none."""
    folder = (options.env / pathlib.Path(sys.argv[0]).stem).resolve()
    if pathlib.Path(sys.prefix).resolve() != folder:
        python, ready, wanted = folder / "bin" / "python", folder / "peers-are-here", "\n".join(packages)
        if not ready.exists() or ready.read_text() != wanted:
            print(f"installing {', '.join(packages)} into {folder}", file=sys.stderr)
            venv.create(folder, with_pip=True)
            subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=True)
            ready.write_text(wanted)
        os.execv(python, [str(python), *sys.argv])
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {', '.join(packages)}", file=sys.stderr)


def said(*words):
    """What a command says; where it fails, its complaint is the error's."""
    done = subprocess.run([*map(str, words)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
    return done.stdout


def head(texts, figures):
    """The head of a table: columns of texts, then columns of figures."""
    tell(*texts, *figures)
    print("|" + "---|" * len(texts) + "--:|" * len(figures))


def tell(*cells):
    print("|", " | ".join(map(str, cells)), "|", flush=True)


def main():
    shared = os.environ.get("CRM_SHARED")
    beside = pathlib.Path(shared) / "data" if shared else ROOT.parent / "shared" / "data"
    parser = parser_of(__doc__)
    parser.add_argument("work", choices=["dedupe", "dedupe-speed", "score"])
    parser.add_argument("sets", nargs="*", help="which sets; all where nothing is said")
    parser.add_argument("--rounds", type=int, default=2, help="turns of engine and peer (dedupe-speed)")
    parser.add_argument("--rows", type=int, default=50_000, help="made people; twenty times as many are stored (dedupe-speed)")
    parser.add_argument("--data", metavar="DIR", type=pathlib.Path, default=beside,
                        help="where febrl, fake_1000 and bank lie; $CRM_SHARED/data, else shared/data beside the repository, "
                        "where nothing is said")
    options = parser.parse_args()
    inside(options, PEERS)
    options.plans = ROOT / "examples" / "plans"
    with tempfile.TemporaryDirectory() as scratch:
        options.scratch = pathlib.Path(scratch)
        if options.work == "dedupe":
            import who

            who.run(options)
        elif options.work == "dedupe-speed":
            import speed

            speed.run(options)
        else:
            import odds

            odds.run(options)


if __name__ == "__main__":
    main()
