"""Who is who: `crm import` and `crm dedupe` beside recordlinkage and splink, on the same files."""

import csv
import itertools
import logging
import time
import warnings

import pandas as pd
from peers import head, said, tell

warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)

# What a lead never says.
NUMBERS = ["date_of_birth", "soc_sec_id"]
# At which probability a pair is called one, by the engine and by splink: fixed before anything was seen.
LIKELY = 0.95
# How often the engine imports and searches: its ids, drawn anew each time, decide ties and by which pairs chance is
# measured. With one clock and seed for all ids a run could be repeated, but ids would not follow the file, as they do.
DRAWS = 10


def sets(options):
    """Name, plan, file, frame, true pairs."""
    for number in (1, 2, 3):
        file = options.data / "febrl" / f"dataset{number}.csv"
        frame = pd.read_csv(file, dtype=str, skipinitialspace=True, keep_default_na=False)
        frame = frame.map(str.strip).set_index("rec_id")
        truth = pairs_of(frame.index, [key.split("-")[1] for key in frame.index])
        yield f"febrl{number}", "febrl.toml", file, frame, truth
        yield f"febrl{number}-crm", "febrl-crm.toml", file, frame.drop(columns=NUMBERS), truth
    file = options.data / "fake_1000" / "fake_1000.csv"
    frame = pd.read_csv(file, dtype=str, keep_default_na=False).set_index("unique_id")
    truth = pairs_of(frame.index, frame["cluster"])
    yield "fake_1000", "fake_1000.toml", file, frame.drop(columns="cluster"), truth


def pairs_of(keys, groups):
    """Every pair of every group."""
    members = {}
    for key, group in zip(keys, groups):
        members.setdefault(group, []).append(key)
    return {ordered(pair) for keys in members.values() for pair in itertools.combinations(keys, 2)}


def ordered(pair):
    return tuple(sorted(pair))


def engine(options, name, plan, file, draw):
    """The pairs that `crm dedupe` lists, and how many seconds import and search take."""
    store = f"sqlite:{options.scratch / name}-{draw}.db"
    crm = [options.crm, "--store", store]
    began = time.perf_counter()
    rejects = options.scratch / f"{name}.rejects.csv"
    said(*crm, "import", "--plan", options.plans / plan, "--rejects", rejects, file)
    imported = time.perf_counter()
    found = said(*crm, "dedupe", "--kind", "person", "--format", "csv")
    ended = time.perf_counter()
    rows = list(csv.DictReader(found.splitlines()))
    pairs = {ordered((row["left_key"], row["right_key"])) for row in rows}
    sure = {ordered((row["left_key"], row["right_key"])) for row in rows if float(row["probability"]) >= 0.999}
    return pairs, sure, imported - began, ended - imported


def recordlinkage_pairs(frame):
    """ECM over comparisons of pairs that agree in one column, as its manual does it."""
    import recordlinkage

    began = time.perf_counter()
    frame = frame.where(frame != "", None)
    blocks = ["given_name", "surname", "date_of_birth", "soc_sec_id", "postcode", "first_name", "dob", "email"]
    index = recordlinkage.Index()
    for column in (column for column in blocks if column in frame):
        index.block(column)
    compare = recordlinkage.Compare()
    texts = ["given_name", "first_name", "surname", "address_1", "address_2", "suburb", "city", "email"]
    numbers = ["date_of_birth", "dob", "soc_sec_id", "postcode", "street_number"]
    for column in (column for column in texts if column in frame):
        compare.string(column, column, method="jarowinkler", label=column)
    for column in (column for column in numbers if column in frame):
        compare.string(column, column, method="levenshtein", label=column)
    if "state" in frame:
        compare.exact("state", "state", label="state")
    vectors = compare.compute(index.index(frame), frame).fillna(0)
    found = recordlinkage.ECMClassifier(binarize=0.85).fit_predict(vectors)
    return {ordered(pair) for pair in found}, time.perf_counter() - began


def splink_pairs(frame):
    """Untuned, as its tutorial does it; scored pairs with their probability."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    began = time.perf_counter()
    frame = frame.where(frame != "", None).astype(object)
    frame.index.name = "unique_id"
    frame = frame.reset_index()

    def among(rules):
        return [block_on(*rule) for rule in rules if set(rule) <= set(frame)]

    compared = {
        "given_name": cl.NameComparison("given_name"),
        "first_name": cl.NameComparison("first_name"),
        "surname": cl.NameComparison("surname"),
        "date_of_birth": cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
        "dob": cl.DamerauLevenshteinAtThresholds("dob", [1, 2]),
        "soc_sec_id": cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
        "street_number": cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
        "postcode": cl.LevenshteinAtThresholds("postcode", [1, 2]),
        "address_1": cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
        "address_2": cl.JaroWinklerAtThresholds("address_2", [0.9]),
        "suburb": cl.JaroWinklerAtThresholds("suburb", [0.9]),
        "state": cl.ExactMatch("state").configure(term_frequency_adjustments=True),
        "city": cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        "email": cl.EmailComparison("email"),
    }
    names = [("given_name", "surname"), ("first_name", "surname")]
    singles = [("soc_sec_id",), ("date_of_birth",), ("address_1",), ("email",)]
    if len(frame) < 2_000:
        singles += [("first_name",), ("surname",), ("dob",)]
    doubles = [
        ("postcode", "street_number"), ("surname", "postcode"), ("given_name", "postcode"), ("given_name", "suburb"),
        ("surname", "state"), ("given_name", "state"), ("surname", "dob"), ("first_name", "dob"), ("first_name", "city"),
        ("surname", "city"), ("dob", "city"),
    ]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[of for column, of in compared.items() if column in frame],
        blocking_rules_to_generate_predictions=among(names + singles + doubles),
    )
    database = DuckDBAPI()
    linker = Linker(database.register(frame), settings)
    sure = [("soc_sec_id",), ("given_name", "surname", "date_of_birth"), ("first_name", "surname", "dob"),
            ("given_name", "surname", "postcode"), ("email",)]
    linker.training.estimate_probability_two_random_records_match(among(sure), recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6)
    for rule in among([("date_of_birth",), ("dob",), ("postcode",), ("email",), *names]):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    found = linker.inference.predict(threshold_match_probability=1e-6).as_pandas_dataframe()
    seconds = time.perf_counter() - began
    scored = list(zip(found["unique_id_l"], found["unique_id_r"], found["match_probability"]))
    return scored, seconds


def joined(scored, least):
    """Every pair of every group that links of at least this probability make."""
    group = {}

    def of(key):
        while group.setdefault(key, key) != key:
            group[key] = group[group[key]]
            key = group[key]
        return key

    for left, right, probability in scored:
        if probability >= least:
            group[of(left)] = of(right)
    keys = list(group)
    return pairs_of(keys, [of(key) for key in keys])


def f1_of(pairs, truth):
    return 2 * len(pairs & truth) / (len(pairs) + len(truth))


def line(name, what, pairs, truth, seconds):
    right = len(pairs & truth)
    precision = right / max(1, len(pairs))
    recall = right / len(truth)
    figures = precision, recall, f1_of(pairs, truth)
    tell(name, what, f"{len(pairs):,}", f"{right:,}", *(f"{figure:.4f}" for figure in figures), seconds)


def run(options):
    head(["data", "by"], ["found", "right", "precision", "recall", "F1", "seconds"])
    for name, plan, file, frame, truth in sets(options):
        if options.sets and name not in options.sets:
            continue
        draws = [engine(options, name, plan, file, draw) for draw in range(DRAWS)]
        draws.sort(key=lambda draw: f1_of(draw[0], truth))
        (worst, *_), (best, *_) = draws[0], draws[-1]
        finding, importing = min(draw[3] for draw in draws), min(draw[2] for draw in draws)
        seconds = f"{finding:.2f} (import {importing:.2f})"
        line(f"{name} ({len(truth):,})", f"engine, the worst of {DRAWS} draws of ids", worst, truth, seconds)
        line("", "engine, the best", best, truth, "")
        sure = max((draw[1] for draw in draws), key=lambda sure: len(sure - truth))
        line("", "engine, merged without asking (0.999), the worst", sure, truth, "")
        pairs, seconds = recordlinkage_pairs(frame)
        line("", "recordlinkage, ECM", pairs, truth, f"{seconds:.2f}")
        try:
            scored, seconds = splink_pairs(frame)
        except Exception as failed:  # Its training may not converge on few records: then there is no figure.
            tell("", "splink", *[""] * 5, f"failed: {str(failed).splitlines()[0][:80]}")
            continue
        line("", f"splink, {LIKELY}", {ordered(row[:2]) for row in scored if row[2] >= LIKELY}, truth, f"{seconds:.2f}")
        closed = [joined(scored, least) for least in (0.5, 0.8, 0.95, 0.99, 0.999, 0.9999)]
        best = max(closed, key=lambda pairs: f1_of(pairs, truth))
        line("", "splink, joined, the best threshold by the key", best, truth, "")
