"""Who is who and scores: the engine and its peers on the same files and folds, in one run, as one table.

    python3 benches/peers/peers.py dedupe          febrl 1-3 whole and without numbers, fake_1000: recordlinkage, splink
    python3 benches/peers/peers.py score           bank and generated leads, 5 folds: scikit-learn's three models
    python3 benches/peers/peers.py score bank      one set alone; so for dedupe

    --crm PATH   the engine's shell; target/release/crm where nothing is said
    --data DIR   where febrl, fake_1000 and bank lie; $CRM_SHARED/data where nothing is said
    --env DIR    where the peers are installed; a folder of the system's temporary one where nothing is said

The engine is asked through `crm import`, `crm dedupe` and `crm call`, as a user would. The peers are installed from PyPI
into an environment of their own, outside the tree, the first time. Seconds of peers are of one process that is warm;
those of the engine hold the start of each process, the reading of the file and the commits.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).resolve().parent
PEERS = ["recordlinkage==0.16", "splink==5.0.0", "scikit-learn==1.9.1", "pandas<3"]


def inside(folder):
    """The Python of an environment that has the peers; makes it where there is none."""
    python = folder / "bin" / "python"
    ready = folder / "peers-are-here"
    if not ready.exists():
        print(f"installing {', '.join(PEERS)} into {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PEERS], check=True)
        ready.write_text("\n".join(PEERS))
    return python


def told():
    shared = os.environ.get("CRM_SHARED")
    beside = pathlib.Path(shared) / "data" if shared else HERE.parents[1].parent / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", choices=["dedupe", "score"])
    parser.add_argument("sets", nargs="*")
    parser.add_argument("--crm", type=pathlib.Path, default=HERE.parents[1] / "target" / "release" / "crm")
    parser.add_argument("--data", type=pathlib.Path, default=beside)
    parser.add_argument("--env", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "crm-peers")
    return parser.parse_args()


def main():
    options = told()
    if pathlib.Path(sys.prefix).resolve() != options.env.resolve():
        python = inside(options.env)
        sys.exit(subprocess.run([python, *sys.argv]).returncode)
    options.plans = HERE.parents[1] / "examples" / "plans"
    load = os.getloadavg()[0]
    print(f"load {load:.1f}, {os.cpu_count()} cores, " + ", ".join(PEERS), file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        options.scratch = pathlib.Path(scratch)
        if options.work == "dedupe":
            import who

            who.run(options)
        else:
            import odds

            odds.run(options)


if __name__ == "__main__":
    main()
