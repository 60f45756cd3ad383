"""Peers of bench:bandits, on sets in one order. Prints one JSON object: setting to share of wrong actions, and seconds.

    vowpal FOLDER CLASSES SETTINGS  FOLDER/rows.txt, one example a line; SETTINGS a JSON list of options
    mabwiser SETS ALPHAS            SETS a JSON list of [name, folder of rows.f32 and rows.u8, rows, width, classes]

Each setting acts, is told whether its action was right, and learns, one example after the other.
"""
import json
import os
import sys
import time


def vowpal(folder, classes, settings):
    import vowpalwabbit

    path = os.path.join(folder, "rows.txt")
    cache = os.path.join(folder, "rows.cache")
    result = {"version": vowpalwabbit.__version__}
    nothing = os.path.join(folder, "nothing.txt")
    open(nothing, "w").close()
    for setting in settings:
        # The cache is written by a run that is not timed: reading it costs less than reading text.
        if not os.path.exists(cache):
            vowpalwabbit.Workspace(f"--cbify {classes} -d {path} --cache_file {cache} --quiet").finish()
        # In this process, less what the same takes on no rows: what it costs to start is not counted.
        start = time.perf_counter()
        vowpalwabbit.Workspace(f"--cbify {classes} {setting} -d {nothing} --quiet").finish()
        between = time.perf_counter()
        workspace = vowpalwabbit.Workspace(f"--cbify {classes} {setting} -d {path} --cache_file {cache} --quiet")
        seconds = (time.perf_counter() - between) - (between - start)
        result[f"loss {setting}"] = workspace.get_sum_loss() / workspace.get_weighted_examples()
        result[f"seconds {setting}"] = seconds
        workspace.finish()
    return result


def mabwiser(sets, alphas):
    import importlib.metadata

    import numpy as np
    from mabwiser.mab import MAB, LearningPolicy

    result = {"version": importlib.metadata.version("mabwiser")}
    for name, folder, rows, width, classes in sets:
        features = np.fromfile(os.path.join(folder, "rows.f32"), dtype="<f4").reshape(rows, width).astype(float)
        # It has no constant of its own.
        features = np.hstack([features, np.ones((rows, 1))])
        labels = np.fromfile(os.path.join(folder, "rows.u8"), dtype="u1")
        arms = list(range(classes))
        for alpha in alphas:
            bandit = MAB(arms, LearningPolicy.LinUCB(alpha=alpha), seed=1)
            # Every arm has to be known before the first prediction: rows of zeros teach nothing.
            bandit.fit(arms, [0] * classes, np.zeros((classes, width + 1)))
            wrong = 0
            start = time.perf_counter()
            for row in range(rows):
                context = features[row : row + 1]
                arm = bandit.predict(context)
                reward = int(arm == labels[row])
                bandit.partial_fit([arm], [reward], context)
                wrong += 1 - reward
            result[f"seconds {alpha} {name}"] = time.perf_counter() - start
            result[f"loss {alpha} {name}"] = wrong / rows
    return result


def main():
    peer, *rest = sys.argv[1:]
    if peer == "vowpal":
        result = vowpal(rest[0], int(rest[1]), json.loads(rest[2]))
    else:
        result = mabwiser(json.loads(rest[0]), json.loads(rest[1]))
    print(json.dumps(result))


main()
