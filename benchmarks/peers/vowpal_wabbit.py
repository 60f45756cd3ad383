"""Vowpal Wabbit on the problem of bench:decide. Prints one JSON object.

    speed FILE                  reads and learns the text file
    memory FILE EXAMPLES        learns examples that were parsed before
    reward FILE REWARDS SEED    acts, is told the reward of what it did, learns: mean reward
"""
import array
import json
import random
import sys
import time

import vowpalwabbit

OPTIONS = "--cb_explore_adf --squarecb --quiet"


def blocks(path):
    with open(path) as file:
        block = []
        for line in file:
            line = line.rstrip("\n")
            if line:
                block.append(line)
            elif block:
                yield block
                block = []


def speed(path):
    start = time.perf_counter()
    workspace = vowpalwabbit.Workspace(f"{OPTIONS} -d {path}")
    seconds = time.perf_counter() - start
    workspace.finish()
    return {"seconds": seconds}


def memory(path, most):
    workspace = vowpalwabbit.Workspace(OPTIONS)
    examples = []
    for block in blocks(path):
        examples.append(workspace.parse(block))
        if len(examples) == most:
            break
    start = time.perf_counter()
    for example in examples:
        workspace.learn(example)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "examples": len(examples)}


def reward(path, rewards_path, seed):
    rewards = array.array("B")
    with open(rewards_path, "rb") as file:
        rewards.frombytes(file.read())
    chance = random.Random(seed)
    workspace = vowpalwabbit.Workspace(f"{OPTIONS} --random_seed {seed}")
    total = 0
    count = 0
    for block in blocks(path):
        lines = [line[line.index("|"):] if not line.startswith("shared") else line for line in block]
        probabilities = workspace.predict(lines)
        action = chance.choices(range(len(probabilities)), probabilities)[0]
        got = rewards[count * len(probabilities) + action]
        lines[1 + action] = f"0:{-got}:{probabilities[action]} {lines[1 + action]}"
        workspace.learn(lines)
        total += got
        count += 1
    return {"reward": total / count}


def main():
    mode, path, *rest = sys.argv[1:]
    if mode == "speed":
        result = speed(path)
    elif mode == "memory":
        result = memory(path, int(rest[0]))
    else:
        result = reward(path, rest[0], int(rest[1]))
    print(json.dumps({**result, "version": vowpalwabbit.__version__}))


main()
