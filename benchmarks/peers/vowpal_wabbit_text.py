"""Asks Vowpal Wabbit how it reads texts of `--cb_adf`: the fixture of the importer's test.

    python vowpal_wabbit_text.py FIXTURE.json   reads its texts again, and writes what each is read as into it
"""

import json
import sys
from importlib.metadata import version

from vowpalwabbit.pyvw import LabelType, Workspace

NO_COST = 3.4028234663852886e38


def label_of(example):
    """Cost and probability, where the line has both; of a line that is shared the probability is -1."""
    costs = example.get_label(LabelType.CONTEXTUAL_BANDIT).costs
    if len(costs) == 0 or costs[0].cost == NO_COST:
        return None
    return {"cost": costs[0].cost, "probability": round(costs[0].probability, 6)}


def is_shared(example):
    costs = example.get_label(LabelType.CONTEXTUAL_BANDIT).costs
    return len(costs) == 1 and costs[0].probability == -1


def namespaces_of(example):
    """By their first letter, the place and the value of each feature: names of one place are one feature."""
    return [
        [
            chr(example.namespace(place)),
            [
                [example.feature(place, at), round(example.feature_weight(place, at), 6)]
                for at in range(example.num_features_in(place))
            ],
        ]
        for place in range(example.num_namespaces())
    ]


def read(text):
    workspace = Workspace("--cb_adf --noconstant --no_stdin --quiet")
    try:
        examples = workspace.parse(text)
        lines = [
            {
                "shared": is_shared(example),
                "tag": example.get_tag(),
                "label": label_of(example),
                "namespaces": namespaces_of(example),
            }
            for example in examples
        ]
        # Some of what cannot be read is found only as it is learned from.
        workspace.learn(examples)
        return {"text": text, "lines": lines}
    except RuntimeError as error:
        return {"text": text, "refused": str(error)}


def main(path):
    with open(path, encoding="utf8") as file:
        texts = [case["text"] for case in json.load(file)["cases"]]
    cases = ",\n".join(json.dumps(read(text), ensure_ascii=False) for text in texts)
    with open(path, "w", encoding="utf8") as file:
        file.write(f'{{"version": "{version("vowpalwabbit")}", "cases": [\n{cases}\n]}}\n')


main(sys.argv[1])
