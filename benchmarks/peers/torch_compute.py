"""PyTorch's side of bench:compute: trains when it is told to. One JSON object a line, in and out.

    torch_compute.py THREADS
    {"load": NAME, "model": MODEL, "config": {…}, "file": PATH, "compiled": BOOL}   → {"steps": steps of one call}
    {"losses": NAME, "calls": N}    takes steps                                     → {"losses": […]}
    {"time": NAME, "calls": N}      takes steps                                     → {"seconds": …, "processorSeconds": …}
    {"drop": NAME}                                                                  → {"peakMemoryMB": …}
"""
import json
import sys
import time

import torch
import torch.nn.functional as F

from torch_models import Decoder, GruModel, Mlp, Unet, load, read_tensors


class Supervised:
    """A model whose loss is a function of a batch; one call is a step on each batch."""

    def __init__(self, model, loss, batches, optimizer, compiled):
        self.batches = batches
        self.steps = len(batches)
        self.loss = torch.compile(loss, dynamic=False) if compiled else loss
        self.optimizer = optimizer(model.parameters())

    def call(self):
        losses = []
        for batch in self.batches:
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(*batch)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.detach())
        return losses


class Td3:
    """Twin critics at each step, the actor and the averages at every second one."""

    def __init__(self, tensors, batches, config, compiled):
        hidden, state, action = config["hidden"], config["state"], config["action"]
        critic_widths, actor_widths = (state + action, hidden, hidden, 1), (state, hidden, hidden, action)

        def networks(kind):
            return (
                load(Mlp(actor_widths), tensors, f"{kind}.actor"),
                load(Mlp(critic_widths), tensors, f"{kind}.first"),
                load(Mlp(critic_widths), tensors, f"{kind}.second"),
            )

        actor, first, second = networks("parameters")
        target_actor, target_first, target_second = networks("targets")
        self.averaged = [p for m in (target_actor, target_first, target_second) for p in m.parameters()]
        self.sources = [p for m in (actor, first, second) for p in m.parameters()]
        self.critic_parameters = [*first.parameters(), *second.parameters()]
        adam = {"lr": config["learningRate"], "fused": True}
        self.actor_optimizer = torch.optim.Adam(actor.parameters(), **adam)
        self.critic_optimizer = torch.optim.Adam(self.critic_parameters, **adam)
        self.batches = batches
        self.steps = len(batches)

        def critic_loss(states, actions, rewards, following, going, noise):
            with torch.no_grad():
                smoothed = (target_actor(following).tanh() + noise).clamp(-1, 1)
                inputs = torch.cat((following, smoothed), 1)
                value = torch.minimum(target_first(inputs), target_second(inputs))
                wanted = rewards + 0.99 * going * value
            inputs = torch.cat((states, actions), 1)
            return F.mse_loss(first(inputs), wanted) + F.mse_loss(second(inputs), wanted)

        def actor_loss(states):
            return -first(torch.cat((states, actor(states).tanh()), 1)).mean()

        self.critic_loss = torch.compile(critic_loss, dynamic=False) if compiled else critic_loss
        self.actor_loss = torch.compile(actor_loss, dynamic=False) if compiled else actor_loss

    def call(self):
        losses = []
        for index, batch in enumerate(self.batches):
            loss = self.critic_loss(*batch)
            self.critic_optimizer.zero_grad(set_to_none=True)
            loss.backward()
            self.critic_optimizer.step()
            losses.append(loss.detach())
            if index % 2 == 0:
                continue
            # The critics get no gradient from the actor's loss.
            for parameter in self.critic_parameters:
                parameter.requires_grad_(False)
            self.actor_optimizer.zero_grad(set_to_none=True)
            self.actor_loss(batch[0]).backward()
            self.actor_optimizer.step()
            for parameter in self.critic_parameters:
                parameter.requires_grad_(True)
            with torch.no_grad():
                torch._foreach_lerp_(self.averaged, self.sources, 0.005)
        return losses


def build(model, config, path, compiled):
    tensors = read_tensors(path)
    names = config["data"]
    steps = tensors[f"data.{names[0]}"].shape[0]
    batches = [tuple(tensors[f"data.{name}"][step].clone() for name in names) for step in range(steps)]
    if model == "td3":
        return Td3(tensors, batches, config, compiled)

    def adam(parameters):
        kind = torch.optim.AdamW if config["weightDecay"] > 0 else torch.optim.Adam
        return kind(parameters, lr=config["learningRate"], weight_decay=config["weightDecay"], fused=True)

    if model == "mlp":
        module = load(Mlp(config["widths"]), tensors, "parameters")
        return Supervised(module, lambda x, y: F.mse_loss(module(x), y), batches, adam, compiled)
    if model == "gru":
        module = GruModel(config["inputs"], config["width"]).load(tensors)
    elif model == "decoder":
        sizes = [config[name] for name in ("vocabulary", "width", "layers", "heads", "hidden", "places")]
        module = load(Decoder(*sizes), tensors, "parameters")
    else:
        sizes = [config[name] for name in ("channels", "widths", "timeWidth", "groups", "kernelSize")]
        module = load(Unet(*sizes), tensors, "parameters")
    return Supervised(module, module.loss, batches, adam, compiled)


def reset_peak_memory():
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except OSError:
        pass


def peak_memory():
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM"))
    except OSError:
        return float("nan")


def obey(command, trainers):
    if "load" in command:
        reset_peak_memory()
        torch.manual_seed(0)
        trainer = build(command["model"], command["config"], command["file"], command["compiled"])
        trainers[command["load"]] = trainer
        return {"steps": trainer.steps}
    if "losses" in command:
        trainer = trainers[command["losses"]]
        return {"losses": [float(loss) for _ in range(command["calls"]) for loss in trainer.call()]}
    if "time" in command:
        trainer = trainers[command["time"]]
        start, started = time.perf_counter(), time.process_time()
        for _ in range(command["calls"]):
            float(trainer.call()[-1])
        return {"seconds": time.perf_counter() - start, "processorSeconds": time.process_time() - started}
    trainers.pop(command["drop"], None)
    return {"peakMemoryMB": peak_memory()}


def main():
    torch.set_num_threads(int(sys.argv[1]))
    trainers = {}
    print(json.dumps({"version": torch.__version__}), flush=True)
    for line in sys.stdin:
        try:
            answer = obey(json.loads(line), trainers)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}".strip().splitlines()[0]}
        print(json.dumps(answer), flush=True)


main()
