"""A saved network comes back to the bit, or is rejected with a reason; a save is whole or not."""

import os
import re

import numpy as np
import pytest

from nbhelpers import BatchNorm, Dense, PReLU, ReLU, Sequential
from nbhelpers._files import save_arrays


def make(hidden=5, dtype=np.float32, seed=0, activation=PReLU):
    rng = np.random.default_rng(seed)
    layers = Dense(4, hidden, rng=rng), BatchNorm(hidden), activation(), Dense(hidden, 3, rng=rng)
    return Sequential(*layers, dtype=dtype)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "net.npz"
    make().save(path)
    return path


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_round_trip_is_equal_to_the_bit(tmp_path, dtype):
    net, other = make(dtype=dtype), make(dtype=dtype, seed=9)
    net.forward(np.random.default_rng(1).normal(3, 2, (20, 4)), train=True)  # moves the averages
    net.w[0], net.w[1] = np.nextafter(dtype(1), dtype(2)), np.finfo(dtype).tiny
    net.save(tmp_path / "net.npz")
    other.load(tmp_path / "net.npz")
    for name, array in net.arrays().items():
        assert array.tobytes() == other.arrays()[name].tobytes(), name
    assert other.layers[0].params["W"].base is other.w, "load must write into the views"


def test_the_name_is_used_as_it_is(tmp_path):
    make().save(str(tmp_path / "net"))
    assert os.listdir(tmp_path) == ["net"]
    make().load(tmp_path / "net")


@pytest.mark.parametrize(
    "other",
    [make(hidden=6), make(dtype=np.float64), make(activation=ReLU), Sequential(ReLU())],
    ids=["width", "dtype", "layer", "no parameters"],
)
def test_another_architecture_is_rejected_and_left_as_it_was(saved, other):
    before = other.w.copy()
    expected = "load 'net.npz': expected " + (next(iter(other.arrays()), "no arrays"))
    with pytest.raises(ValueError, match=re.escape(expected)) as problem:
        other.load(saved)
    assert "got 0.Dense.W (4, 5) float32" in str(problem.value)
    np.testing.assert_array_equal(other.w, before)


def rejected(path, match="expected an .npz file written by `save`"):
    net = make(seed=3)
    before = net.w.copy()
    with pytest.raises(ValueError, match=match):
        net.load(path)
    np.testing.assert_array_equal(net.w, before)


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9, 0.999])
def test_a_truncated_file_is_rejected(saved, share):
    whole = saved.read_bytes()
    saved.write_bytes(whole[: int(share * len(whole))])
    rejected(saved)


def test_a_flipped_bit_is_noticed_or_changes_nothing(saved):
    whole = saved.read_bytes()
    for place in np.random.default_rng(0).integers(0, len(whole), 300):
        damaged = bytearray(whole)
        damaged[place] ^= 0x10
        saved.write_bytes(damaged)
        net = make(seed=3)
        try:
            net.load(saved)
        except ValueError:
            continue
        np.testing.assert_array_equal(net.w, make().w)


@pytest.mark.parametrize("foreign", [b"a text", b"\x93NUMPY\x01\x00", b"PK\x03\x04 and so on"])
def test_a_foreign_file_is_rejected(tmp_path, foreign):
    (tmp_path / "net.npz").write_bytes(foreign)
    rejected(tmp_path / "net.npz")


def test_a_single_array_is_rejected(tmp_path):
    np.save(tmp_path / "net.npy", np.ones(3))
    rejected(tmp_path / "net.npy")


class Intruder:
    """Unpickling it would leave a trace."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return os.mkdir, (str(self.trace),)


def test_a_pickle_inside_is_rejected_and_never_run(tmp_path):
    trace = tmp_path / "trace"
    arrays = dict(make().arrays())
    arrays["0.Dense.W"] = np.array([Intruder(trace)], dtype=object)
    np.savez(tmp_path / "net.npz", **arrays)
    rejected(tmp_path / "net.npz", match="holds pickled objects")
    assert not trace.exists()


def test_weights_that_are_not_numbers_are_rejected(saved):
    arrays = make().snapshot()
    arrays["3.Dense.b"][1] = np.nan
    save_arrays(saved, arrays)
    rejected(saved, match=r"expected finite numbers in 3\.Dense\.b")


def test_no_file_and_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"load: expected a saved network, got no file"):
        make().load(tmp_path / "absent.npz")
    with pytest.raises(FileNotFoundError, match=r"create the folder .*absent' first"):
        make().save(tmp_path / "absent" / "net.npz")


@pytest.mark.parametrize("problem", [KeyboardInterrupt, OSError])
def test_an_interrupted_save_leaves_the_old_file_whole(saved, monkeypatch, problem):
    before = saved.read_bytes()

    def half_a_save(file, **arrays):
        file.write(b"PK half of it")
        raise problem

    monkeypatch.setattr(np, "savez", half_a_save)
    with pytest.raises(problem):
        make(seed=5).save(saved)
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name], "no scraps are left"


def test_a_saved_file_may_be_read_by_those_who_may_read_its_neighbors(saved):
    neighbor = saved.with_name("neighbor")
    neighbor.touch()
    assert saved.stat().st_mode == neighbor.stat().st_mode
