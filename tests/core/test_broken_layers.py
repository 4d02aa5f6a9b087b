"""Each trap of the design has a broken piece that falls into it, and a promise that rejects it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import nbhelpers as nb
from nbhelpers.datasets import batches

from . import broken_layers as broken
from . import contracts as promise


@dataclass
class Trap:
    name: str
    promise: Any
    right: Any
    broken: Any


def fresh(name, promise, right, wrong, *arguments, **keywords):
    """A trap whose pieces are made anew each time, both from the same arguments."""

    def make(kind):
        rng = {"rng": np.random.default_rng(3)} if "rng" in keywords else {}
        return kind(*arguments, **(keywords | rng))

    return Trap(name, promise, lambda: make(right), lambda: make(wrong))


def as_it_is(name, promise, right, wrong):
    return Trap(name, promise, lambda: right, lambda: wrong)


TRAPS = [
    fresh("input changed in ReLU's forward",
        promise.leaves_its_arguments_alone, nb.ReLU, broken.ReLUInPlace),
    fresh("mask missing in ReLU's backward",
        promise.gradient_is_right, nb.ReLU, broken.ReLUWithoutMask),
    fresh("another slope backward",
        promise.gradient_is_right, nb.LeakyReLU, broken.LeakyReLUSlopeBackward),
    fresh("derivative at x, not y",
        promise.gradient_is_right, nb.Sigmoid, broken.SigmoidSlopeOfInput),
    fresh("slope from positive inputs",
        promise.gradient_is_right, nb.PReLU, broken.PReLUSlopeFromAbove),
    fresh("gradients added up",
        promise.writes_gradients_and_does_not_add, nb.Dense, broken.DenseAdds, 4, 4, rng=None),
    fresh("mean for sum over the batch",
        promise.gradient_is_right, nb.Dense, broken.DenseBiasMean, 4, 4, rng=None),
    fresh("cache filled at evaluation",
        promise.remembers_only_in_training, nb.Dense, broken.DenseRemembersAlways, 4, 4, rng=None),
    fresh("gradient to the losing pieces",
        promise.gradient_is_right, nb.Maxout, broken.MaxoutToAll, 4, 4, rng=None),
    fresh("keep for drop probability",
        promise.drops_its_rate, nb.Dropout, broken.DropoutKeepsTheRate, 0.2, rng=None),
    fresh("randn < keep as a mask",
        promise.drops_its_rate, nb.Dropout, broken.DropoutNormalMask, 0.2, rng=None),
    fresh("no 1 / (1 - rate)",
        promise.drops_its_rate, nb.Dropout, broken.DropoutWithoutScale, 0.2, rng=None),
    fresh("mask missing in backward",
        promise.gradient_is_right, nb.Dropout, broken.DropoutMaskForward, 0.5, rng=None),
    fresh("dropout at evaluation",
        promise.does_nothing_at_evaluation, nb.Dropout, broken.DropoutAlways, 0.5, rng=None),
    fresh("float64 creeping in",
        promise.keeps_float32, nb.Dropout, broken.DropoutFloat64, 0.5, rng=None),
    fresh("the global generator",
        promise.touches_no_global_randomness, nb.Dropout, broken.DropoutGlobal, 0.5, rng=None),
    fresh("no eps at evaluation",
        promise.survives_a_constant_unit_at_evaluation,
        nb.BatchNorm, broken.BatchNormWithoutEps, 1, momentum=0.0),
    fresh("one-pass variance",
        promise.keeps_a_small_variance_beside_a_large_mean,
        nb.BatchNorm, broken.BatchNormOnePass, 1),
    fresh("no gradient through mean and variance",
        promise.gradient_is_right, nb.BatchNorm, broken.BatchNormThroughXAlone, 4),
    fresh("a check with dy = 1",
        promise.gradient_is_right, nb.BatchNorm, broken.BatchNormZeroGradient, 4),
    fresh("momentum the other way round",
        promise.averages_with_the_documented_momentum,
        nb.BatchNorm, broken.BatchNormMomentumTurned, 1),
    fresh("unbiased running variance",
        promise.averages_with_the_documented_momentum, nb.BatchNorm, broken.BatchNormUnbiased, 1),
    Trap("bias before BatchNorm",
        promise.moves_with_every_parameter,
        lambda: broken.before_batchnorm(bias=False), lambda: broken.before_batchnorm(bias=True)),
    as_it_is("penalty on biases",
        promise.penalizes_only_weight_matrices, nb.Sequential, broken.PenalizesBiases),
    fresh("½ in one of value and gradient",
        promise.gradient_of_the_penalty_is_right, nb.L2, broken.L2WithoutHalf, 0.3),
    fresh("Adam without bias correction",
        promise.first_step_is_the_learning_rate, nb.Adam, broken.AdamUncorrected, 0.1),
    fresh("Adam's t advanced per parameter",
        promise.counts_a_step_once, nb.Adam, broken.AdamCountsBlocks, 0.1),
    fresh("momentum conventions mixed",
        promise.keeps_its_velocity_in_steps, nb.Momentum, broken.MomentumMixed, 0.1),
    as_it_is("softmax overflow",
        promise.stays_finite, nb.softmax_cross_entropy, broken.softmax_unshifted),
    as_it_is("log of 0",
        promise.stays_finite, nb.softmax_cross_entropy, broken.log_of_softmax),
    as_it_is("sum for mean over the batch",
        promise.gradient_of_the_loss_is_right, nb.softmax_cross_entropy, broken.softmax_summed),
    as_it_is("logistic overflow",
        promise.stays_finite_for_two_classes, nb.logistic, broken.logistic_naive),
    as_it_is("(N,) against (N, 1)",
        promise.gives_a_gradient_shaped_like_the_scores, nb.logistic, broken.logistic_stretched),
    as_it_is("an epoch with replacement",
        promise.visits_every_example_once, batches, broken.batches_with_replacement),
    as_it_is("best weights by reference",
        promise.keeps_a_copy_of_the_best, nb.Solver, broken.KeepsReferences),
]  # fmt: skip


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_the_right_one_is_accepted(trap):
    trap.promise(trap.right())


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_the_broken_one_is_rejected(trap):
    with pytest.raises(AssertionError):
        trap.promise(trap.broken())


def test_why_a_check_with_dy_of_ones_is_no_check_of_batchnorm():
    """It accepts even a backward that returns nothing but zeros."""
    x = np.random.default_rng(0).normal(size=(5, 3))
    for norm in (nb.BatchNorm(3), broken.BatchNormZeroGradient(3)):
        norm.forward(x, train=True)
        numeric = nb.numerical_gradient(lambda norm=norm: norm.forward(x, train=True).sum(), x)
        assert np.abs(numeric).max() < 1e-9
        assert nb.relative_error(norm.backward(np.ones((5, 3))), numeric, floor=1e-3) < 1e-6
