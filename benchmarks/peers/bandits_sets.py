"""Writes the classification sets of bench:bandits into a folder. Prints one JSON object: name to "rows features classes".

    FOLDER MOST_ROWS FAMILY

FAMILY is `judged`: the ten sets of the benchmark; or `development`: others, on which defaults are chosen.
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


def generated(seed=7, rows=20_000, **structure):
    return sklearn.datasets.make_classification(n_samples=rows, random_state=seed, shuffle=True, **structure)


def synthetic(stream):
    return streamed(stream.take(20_000))


def correlated(seed, width, classes, spread):
    """Gaussian classes whose features are measured through directions of very unequal spread, as those of real tables."""
    chance = np.random.default_rng(seed)
    labels = chance.integers(classes, size=20_000)
    hidden = chance.normal(size=(classes, width))[labels] * spread + chance.normal(size=(20_000, width))
    directions, _ = np.linalg.qr(chance.normal(size=(width, width)))
    return (hidden * np.geomspace(1, 0.02, width)) @ directions, labels


def thirds(load):
    features, numbers = load(return_X_y=True)
    return features, np.digitize(numbers, np.quantile(numbers, [1 / 3, 2 / 3]))


JUDGED = {
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

DEVELOPMENT = {
    "three classes": lambda: generated(101, n_features=20, n_informative=10, n_classes=3),
    "eight classes": lambda: generated(102, n_features=50, n_informative=15, n_classes=8, n_clusters_per_class=1),
    "two classes": lambda: generated(103, n_features=10, n_informative=5, flip_y=0.05),
    "six classes": lambda: generated(104, n_features=30, n_informative=10, n_classes=6, class_sep=1.5),
    "wide": lambda: generated(
        105, n_features=60, n_informative=20, n_redundant=20, n_classes=10, n_clusters_per_class=1, class_sep=2
    ),
    "few rows": lambda: generated(106, 400, n_features=30, n_informative=6, n_redundant=10, n_clusters_per_class=1),
    "uneven": lambda: generated(107, n_features=12, n_informative=6, n_classes=4, n_clusters_per_class=1, weights=[0.6, 0.2, 0.1, 0.1]),
    "waves": lambda: synthetic(river.datasets.synth.Waveform(seed=108, has_noise=False)),
    "digits of seven lights": lambda: synthetic(river.datasets.synth.LED(seed=109, noise_percentage=0.1)),
    "radial": lambda: synthetic(
        river.datasets.synth.RandomRBF(seed_model=110, seed_sample=110, n_classes=5, n_features=10, n_centroids=20)
    ),
    "plane": lambda: synthetic(river.datasets.synth.Hyperplane(seed=111, n_features=15, noise_percentage=0.05)),
    "blobs": lambda: sklearn.datasets.make_blobs(160, 4, centers=4, cluster_std=2.5, random_state=112),
    "moons": lambda: sklearn.datasets.make_moons(20_000, noise=0.25, random_state=113),
    "correlated, seven": lambda: correlated(114, 18, 7, 0.8),
    "correlated, three": lambda: correlated(115, 12, 3, 0.6),
    "correlated, ten": lambda: correlated(116, 30, 10, 0.6),
    "thirds of diabetes": lambda: thirds(sklearn.datasets.load_diabetes),
}
FAMILIES = {"judged": JUDGED, "development": DEVELOPMENT}


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
    folder, most, family = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    os.makedirs(folder, exist_ok=True)
    print(json.dumps({name: write(folder, name, *load(), most) for name, load in FAMILIES[family].items()}))


main()
