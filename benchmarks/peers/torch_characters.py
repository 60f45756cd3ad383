"""PyTorch's side of the character model of bench:learning: torch_characters.py REQUEST

REQUEST is a JSON file: the decoder's sizes, the file of weights and batches, and the learning rate of every step.
Prints the loss before each step, and that of the text held back after each checkpoint.
"""
import json
import sys

import torch

from torch_models import Decoder, load, read_tensors


def main():
    with open(sys.argv[1]) as file:
        request = json.load(file)
    torch.set_num_threads(request["threads"])
    tensors = read_tensors(request["file"])
    sizes = [request["config"][name] for name in ("vocabulary", "width", "layers", "heads", "hiddenWidth", "places")]
    model = load(Decoder(*sizes), tensors, "parameters")
    matrices = [parameter for parameter in model.parameters() if parameter.dim() > 1]
    vectors = [parameter for parameter in model.parameters() if parameter.dim() == 1]
    groups = [{"params": matrices, "weight_decay": request["weightDecay"]}, {"params": vectors, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, request["beta2"]), fused=True)
    batches, held_back = tensors["data.tokens"], tensors["heldBack.tokens"]
    training, testing = [], []
    for step, rate in enumerate(request["learningRates"]):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad(set_to_none=True)
        loss = model.loss(batches[step])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), request["maxGradientNorm"])
        optimizer.step()
        training.append(float(loss.detach()))
        if (step + 1) % request["stepsPerCheckpoint"] == 0:
            with torch.no_grad():
                testing.append(float(model.loss(held_back)))
    print(json.dumps({"version": torch.__version__, "training": training, "testing": testing}))


main()
