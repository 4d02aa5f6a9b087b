"""Answers to the exercises, right and wrong, as readers would write them."""

import numpy as np

from nbhelpers import L1, L2, ElasticNet, max_norm
from nbhelpers.exercises import regularization


def _elastic_loops(W, l1, l2):
    value, gradient = 0.0, []
    for row in W:
        gradient.append([])
        for w in row:
            value += l1 * abs(w) + l2 * w**2 / 2
            sign = 0 if w == 0 else (1 if w > 0 else -1)
            gradient[-1].append(l1 * sign + l2 * w)
    return value, gradient


def _elastic_package(W, l1, l2):
    net = ElasticNet(l1, l2)
    return net.value(W), net.gradient(W)


def _elastic_parts(W, l1, l2):
    W = W.astype(np.float32)
    a, b = L1(l1), L2(l2)
    return a.value(W) + b.value(W), a.gradient(W) + b.gradient(W)


def _grads_loop(params, grads, strength):
    new = {}
    for name in grads:
        new[name] = grads[name].copy()
        if name.startswith("W"):
            new[name] += strength * params[name]
    return new


def _grads_by_shape(params, grads, strength):
    return {k: g + strength * params[k] * (g.ndim == 2) for k, g in grads.items()}


def _grads_package(params, grads, strength):
    extra = {k: L2(strength).gradient(p) for k, p in params.items() if "W" in k}
    return {**grads, **{k: np.float32(grads[k] + e) for k, e in extra.items()}}


def _grads_in_place(params, grads, strength):
    for name in grads:
        if name.startswith("W"):
            grads[name] += strength * params[name]
    return grads


def _step_where(w, g, lr, s):
    v, pull = w - lr * g, lr * s
    return np.where(v > pull, v - pull, np.where(v < -pull, v + pull, 0))


def _step_loops(w, g, lr, s):
    new = np.empty_like(w)
    for i in np.ndindex(w.shape):
        v = w[i] - lr * g[i]
        new[i] = np.sign(v) * max(abs(v) - lr * s, 0)
    return new


def _step_clip(w, g, lr, s):
    v = (w - lr * g).astype(np.float32)
    return v - np.clip(v, -lr * s, lr * s)


def _step_in_place(w, g, lr, s):
    w -= lr * g
    return np.sign(w) * np.maximum(np.abs(w) - lr * s, 0)


def _project_loops(W, limit):
    new = W.copy()
    for j in range(W.shape[1]):
        length = np.linalg.norm(W[:, j])
        if length > limit:
            new[:, j] = W[:, j] * limit / length
    return new


def _project_where(W, limit):
    lengths = np.linalg.norm(W, axis=0)
    return np.where(lengths > limit, W * (limit / (lengths + (lengths == 0))), W)


def _project_divides(W, limit):
    return W * np.minimum(1, limit / np.linalg.norm(W, axis=0))


def _project_in_place(W, limit):
    W *= np.minimum(1, limit / np.maximum(np.linalg.norm(W, axis=0), 1e-9))
    return W


def _stop_while(val_losses, patience, least_gain):
    low, best, epoch = val_losses[0], 1, 1
    while epoch < len(val_losses) and epoch - best < patience:
        epoch += 1
        if val_losses[epoch - 1] + least_gain < low:
            low, best = val_losses[epoch - 1], epoch
    return epoch, best


def _stop_counter(val_losses, patience, least_gain):
    low, best, waited = np.inf, 0, 0
    for epoch, loss in enumerate(val_losses, start=1):
        waited += 1
        if loss < low - least_gain:
            low, best, waited = loss, epoch, 0
        if waited == patience:
            return np.array([epoch, best])
    return np.array([len(val_losses), best])


def _stop_list(val_losses, patience, least_gain):
    bests = [0]
    for e in range(1, len(val_losses)):
        if val_losses[bests[-1]] - val_losses[e] > least_gain:
            bests.append(e)
        elif e - bests[-1] == patience:
            return [e + 1, bests[-1] + 1]
    return [len(val_losses), bests[-1] + 1]


def _stop_argmin(val_losses, patience, least_gain):
    for e in range(1, len(val_losses) + 1):
        best = int(np.argmin(val_losses[:e]))
        if e - 1 - best >= patience:
            return e, best + 1
    return len(val_losses), int(np.argmin(val_losses)) + 1


def _stop_strictly(val_losses, patience, least_gain):
    run, best = _stop_while(val_losses, patience + 1, least_gain)
    return run, best


def _stop_rising(val_losses, patience, least_gain):
    best, waited = 0, 0
    for e in range(1, len(val_losses)):
        if val_losses[e] < val_losses[e - 1] - least_gain:
            best, waited = e, 0
        else:
            waited += 1
        if waited == patience:
            return e + 1, best + 1
    return len(val_losses), best + 1


RIGHT = {
    regularization.elastic: [_elastic_loops, _elastic_package, _elastic_parts],
    regularization.penalized_gradients: [_grads_loop, _grads_by_shape, _grads_package],
    regularization.l1_step: [_step_where, _step_loops, _step_clip],
    regularization.project: [_project_loops, _project_where, _project_divides, max_norm],
    regularization.early_stopping: [_stop_while, _stop_counter, _stop_list],
}

WRONG = {
    regularization.elastic: [
        (lambda W, a, b: (a * abs(W).sum() + b * (W * W).sum(), a * np.sign(W) + b * W),
         "missing in the value"),
        (lambda W, a, b: (a * abs(W).sum() + b / 2 * (W * W).sum(), a * np.sign(W) + 2 * b * W),
         "twice"),
        (lambda W, a, b: (a * abs(W).sum() + b * (W * W).sum(), a * np.sign(W) + 2 * b * W),
         "fit together"),
        (lambda W, a, b: (a * abs(W).sum() + b / 2 * (W * W).sum(), a * abs(W) + b * W),
         "slope of |w|"),
        (lambda W, a, b: (a * abs(W).sum() + b / 2 * (W * W).sum(), a + b * W), "same for all"),
        (lambda W, a, b: (a * abs(W).mean() + b / 2 * (W * W).mean(), a * np.sign(W) + b * W),
         "mean"),
        (lambda W, a, b: (a * W.sum() + b / 2 * (W * W).sum(), a * np.sign(W) + b * W), "cancel"),
        (lambda W, a, b: _elastic_package(W, b, a), "swapped"),
        (lambda W, a, b: ElasticNet(a, b).value(W), "2 things"),
    ],
    regularization.penalized_gradients: [
        (lambda p, g, s: {k: g[k] + s * p[k] for k in g}, "biases pay"),
        (lambda p, g, s: {k: s * p[k] if k[0] == "W" else g[k] for k in g}, "is gone"),
        (lambda p, g, s: {k: g[k] - s * p[k] if k[0] == "W" else g[k] for k in g}, "sign"),
        (lambda p, g, s: {k: g[k] + 2 * s * p[k] if "W" in k else g[k] for k in g}, "Twice"),
        (lambda p, g, s: {k: g[k] + L1(s).gradient(p[k]) if "W" in k else g[k] for k in g}, "L1"),
        (lambda p, g, s: {k: g[k] + L2(s).value(p[k]) if "W" in k else g[k] for k in g}, "value"),
        (lambda p, g, s: {**g, "W1": g["W1"] + s * p["W1"]}, "first layer"),
        (_grads_in_place, "changes an array"),
    ],
    regularization.l1_step: [
        (lambda w, g, lr, s: w - lr * g - lr * L1(s).gradient(w), "jumps over"),
        (lambda w, g, lr, s: _step_where(w, g, lr, s / lr), "λ itself"),
        (lambda w, g, lr, s: _step_where(w, 0 * g, lr, s) - lr * g, "First the threshold"),
        (lambda w, g, lr, s: (w - lr * g) - np.sign(w - lr * g) * lr * s, "change their sign"),
        (lambda w, g, lr, s: (w - lr * g) * (abs(w - lr * g) > lr * s), "left whole"),
        (lambda w, g, lr, s: np.maximum(abs(w - lr * g) - lr * s, 0), "sign is lost"),
        (lambda w, g, lr, s: _step_where(w, 0 * g, lr, s), "no say"),
        (lambda w, g, lr, s: _step_where(w, -g, lr, s), "up the gradient"),
        (lambda w, g, lr, s: w - lr * (g + s * w), "weight decay"),
        (_step_in_place, "changes an array"),
    ],
    regularization.project: [
        (lambda W, c: max_norm(W.T, c).T, "rows"),
        (lambda W, c: W * min(1, c / np.linalg.norm(W)), "whole matrix"),
        (lambda W, c: np.clip(W, -c, c), "clipped"),
        (lambda W, c: c * W / (np.linalg.norm(W, axis=0) + 1e-12), "made longer"),
        (lambda W, c: c * W / np.linalg.norm(W, axis=0), "0 / 0"),
        (lambda W, c: W * np.minimum(1, c / np.maximum((W**2).sum(0), 1e-12)), "root"),
        (lambda W, c: W * (np.linalg.norm(W, axis=0) <= c), "set to zero"),
        (_project_in_place, "changes an array"),
    ],
    regularization.early_stopping: [
        (_stop_strictly, "too long"),
        (lambda v, p, m: _stop_while(v, p - 1, m), "too early"),
        (lambda v, p, m: [n - 1 for n in _stop_while(v, p, m)], "not from 0"),
        (_stop_argmin, "Any lower loss"),
        (lambda v, p, m: _stop_while(v, p, -m), "higher"),
        (lambda v, p, m: (_stop_while(v, p, m)[0],) * 2, "overfitted"),
        (lambda v, p, m: (len(v), _stop_while(v, 99, m)[1]), "never stops"),
        (_stop_rising, "one before"),
    ],
}  # fmt: skip
