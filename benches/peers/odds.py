"""Scores: models that `crm call score_model.train` learned beside scikit-learn's, on the same five folds."""

import csv
import json
import re
import time
import warnings

import numpy as np
import pandas as pd
import shapes
from peers import head, said, tell
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import CategoricalNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, OrdinalEncoder

warnings.filterwarnings("ignore")

METHODS = ["additive", "logistic", "naive_bayes"]


def sets(options):
    """Name, frame with `y`, plan."""
    frame = pd.read_csv(options.data / "bank" / "bank-full.csv", sep=";").drop(columns="duration")
    yield "bank", frame, (options.plans / "bank.toml").read_text()
    for name, make in shapes.ALL.items():
        frame = make()
        yield name, frame, plan_of(name, frame)


def plan_of(name, frame):
    """A plan for a generated set: every column a custom field of a lead."""
    columns = [column for column in frame if column != "y"]
    kind = {column: "text" if frame[column].dtype == object else "int" for column in columns}
    fields = "".join(
        f'[[custom_field]]\nentity = "lead"\ncode = "{column}"\nlabel = "{column}"\nfield_type = "{kind[column]}"\n\n'
        for column in columns
    )
    custom = "".join(f'custom.{column} = "{column}"\n' for column in columns)
    return f'''source = "{name}"
zone = "UTC"

{fields}[[file]]
name = "{name}.csv"
entity = "lead"
key = "$row"

[file.fields]
name = {{ template = "Client {{$row}}" }}
emails = [{{ template = "client-{{$row}}@leads.example" }}]
source = {{ constant = "telephone" }}
outcome = {{ column = "y", map = {{ yes = "converted", no = "discarded" }} }}
discard_reason = {{ constant = "not now", when = [{{ column = "y", is = ["no"] }}] }}
{custom}'''


class Engine:
    """One store with one fold's leads: those to foretell are open."""

    def __init__(self, options, name, plan, frame, test, fold):
        self.crm = [options.crm, "--store", f"sqlite:{options.scratch / f'{name}-{fold}.db'}"]
        told = frame.copy()
        told.loc[told.index[test], "y"] = ""
        file = re.search(r'name = "([^"]+\.csv)"', plan).group(1)
        folder = options.scratch / f"{name}-{fold}"
        folder.mkdir()
        told.to_csv(folder / file, index=False, sep=";")
        (folder / "plan.toml").write_text(plan)
        self.run("import", "--plan", folder / "plan.toml", "--rejects", folder / "rejects.csv", folder / file)
        self.features = re.findall(r"^(custom\.[a-z0-9_]+) =", plan, re.M)
        rows = csv.DictReader(self.run("export", "lead", "--raw", "--format", "csv").splitlines())
        self.row_of = {row["id"]: int(row["name"].split()[1]) for row in rows}

    def run(self, *words):
        return said(*self.crm, *words)

    def call(self, operation, request):
        return json.loads(self.run("call", operation, json.dumps(request), "--format", "json"))

    def learn(self, method):
        """Seconds that learning takes, with the reading of the leads and the judging on the newest fifth."""
        began = time.perf_counter()
        name = f"by_{method}"
        self.call("score_model.train", {"name": name, "target": "lead", "method": method, "features": self.features})
        return time.perf_counter() - began

    def foretold(self, method, rows):
        """The probability of each open lead, from its score in ten-thousandths of log-odds."""
        name, after, first = f"by_{method}", None, min(self.row_of.values())
        while True:
            page = self.call("score.refresh", {"model": name, "limit": 1_000} | ({"after": after} if after else {}))
            after = page.get("next")
            if not after:
                break
        kept = csv.DictReader(self.run("export", "score", "--raw", "--format", "csv").splitlines())
        odds = {self.row_of[row["subject"]] - first: int(row["value"]) / 10_000 for row in kept if row["model"] == name}
        return 1 / (1 + np.exp(-np.array([odds[row] for row in rows])))


def peers(frame):
    """scikit-learn's three, as its manual would have them: rare levels together, numbers in deciles where a model is linear."""
    columns = [column for column in frame if column != "y"]
    texts = [column for column in columns if frame[column].dtype == object]
    numbers = [column for column in columns if column not in texts]
    spread = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=20)
    tenths = KBinsDiscretizer(10, encode="onehot", strategy="quantile", subsample=None)
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=298, min_frequency=20)
    coded = KBinsDiscretizer(10, encode="ordinal", strategy="quantile", subsample=None)
    few = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=250)
    trees = HistGradientBoostingClassifier(
        categorical_features=list(range(len(texts))), learning_rate=0.05, max_iter=300, early_stopping=True, random_state=0
    )
    return {
        "HistGradientBoosting": make_pipeline(make_column_transformer((few, texts), ("passthrough", numbers)), trees),
        "LogisticRegression": make_pipeline(
            make_column_transformer((spread, texts), (tenths, numbers)), LogisticRegression(max_iter=1_000)
        ),
        "CategoricalNB": make_pipeline(
            make_column_transformer((codes, texts), (coded, numbers)), CategoricalNB(min_categories=300)
        ),
    }


def calibration(y, told):
    """How far probabilities are from what came, over ten bins of equal size, and what that would be by chance alone.

    By chance alone: the mean over 1,000 draws of outcomes that come exactly as they were told.
    """
    tenths = np.array_split(np.argsort(told, kind="stable"), 10)
    dice = np.random.default_rng(0)

    def off(came):
        return sum(abs(told[rows].mean() - came[rows].mean()) * len(rows) for rows in tenths) / len(came)

    return off(y), np.mean([off(dice.random(len(told)) < told) for _ in range(1_000)])


def line(name, what, y, told, seconds):
    off, chance = calibration(y, told)
    told = np.clip(told, 1e-9, 1 - 1e-9)
    figures = roc_auc_score(y, told), brier_score_loss(y, told), log_loss(y, told), off, chance
    tell(name, what, *(f"{figure:.4f}" for figure in figures), f"{seconds / 5:.2f}")


def run(options):
    head(["data", "by"], ["AUC", "Brier", "log-loss", "calibration error", "by chance alone", "a fold, s"])
    for name, frame, plan in sets(options):
        if options.sets and name not in options.sets:
            continue
        y = (frame["y"] == "yes").to_numpy().astype(int)
        folds = list(StratifiedKFold(5, shuffle=True, random_state=0).split(frame, y))
        told = {what: np.zeros(len(y)) for what in [*METHODS, *peers(frame)]}
        seconds = dict.fromkeys(told, 0.0)
        for fold, (train, test) in enumerate(folds):
            engine = Engine(options, name, plan, frame, test, fold)
            for method in METHODS:
                seconds[method] += engine.learn(method)
                told[method][test] = engine.foretold(method, test)
            for what, model in peers(frame).items():
                began = time.perf_counter()
                model.fit(frame.iloc[train].drop(columns="y"), y[train])
                told[what][test] = model.predict_proba(frame.iloc[test].drop(columns="y"))[:, 1]
                seconds[what] += time.perf_counter() - began
        for at, what in enumerate(told):
            title = f"{name} ({len(y):,}, {y.mean():.1%})" if at == 0 else ""
            engine = f"engine, `{what}`" if what in METHODS else what
            line(title, engine, y, told[what], seconds[what])
