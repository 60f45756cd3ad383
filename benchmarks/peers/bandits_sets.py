"""Writes the classification sets of bench:bandits into a folder. Prints one JSON object: name to "rows features classes".

    FOLDER MOST_ROWS

Of each set NAME.features (float32, row after row, each column of mean 0 and deviation 1) and NAME.classes (one byte a
row). Where a set has more rows, MOST_ROWS of them are drawn; where it has fewer than a thousand, it is repeated.
"""
import json
import os
import sys

import numpy as np
import river.datasets
import sklearn.datasets

LEAST_ROWS = 1000


def carried(load):
    bunch = load()
    return bunch.data, bunch.target


def streamed(stream):
    rows = [(list(features.values()), label) for features, label in stream]
    return np.array([row for row, _ in rows], dtype=float), np.array([label for _, label in rows])


def generated(**structure):
    return sklearn.datasets.make_classification(n_samples=20_000, random_state=7, shuffle=True, **structure)


SETS = {
    "digits": lambda: carried(sklearn.datasets.load_digits),
    "breast cancer": lambda: carried(sklearn.datasets.load_breast_cancer),
    "wine": lambda: carried(sklearn.datasets.load_wine),
    "iris": lambda: carried(sklearn.datasets.load_iris),
    "image segments": lambda: streamed(river.datasets.ImageSegments()),
    "phishing": lambda: streamed(river.datasets.Phishing()),
    "bananas": lambda: streamed(river.datasets.Bananas()),
    "ten classes": lambda: generated(n_features=30, n_informative=12, n_redundant=6, n_classes=10, n_clusters_per_class=1),
    "clusters": lambda: generated(n_features=20, n_informative=8, n_classes=4, n_clusters_per_class=3, class_sep=1.5),
    "noisy, uneven": lambda: generated(
        n_features=40, n_informative=10, n_classes=5, n_clusters_per_class=1, flip_y=0.1, weights=[0.5, 0.2, 0.15, 0.1, 0.05]
    ),
}


def write(folder, name, features, labels, most):
    features = np.asarray(features, dtype=float)
    _, classes = np.unique(labels, return_inverse=True)
    rows = len(features)
    chance = np.random.default_rng(11)
    if rows > most:
        chosen = chance.permutation(rows)[:most]
    else:
        chosen = np.tile(np.arange(rows), max(1, -(-LEAST_ROWS // rows)))[:most]
    deviation = features.std(axis=0)
    features = ((features - features.mean(axis=0)) / np.where(deviation > 0, deviation, 1))[chosen]
    features.astype("<f4").tofile(os.path.join(folder, f"{name}.features"))
    classes[chosen].astype("u1").tofile(os.path.join(folder, f"{name}.classes"))
    return f"{len(chosen)} {features.shape[1]} {classes.max() + 1}"


def main():
    folder, most = sys.argv[1], int(sys.argv[2])
    os.makedirs(folder, exist_ok=True)
    print(json.dumps({name: write(folder, name, *load(), most) for name, load in SETS.items()}))


main()
