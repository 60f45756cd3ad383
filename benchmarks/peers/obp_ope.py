"""Open Bandit Pipeline on the log of bench:ope. Prints one JSON object.

    estimate FOLDER ROWS ACTIONS RESAMPLES      values, seconds of all point estimates, of all bootstrap intervals, memory
"""
import json
import resource
import sys
import time
import types

import numpy as np

try:
    import torch  # noqa: F401
except ImportError:
    # obp's learners of policies need it; nothing that is measured here does.
    stand_in = types.ModuleType("torch")
    stand_in.Tensor = type("Tensor", (), {})
    stand_in.tensor = stand_in.Tensor
    sys.modules["torch"] = stand_in
import importlib.util
import os

# The package's own __init__ imports its learners, and with them torch: ope alone is imported.
location = importlib.util.find_spec("obp").submodule_search_locations[0]
package = types.ModuleType("obp")
package.__path__ = [location]
sys.modules["obp"] = package
dataset = types.ModuleType("obp.dataset")
dataset.__path__ = [os.path.join(location, "dataset")]
from obp.ope import estimators as ope  # noqa: E402
from obp.ope import estimators_tuning as tuning  # noqa: E402


def main():
    folder, rows, actions, resamples = sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])

    def column(name, width=None):
        values = np.fromfile(os.path.join(folder, name), dtype=np.float64)
        return values if width is None else values.reshape(rows, width, 1)

    reward = column("reward")
    pscore = column("probability")
    action = column("action").astype(int)
    action_dist = column("targets", actions)
    q_hat = column("predictions", actions)
    balanced = column("balanced")
    position = np.zeros(rows, dtype=int)
    slope = dict(tuning_method="slope", use_bias_upper_bound=False)
    estimators = {
        "replay": ope.ReplayMethod(),
        "ips": ope.InverseProbabilityWeighting(),
        "snips": ope.SelfNormalizedInverseProbabilityWeighting(),
        "clippedIps": ope.InverseProbabilityWeighting(lambda_=2.0),
        "dm": ope.DirectMethod(),
        "dr": ope.DoublyRobust(),
        "sndr": ope.SelfNormalizedDoublyRobust(),
        "switchDr": ope.SwitchDoublyRobust(lambda_=2.0),
        "shrunkDr": ope.DoublyRobustWithShrinkage(lambda_=10.0),
        "subGaussianIps": ope.SubGaussianInverseProbabilityWeighting(lambda_=0.1),
        "subGaussianDr": ope.SubGaussianDoublyRobust(lambda_=0.1),
        "balancedIps": ope.BalancedInverseProbabilityWeighting(lambda_=np.inf),
        "clippedIps slope": tuning.InverseProbabilityWeightingTuning(lambdas=[1.0, 2.0, 5.0], **slope),
        "shrunkDr slope": tuning.DoublyRobustWithShrinkageTuning(lambdas=[1.0, 10.0, 100.0], **slope),
    }
    given = dict(
        reward=reward,
        action=action,
        pscore=pscore,
        action_dist=action_dist,
        position=position,
        estimated_rewards_by_reg_model=q_hat,
        estimated_importance_weights=balanced,
    )
    values = {}
    start, processor = time.perf_counter(), time.process_time()
    for name, estimator in estimators.items():
        values[name] = float(estimator.estimate_policy_value(**given))
    seconds = time.perf_counter() - start
    processor_seconds = time.process_time() - processor
    widths = {}
    start, processor = time.perf_counter(), time.process_time()
    for name, estimator in estimators.items():
        found = estimator.estimate_interval(**given, n_bootstrap_samples=resamples, random_state=1)
        ends = [value for key, value in found.items() if "CI" in key]
        widths[name] = float(max(ends) - min(ends))
    interval_seconds = time.perf_counter() - start
    interval_processor_seconds = time.process_time() - processor
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    version = open(os.path.join(location, "version.py")).read().split('"')[1]
    print(
        json.dumps(
            dict(
                values=json.dumps(values),
                widths=json.dumps(widths),
                seconds=seconds,
                intervalSeconds=interval_seconds,
                processorSeconds=processor_seconds,
                intervalProcessorSeconds=interval_processor_seconds,
                megabytes=megabytes,
                version=version,
            )
        )
    )


main()
