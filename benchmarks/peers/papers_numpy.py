"""The loops of bench:papers in NumPy, one round at a time. Prints one JSON object.

    SETTING      rounds, and the constants of each paper as bench:papers has them; speeds and means by algorithm
"""
import json
import math
import sys
import time

import numpy as np


def measure(play, rounds):
    """The middle speed of three runs, by processor time, and the mean of the last."""
    speeds, mean = [], math.nan
    for _ in range(3):
        start = time.process_time()
        mean = play(rounds)
        speeds.append(rounds / (time.process_time() - start))
    return sorted(speeds)[1], float(mean)


# Paper 22


class LinearSystem:
    def __init__(self, s):
        self.a, self.b = np.array(s["transition"]), np.array(s["input"])
        self.omega, self.theta = np.array(s["readout"]), np.array(s["direct"])
        self.noise, self.x = s["noise"], np.zeros(len(s["transition"]))
        self.random = np.random.default_rng(1)

    def play(self, u):
        y = self.omega @ self.x + self.theta @ u + self.noise * self.random.standard_normal()
        self.x = self.a @ self.x + self.b @ u + self.noise * self.random.standard_normal(len(self.x))
        return y


class DynLinUcb:
    def __init__(self, s, holds=True):
        b = s["bounds"]
        self.vectors = np.array(s["vectors"])
        self.rho = b["spectralRadius"] if holds else 0.0
        d = self.vectors.shape[1]
        lam, horizon = s["ridge"], s["horizon"]
        self.inverse, self.sums, self.estimate = np.eye(d) / lam, np.zeros(d), np.zeros(d)
        settle = 1 - self.rho
        c1 = b["action"] * b["readout"] * b["overshoot"] * (b["action"] * b["input"] / settle + b["state"]) if holds else 0
        c2 = b["direct"] + b["readout"] * b["input"] * b["overshoot"] / settle
        variance = b["noise"] ** 2 * (1 + (b["readout"] * b["overshoot"]) ** 2 / (1 - self.rho**2))
        self.width = lambda t: (
            c1 / math.sqrt(lam) * math.log(math.e * (t + 1))
            + c2 * math.sqrt(lam)
            + math.sqrt(2 * variance * (math.log(horizon) + d / 2 * math.log1p(t * b["action"] ** 2 / (d * lam))))
        )
        self.random = np.random.default_rng(2)
        self.round = self.epoch = self.left = self.held = 0

    def next(self):
        if self.left == 0:
            self.epoch += 1
            spread = np.einsum("ki,ij,kj->k", self.vectors, self.inverse, self.vectors)
            bounds = self.vectors @ self.estimate + self.width(self.round) * np.sqrt(np.maximum(spread, 0))
            self.held = self.random.choice(np.flatnonzero(bounds >= bounds.max() * (1 - 1e-12)))
            longer = 0 if self.rho == 0 else int(math.log(self.epoch) / math.log(1 / self.rho) + 1e-12)
            self.left = 1 + longer
        return self.held

    def learn(self, reward):
        self.left -= 1
        self.round += 1
        if self.left > 0:
            return
        u = self.vectors[self.held]
        solved = self.inverse @ u
        self.inverse -= np.outer(solved, solved) / (1 + u @ solved)
        self.sums += u * reward
        self.estimate = self.inverse @ self.sums


class DiscountedUcb:
    def __init__(self, s):
        self.s, self.vectors = s, np.array(s["vectors"])
        self.d = self.vectors.shape[1]
        self.v, self.squared, self.sums = s["ridge"] * np.eye(self.d), s["ridge"] * np.eye(self.d), np.zeros(self.d)
        self.random = np.random.default_rng(2)
        self.round = self.held = 0

    def next(self):
        s, keep, lam = self.s, self.s["discount"], self.s["ridge"]
        inverse = np.linalg.inv(self.v)
        spread = np.einsum("ki,ij,kj->k", self.vectors, inverse @ self.squared @ inverse, self.vectors)
        action = s["bounds"]["action"]
        grown = (1 - keep ** (2 * self.round)) / (1 - keep**2)
        width = math.sqrt(lam) * s["coefficients"] + s["bounds"]["noise"] * math.sqrt(
            2 * math.log(s["horizon"]) + self.d * math.log1p(action**2 * grown / (lam * self.d))
        )
        bounds = self.vectors @ (inverse @ self.sums) + width * np.sqrt(np.maximum(spread, 0))
        self.held = self.random.choice(np.flatnonzero(bounds >= bounds.max() * (1 - 1e-12)))
        return self.held

    def learn(self, reward):
        keep, lam, u = self.s["discount"], self.s["ridge"], self.vectors[self.held]
        self.round += 1
        outer = np.outer(u, u)
        self.v = keep * self.v + outer + (1 - keep) * lam * np.eye(self.d)
        self.squared = keep**2 * self.squared + outer + (1 - keep**2) * lam * np.eye(self.d)
        self.sums = keep * self.sums + u * reward


class Exp3:
    def __init__(self, s, batch=1):
        k, self.batch, self.largest = s["count"], batch, s["largest"]
        batches = math.ceil(s["horizon"] / batch)
        self.gamma = min(1, math.sqrt(k * math.log(k) / ((math.e - 1) * 2 * batches / 3)))
        self.logs, self.p = np.zeros(k), np.full(k, 1 / k)
        self.random = np.random.default_rng(2)
        self.left = self.held = 0
        self.sum = 0.0

    def next(self):
        if self.left == 0:
            self.held, self.left, self.sum = self.random.choice(len(self.p), p=self.p), self.batch, 0.0
        return self.held

    def learn(self, reward):
        self.left -= 1
        self.sum += min(1, max(0, (reward + 2 * self.largest) / (4 * self.largest)))
        if self.left > 0:
            return
        k = len(self.p)
        self.logs[self.held] += self.gamma / k * self.sum / self.batch / self.p[self.held]
        weights = np.exp(self.logs - self.logs.max())
        self.p = (1 - self.gamma) * weights / weights.sum() + self.gamma / k


class Autoregressive:
    def __init__(self, s):
        b = s["bounds"]
        self.k, self.a, self.noise, self.largest = s["count"], b["spectralRadius"], b["noise"], s["largest"]
        self.epoch = math.ceil(self.k / (self.a * self.noise) ** 3)
        self.c0 = math.sqrt(
            4 * math.log(1 / (self.a * self.noise)) + 4 * math.log(self.epoch) + 2 * math.log(4 * self.k)
        )
        self.believed, self.played = np.zeros(self.k), np.zeros(self.k)
        self.triggered = np.full(self.k, np.inf)
        self.round = self.held = self.best = 0

    def next(self):
        within = self.round % self.epoch
        if within == 0:
            self.triggered[:] = np.inf
        if within < self.k:
            self.held = within
            return self.held
        best = self.best
        since = self.round - self.played
        radius = 24 * self.c0 * self.noise * np.sqrt((self.a**2 - self.a ** (2 * (since + 1))) / (1 - self.a**2))
        fires = np.isinf(self.triggered) & (self.believed[best] - self.believed <= radius)
        fires[best] = False
        self.triggered[fires] = self.round
        waits = self.triggered.copy()
        waits[best] = np.inf
        waiting = int(np.argmin(waits))
        self.held = waiting if within % 2 == 1 and np.isfinite(waits[waiting]) else best
        return self.held

    def learn(self, reward):
        self.believed *= self.a
        self.believed[self.held] = self.a * min(self.largest, max(-self.largest, reward))
        self.played[self.held] = self.round
        self.triggered[self.held] = np.inf
        # The better one of the two arms played last.
        if self.believed[self.held] > self.believed[self.best]:
            self.best = self.held
        self.round += 1


def dynamical(s):
    vectors = np.array(s["vectors"])
    players = {
        "DynLin-UCB": lambda: DynLinUcb(s),
        "Lin-UCB": lambda: DynLinUcb(s, holds=False),
        "D-Lin-UCB": lambda: DiscountedUcb(s),
        "AR2": lambda: Autoregressive(s),
        "EXP3": lambda: Exp3(s),
        "batched EXP3": lambda: Exp3(s, s["batch"]),
    }

    def playing(make):
        def play(rounds):
            player, system, total = make(), LinearSystem(s), 0.0
            for _ in range(rounds):
                reward = system.play(vectors[player.next()])
                player.learn(reward)
                total += reward
            return total / rounds

        return play

    return {f"22 {name}": playing(make) for name, make in players.items()}


# Paper 24


class LastSwitch:
    """Arms whose payoff depends on how long they rested (1 and up) or were played in a row (below 0)."""

    def __init__(self, s):
        self.means, self.tau, self.phi = np.array(s["means"]), s["tauMax"], s["phiMax"]
        self.states = np.full(len(self.means), self.tau)
        self.random = np.random.default_rng(1)

    def cells(self, states):
        # From the most tired state to the most rested.
        return np.where(states > 0, self.phi - 2 + np.minimum(states, self.tau), self.phi - 1 + np.maximum(states, 1 - self.phi))

    def play(self, arm):
        expected = 0.0 if arm is None else self.means[arm, self.cells(self.states)[arm]]
        reward = float(self.random.random() < expected)
        self.states = advance(self.states, arm, self.tau, self.phi)
        return reward


def advance(states, arm, tau, phi):
    rested = np.where(states < 0, 1, np.minimum(states + 1, tau))
    if arm is not None:
        rested[arm] = -1 if states[arm] > 0 else max(states[arm] - 1, 1 - phi)
    return rested


class Greedy:
    def __init__(self, arms):
        self.arms = arms

    def next(self):
        arms = self.arms
        return int(np.argmax(arms.means[np.arange(len(arms.means)), arms.cells(arms.states)]))

    def learn(self, arm, state, reward):
        pass


class RoundRobin:
    def __init__(self, arms):
        self.count, self.round = len(arms.means), -1

    def next(self):
        self.round += 1
        return self.round % self.count

    def learn(self, arm, state, reward):
        pass


class BestArm:
    def __init__(self, arms):
        self.round, best = -1, (-1.0, 0, 1, 1)
        for arm, row in enumerate(arms.means):
            for tau in range(1, arms.tau + 1):
                for phi in range(1, arms.phi + 1):
                    tired = [row[max(arms.phi - 1 - k, 0)] for k in range(1, phi)]
                    best = max(best, ((row[arms.phi - 2 + tau] + sum(tired)) / (tau + phi), arm, tau, phi))
        _, self.arm, self.rest, self.plays = best

    def next(self):
        self.round += 1
        return None if self.round % (self.rest + self.plays) < self.rest else self.arm

    def learn(self, arm, state, reward):
        pass


class Ucb1:
    def __init__(self, arms):
        self.plays, self.rewards, self.round = np.zeros(len(arms.means)), np.zeros(len(arms.means)), 0

    def next(self):
        self.round += 1
        with np.errstate(divide="ignore", invalid="ignore"):
            bounds = self.rewards / self.plays + np.sqrt(2 * math.log(self.round) / self.plays)
        return int(np.argmax(np.where(self.plays == 0, np.inf, bounds)))

    def learn(self, arm, state, reward):
        self.plays[arm] += 1
        self.rewards[arm] += reward


class CombUcb:
    def __init__(self, arms, block):
        self.arms, self.block, self.round, self.ahead = arms, block, 0, []
        self.plays, self.rewards = np.zeros_like(arms.means), np.zeros_like(arms.means)

    def next(self):
        self.round += 1
        if not self.ahead:
            with np.errstate(divide="ignore", invalid="ignore"):
                upper = self.rewards / self.plays + np.sqrt(1.5 * math.log(self.round) / self.plays)
            upper = np.minimum(np.where(self.plays == 0, np.inf, upper), 1)
            self.ahead = self.best(upper, self.arms.states, self.block)[1]
        return self.ahead.pop(0)

    def best(self, upper, states, left):
        if left == 0:
            return 0.0, []
        found = (-math.inf, [])
        cells = self.arms.cells(states)
        for arm in [*range(len(upper)), None]:
            now = 0.0 if arm is None else upper[arm, cells[arm]]
            rest, plays = self.best(upper, advance(states, arm, self.arms.tau, self.arms.phi), left - 1)
            if now + rest > found[0]:
                found = (now + rest, [arm, *plays])
        return found

    def learn(self, arm, state, reward):
        cell = self.arms.cells(np.array([state]))[0]
        self.plays[arm, cell] += 1
        self.rewards[arm, cell] += reward


class ExploreThenPlan:
    """Samples of every state of every arm, then the best of 64 schedules rounded from the relaxation of their means."""

    def __init__(self, arms, samples):
        self.arms, self.samples = arms, samples
        self.plays, self.rewards = np.zeros_like(arms.means), np.zeros_like(arms.means)
        self.states = np.array([*range(1 - arms.phi, 0), *range(1, arms.tau + 1)])
        self.random = np.random.default_rng(2)
        self.schedule, self.round = None, 0

    def next(self):
        if self.schedule is None:
            done, arm = self.explore()
            if not done:
                return arm
            self.plan()
        arm = int(self.playing(self.schedule, np.array([self.round]))[0])
        self.round += 1
        return None if arm < 0 else arm

    def explore(self):
        lacks = np.maximum(self.samples - self.plays, 0)
        states = self.arms.states
        now = lacks[np.arange(len(lacks)), self.arms.cells(states)]
        if now.max() > 0:
            return False, int(np.argmax(now))
        if lacks.max() == 0:
            return True, None
        by_rest = self.states > np.maximum(states, 0)[:, None]
        if (lacks * by_rest).any():
            return False, None
        by_play = ~by_rest & ((states[:, None] > 0) | (self.states < states[:, None]))
        towards = (lacks * by_play).sum(axis=1)
        return False, int(np.argmax(towards)) if towards.max() > 0 else None

    def plan(self):
        self.means = np.clip([isotonic(r / p, p) for r, p in zip(self.rewards, self.plays)], 0, 1)
        blocks = self.relax()
        schedules = [self.round_blocks(blocks) for _ in range(64)]
        self.schedule = max(schedules, key=self.value)

    def relax(self):
        """Each arm's blocks (rest, plays, share of its time), by a price on each play that makes the arms come apart."""
        tau, phi = (each.ravel() for each in np.mgrid[1 : self.arms.tau + 1, 1 : self.arms.phi + 1])
        tired = np.cumsum(np.pad(self.means[:, : self.arms.phi - 1][:, ::-1], ((0, 0), (1, 0))), axis=1)
        pays = self.means[:, self.arms.phi - 2 + tau] + tired[:, phi - 1]
        tau, phi = np.append(tau, 0), np.append(phi, 1)
        pays = np.column_stack([pays, self.means[:, 0]])

        def at(price):
            worth = (pays - price * phi) / (tau + phi)
            best = worth.argmax(axis=1)
            used = worth.max(axis=1) > 0
            return best, used, (phi / (tau + phi))[best][used].sum()

        def blocks(priced, share):
            best, used, _ = priced
            return [(arm, tau[b], phi[b], share) for arm, b in enumerate(best) if used[arm] and share > 0]

        low, high = 0.0, 1.0
        if at(low)[2] <= 1:
            return blocks(at(low), 1.0)
        while low < (low + high) / 2 < high:
            middle = (low + high) / 2
            low, high = (middle, high) if at(middle)[2] > 1 else (low, middle)
        many, few = at(low), at(high)
        share = (1 - few[2]) / (many[2] - few[2])
        return blocks(many, share) + blocks(few, 1 - share)

    def round_blocks(self, blocks):
        schedule = []
        for arm in range(len(self.means)):
            left, offset = self.random.random(2)
            for _, tau, phi, share in (block for block in blocks if block[0] == arm):
                left -= share
                if left < 0:
                    schedule.append((arm, tau, phi, int(offset * (tau + phi))))
                    break
        return schedule

    def playing(self, schedule, rounds):
        """The arm of each round, -1 for none: of those that do not rest, the one whose virtual state pays most."""
        best, taken = np.full(len(rounds), -1.0), np.full(len(rounds), -1)
        for arm, tau, phi, offset in schedule:
            phase = (rounds + offset) % (tau + phi)
            virtual = np.where(phase == tau, tau, tau - phase) if tau > 0 else np.full(len(rounds), 1 - self.arms.phi)
            pays = np.where(phase >= tau, self.means[arm, self.arms.cells(virtual)], -1.0)
            taken = np.where(pays > best, arm, taken)
            best = np.maximum(pays, best)
        return taken

    def value(self, schedule):
        warm = self.arms.tau + self.arms.phi
        period = min(math.lcm(*(int(tau + phi) for _, tau, phi, _ in schedule)), 10_000)
        rounds = np.arange(warm + period)
        taken, total = self.playing(schedule, rounds), np.zeros(len(rounds))
        for arm in range(len(self.means)):
            played = taken == arm
            before = np.concatenate([[False], played[:-1]])
            last = np.maximum.accumulate(np.where(played, rounds, -1 - self.arms.tau))
            gap = rounds - np.concatenate([[-1 - self.arms.tau], last[:-1]])
            start = np.maximum.accumulate(np.where(played & ~before, rounds, 0))
            states = np.where(before, -(rounds - np.concatenate([[0], start[:-1]])), gap - 1)
            total += np.where(played, self.means[arm, self.arms.cells(np.where(states == 0, 1, states))], 0)
        return total[warm:].mean()

    def learn(self, arm, state, reward):
        if self.schedule is None:
            cell = self.arms.cells(np.array([state]))[0]
            self.plays[arm, cell] += 1
            self.rewards[arm, cell] += reward


def isotonic(values, weights):
    """The nearest values that do not fall, by pooling neighbours that do."""
    pools = []
    for value, weight in zip(values, weights):
        pools.append([value, weight, 1])
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            mean, mass, size = pools.pop()
            before = pools[-1]
            before[0] = (before[0] * before[1] + mean * mass) / (before[1] + mass)
            before[1] += mass
            before[2] += size
    return np.concatenate([np.full(size, mean) for mean, _, size in pools])


def last_switch(s):
    players = {
        "explore, then plan": lambda arms: ExploreThenPlan(arms, s["samples"]),
        "CombUCB1": lambda arms: CombUcb(arms, s["blockLength"]),
        "greedy": Greedy,
        "best arm": BestArm,
        "round robin": RoundRobin,
        "UCB1": Ucb1,
    }

    def playing(make):
        def play(rounds):
            arms = LastSwitch(s)
            player, total = make(arms), 0.0
            for _ in range(rounds):
                arm = player.next()
                state = None if arm is None else arms.states[arm]
                reward = arms.play(arm)
                if arm is not None:
                    player.learn(arm, state, reward)
                total += reward
            return total / rounds

        return play

    return {f"24 {name}": playing(make) for name, make in players.items()}


# Paper 26


def batched_descent(o, losses):
    k, horizon, batches, eta = o["actions"], o["horizon"], o["batches"], o["learningRate"]
    observed = o["observed"]
    random = np.random.default_rng(2)
    logs, weights = np.zeros(k), np.full(k, 1 / k)
    action, total = int(random.choice(k, p=weights)), 0.0
    for batch in range(batches):
        start, end = batch * horizon // batches, (batch + 1) * horizon // batches
        total += losses[start:end, action].sum()
        row = losses[start + random.integers(end - start)]
        estimate = np.zeros(k)
        if observed["kind"] == "full":
            estimate = row
        elif observed["kind"] == "flexible":
            seen = random.choice(k, observed["count"], replace=False)
            estimate[seen] = row[seen] * k / observed["count"]
        else:
            estimate[action] = row[action] / weights[action]
        logs = logs - eta * estimate
        logs -= logs.max()
        weights = np.exp(logs)
        weights /= weights.sum()
        stays = o["dartboard"] and random.random() < math.exp(-eta * estimate[action])
        if not stays:
            action = int(random.choice(k, p=weights))
    return total / horizon


def lazy_leader(losses):
    horizon, k = losses.shape
    width = math.sqrt(horizon / math.log(k))
    offset = np.random.default_rng(2).random(k) * width
    sums, total = np.zeros(k), 0.0
    for row in losses:
        leader = int(np.argmin(offset + np.ceil((sums - offset) / width) * width))
        total += row[leader]
        sums += row
    return total / horizon


def switching(s, rounds):
    random = np.random.default_rng(1)
    chances = np.full(s["actions"], 0.5)
    chances[random.integers(s["actions"])] -= s["gap"]
    losses = (random.random((rounds, s["actions"])) < chances).astype(float)
    methods = {name: (lambda _, o=o: batched_descent(o, losses)) for name, o in s["schedules"].items()}
    methods["lazy leader"] = lambda _: lazy_leader(losses)
    return {f"26 {name}": play for name, play in methods.items()}


def main():
    s = json.loads(sys.argv[1])
    rounds = s["rounds"]
    found = {"version": np.__version__}
    plays = {**dynamical(s["dynamical"]), **last_switch(s["lastSwitch"]), **switching(s["switching"], rounds)}
    for name, play in plays.items():
        found[f"{name} rounds per second"], found[f"{name} mean"] = measure(play, rounds)
    print(json.dumps(found))


main()
