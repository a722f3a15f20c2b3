"""Who is who, how fast: `crm bench dedupe` beside splink on the same made people, and one new record beside a million.

Seconds are CPU seconds with all threads, of the work alone: the engine's profiles and splink's tables are in memory before.
"""

import json
import logging
import os
import statistics
import time
import warnings

import pandas as pd
from peers import head, said, tell
from who import LIKELY, f1_of, ordered, pairs_of

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

# New records that splink is asked about: each takes it seconds, the engine microseconds (it is asked about 2,000).
ASKED = 20


def frame_of(file):
    """The people of a file as a splink user would give them: name in two columns, nothing where nothing is said."""
    frame = pd.read_csv(file, dtype=str, keep_default_na=False)
    words = frame.pop("name").str.split(" ", n=1, expand=True)
    frame["given_name"], frame["surname"] = words[0], words[1].fillna("")
    frame = frame.rename(columns={"id": "unique_id"})
    return frame.where(frame != "", None).astype(object)


def settings(rules):
    import splink.comparison_library as cl
    from splink import SettingsCreator

    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DamerauLevenshteinAtThresholds("birthday", [1, 2]),
            cl.JaroWinklerAtThresholds("street", [0.9, 0.7]),
            cl.LevenshteinAtThresholds("postal", [1, 2]),
            cl.JaroWinklerAtThresholds("city", [0.9]),
            cl.EmailComparison("email"),
            cl.DamerauLevenshteinAtThresholds("phone", [1, 2]),
        ],
        blocking_rules_to_generate_predictions=rules,
    )


def rules():
    """Pairs that splink compares: two columns that agree, or one that tells a person."""
    from splink import block_on

    columns = [
        ("birthday",), ("phone",), ("email",), ("street",), ("given_name", "surname"), ("given_name", "postal"),
        ("surname", "postal"),
    ]
    return [block_on(*some) for some in columns]


class Clock:
    """CPU seconds of this process and all its threads, and those on the wall."""

    def __enter__(self):
        self.cpu, self.wall = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_):
        self.cpu, self.wall = time.process_time() - self.cpu, time.perf_counter() - self.wall


def splink(frame, truth, model):
    """What splink costs from the table to the groups, and how good it is; the trained model goes to a file."""
    from splink import DuckDBAPI, Linker, block_on

    with Clock() as clock:
        database = DuckDBAPI()
        linker = Linker(database.register(frame), settings(rules()))
        sure = [block_on("given_name", "surname", "birthday"), block_on("phone"), block_on("email")]
        linker.training.estimate_probability_two_random_records_match(sure, recall=0.7)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
        for rule in [block_on("birthday"), block_on("given_name", "surname"), block_on("phone")]:
            linker.training.estimate_parameters_using_expectation_maximisation(rule)
        scored = linker.inference.predict()
        groups = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold_match_probability=LIKELY)
    linker.misc.save_model_to_json(str(model), overwrite=True)
    scored = scored.as_pandas_dataframe()
    candidates = {ordered(pair) for pair in zip(scored["unique_id_l"], scored["unique_id_r"])}
    groups = groups.as_pandas_dataframe()
    found = pairs_of(groups["unique_id"], groups["cluster_id"])
    return {
        "cpu": clock.cpu, "wall": clock.wall, "candidates": len(candidates),
        "reached": len(candidates & truth) / len(truth), "f1": f1_of(found, truth),
    }


def splink_asked(folder, model):
    """CPU and wall seconds of one question after the other about all who are stored."""
    from splink import DuckDBAPI, Linker

    database = DuckDBAPI()
    stored = database.register(frame_of(folder / "stored.csv"))
    linker = Linker(stored, str(model))
    # What splink keeps of those who are stored: how common names and boxes are.
    for column in ("given_name", "surname", "email"):
        linker.table_management.compute_tf_table(column)
    asked = frame_of(folder / "asked.csv").head(ASKED)
    asked["unique_id"] = "new-" + asked["unique_id"]
    seconds = []
    for place in range(len(asked)):
        with Clock() as clock:
            one = database.register(asked.iloc[[place]])
            found = linker.inference.predict_between(stored, one, threshold_match_probability=LIKELY)
            found = found.as_record_list()
        # Every other question is about somebody who is stored.
        if place % 2 == 0 and not found:
            raise RuntimeError(f"splink does not find who is asked about in question {place}")
        seconds.append((clock.cpu, clock.wall))
    return [statistics.median(one) for one in zip(*seconds)]


def run(options):
    folder, model = options.scratch / "made", options.scratch / "model.json"
    ours, theirs = [], []
    for _ in range(options.rounds):
        figures = said(options.crm, "bench", "dedupe", "--rows", options.rows, "--rounds", 3, "--export", folder, "--json")
        ours.append(json.loads(figures))
        frame = frame_of(folder / "people.csv")
        truth = pairs_of(frame["unique_id"], frame.pop("who"))
        theirs.append(splink(frame, truth, model))
    print(f"load {os.getloadavg()[0]:.1f}; {options.rows:,} people, {len(truth):,} true pairs; {options.rounds} turns")
    head(["by"], ["CPU s, least", "in the middle", "pairs compared", "true pairs among them", "F1"])
    least = [min(one["cpu"] for one in theirs), min(one["cpu_s_min"] for one in ours)]
    one = theirs[-1]
    middle = statistics.median(one["cpu"] for one in theirs)
    tell("splink: train, predict, cluster", f"{least[0]:.2f}", f"{middle:.2f}", f"{one['candidates']:,}",
         f"{one['reached']:.4f}", f"{one['f1']:.4f}")
    one = ours[-1]
    middle = statistics.median(one["cpu_s_median"] for one in ours)
    precision, recall = one["precision"], one["recall"]
    # Nobody here has three records, so a pair is found only where it was compared.
    tell("engine: learn, compare, group", f"{least[1]:.2f}", f"{middle:.2f}", f"{one['candidate_pairs']:,}",
         f"at least {recall:.4f}", f"{2 * precision * recall / (precision + recall):.4f}")
    tell("splink / engine", f"{least[0] / least[1]:.1f}", "", "", "", "")
    cpu, wall = splink_asked(folder, model)
    print(f"\none new record beside {ours[-1]['stored']:,}")
    head(["by"], ["median", "p99", "CPU"])
    tell("splink: predict_between", f"{wall:.2f} s", "", f"{cpu:.2f} s")
    what = "ask_us_p50", "ask_us_p99", "ask_cpu_us_p50", "ask_cpu_us_p99"
    middle, slow, busy, busiest = (min(one[figure] for one in ours) for figure in what)
    tell("engine: Index::alike", f"{middle:.0f} us", f"{slow:.0f} us", f"{busy:.0f} us, p99 {busiest:.0f} us")
    tell("splink / engine", f"{wall * 1e6 / middle:,.0f}", "", "")
