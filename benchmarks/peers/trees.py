"""scikit-learn's HistGradientBoosting on the sets of bench:trees. Prints one JSON object.

    write FOLDER ROWS  writes each set as NAME.f32 (features, row after row) and NAME.f64 (labels): name to "loss rows width"
    fit FOLDER NAME LOSS ROWS WIDTH all|one  fits to the first half of the rows: loss on the other half, seconds on one
                       thread, in processor time too, and on all
"""
import json
import os
import sys
import time

import numpy as np
import river.datasets
import sklearn
import sklearn.datasets
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits


def bananas(_):
    rows = [(list(features.values()), label) for features, label in river.datasets.Bananas()]
    return np.array([row for row, _ in rows], dtype=float), np.array([float(label) for _, label in rows])


def hastie(rows):
    features, labels = sklearn.datasets.make_hastie_10_2(n_samples=rows, random_state=5)
    return features, (labels + 1) / 2


SETS = {
    "friedman": ("squared", lambda rows: sklearn.datasets.make_friedman1(n_samples=rows, noise=1.0, random_state=5)),
    "hastie": ("logistic", hastie),
    "bananas": ("logistic", bananas),
}


def write(folder, rows):
    result = {}
    for name, (loss, load) in SETS.items():
        features, labels = load(rows)
        order = np.random.default_rng(3).permutation(len(labels))[:rows]
        features[order].astype("<f4").tofile(os.path.join(folder, f"{name}.f32"))
        labels[order].astype("<f8").tofile(os.path.join(folder, f"{name}.f64"))
        result[name] = f"{loss} {len(order)} {features.shape[1]}"
    return result


def fit(folder, name, loss, rows, width, threads_asked):
    features = np.fromfile(os.path.join(folder, f"{name}.f32"), dtype="<f4").reshape(rows, width)
    labels = np.fromfile(os.path.join(folder, f"{name}.f64"), dtype="<f8")
    half = rows // 2
    kind = HistGradientBoostingRegressor if loss == "squared" else HistGradientBoostingClassifier
    result = {"version": sklearn.__version__}
    # One thread last: its model is the one that is judged.
    for threads, key in ((os.cpu_count(), "secondsOnAllThreads"), (1, "seconds")):
        if threads != 1 and threads_asked != "all":
            continue
        with threadpool_limits(limits=threads):
            model = kind(early_stopping=False)
            start, processor = time.perf_counter(), time.process_time()
            model.fit(features[:half], labels[:half])
            result[key] = time.perf_counter() - start
            if threads == 1:
                result["processorSeconds"] = time.process_time() - processor
    if loss == "squared":
        result["loss"] = float(np.mean((model.predict(features[half:]) - labels[half:]) ** 2) / 2)
    else:
        chance = np.clip(model.predict_proba(features[half:])[:, 1], 1e-12, 1 - 1e-12)
        result["loss"] = float(-np.mean(np.where(labels[half:] == 1, np.log(chance), np.log(1 - chance))))
    return result


def main():
    mode, folder, *rest = sys.argv[1:]
    if mode == "write":
        result = write(folder, int(rest[0]))
    else:
        result = fit(folder, rest[0], rest[1], int(rest[2]), int(rest[3]), rest[4])
    print(json.dumps(result))


main()
