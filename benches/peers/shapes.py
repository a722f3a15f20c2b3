"""Generated leads of other shapes than the bank's, each with the odds that made it.

All take their numbers from one seed each and write the same columns: texts, numbers, `y` (`yes`, `no`).
"""

import numpy as np
import pandas as pd

SIZES = ["1-9", "10-49", "50-199", "200-999", "1000+"]
SOURCES = ["web", "fair", "referral", "phone", "partner", "mail", "social", "ad"]


def ranks(dice, count, rows):
    """Values of which the first is far more frequent than the last, as names of towns are."""
    return np.minimum((count ** dice.random(rows)).astype(int), count - 1)


def leads(frame, odds, dice):
    """The frame with what became of each lead."""
    frame["y"] = np.where(dice.random(len(frame)) < 1 / (1 + np.exp(-odds)), "yes", "no")
    return frame


def towns(seed=11, rows=20_000, count=800):
    """Many towns, each with an effect of its own (standard deviation 0.6), beside four other fields; 26 % converted."""
    dice = np.random.default_rng(seed)
    town = ranks(dice, count, rows)
    source, size = dice.integers(0, 8, rows), dice.integers(0, 5, rows)
    visits = dice.poisson(3, rows)
    odds = -1.9 + dice.normal(0, 0.6, count)[town] + dice.normal(0, 0.5, 8)[source] + 0.15 * size + 0.1 * visits
    frame = pd.DataFrame({
        "town": [f"town {at}" for at in town],
        "source": np.take(SOURCES, source),
        "size": np.take(SIZES, size),
        "visits": visits,
        "budget": np.round(np.exp(dice.normal(9, 1, rows))).astype(int),
    })
    return leads(frame, odds, dice)


def rare(seed=12, rows=40_000):
    """2.2 % converted; ten fields, six of which say something."""
    dice = np.random.default_rng(seed)
    texts = {f"text_{at}": dice.integers(0, 4 + 3 * at, rows) for at in range(6)}
    numbers = {f"number_{at}": dice.normal(0, 1, rows) for at in range(4)}
    odds = np.full(rows, -4.75)
    for at, codes in enumerate(list(texts.values())[:4]):
        odds += dice.normal(0, 0.5, 4 + 3 * at)[codes]
    odds += 0.6 * numbers["number_0"] - 0.4 * np.abs(numbers["number_1"])
    columns = {name: [f"level {code}" for code in codes] for name, codes in texts.items()}
    columns |= {name: np.round(values * 100).astype(int) for name, values in numbers.items()}
    return leads(pd.DataFrame(columns), odds, dice)


def noise(seed=13, rows=2_500):
    """Few leads, 24 fields of which three say something; 33 % converted."""
    dice = np.random.default_rng(seed)
    texts = {f"text_{at:02}": dice.integers(0, 6, rows) for at in range(12)}
    numbers = {f"number_{at:02}": dice.normal(0, 1, rows) for at in range(12)}
    odds = -0.8 + dice.normal(0, 0.7, 6)[texts["text_00"]] + 0.5 * numbers["number_00"] + 0.5 * (texts["text_01"] == 2)
    columns = {name: [f"level {code}" for code in codes] for name, codes in texts.items()}
    columns |= {name: np.round(values * 100).astype(int) for name, values in numbers.items()}
    return leads(pd.DataFrame(columns), odds, dice)


def together(seed=14, rows=15_000, count=3_000):
    """What counts is which fields meet: source by size, and a number whose sense the source turns; 3,000 towns of no effect."""
    dice = np.random.default_rng(seed)
    source, size = dice.integers(0, 8, rows), dice.integers(0, 5, rows)
    age = dice.integers(18, 80, rows)
    odds = -0.9 + dice.normal(0, 0.8, (8, 5))[source, size] + np.where(source % 2 == 0, 1, -1) * (age - 49) / 30
    frame = pd.DataFrame({
        "town": [f"town {at}" for at in ranks(dice, count, rows)],
        "source": np.take(SOURCES, source),
        "size": np.take(SIZES, size),
        "age": age,
        "visits": dice.poisson(3, rows),
    })
    return leads(frame, odds, dice)


ALL = {"towns": towns, "rare": rare, "noise": noise, "together": together}
