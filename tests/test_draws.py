"""Random numbers by a counter, against published words of Philox and the normal law as SciPy has it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import ndtri

numba = pytest.importorskip("numba")
from propcheck.numeric import draws  # noqa: E402

# Known answers of philox4x32-10 for two words of the counter and the key, from Random123's kat_vectors.
WORDS = {(0, 0, 0): (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)}


@pytest.mark.parametrize("case", WORDS, ids=str)
def test_the_words_are_those_of_philox(case):
    philox = numba.njit(lambda counter, a, b: draws.philox(np.uint64(counter), a, b))
    assert tuple(int(word) for word in philox(*case)) == WORDS[case]


def test_each_word_is_the_normal_number_of_its_probability():
    quantile = numba.njit(lambda word: draws.quantile(np.uint64(word)))
    ends = np.arange(40)
    words = np.concatenate(
        [ends, 2**31 - 20 + ends, 2**32 - 1 - ends, np.random.default_rng(1).integers(0, 2**32, 5000)]
    )
    found = np.array([float(quantile(int(word))) for word in words])
    np.testing.assert_allclose(found, ndtri((words + 0.5) / 2**32), rtol=1e-6)


@pytest.mark.parametrize("draw, law", [(draws.normal, stats.norm(0, 2)), (draws.uniform, stats.uniform(-2, 4))])
def test_the_numbers_have_their_law_and_the_key_decides_alone(draw, law):
    first, again, other = (np.empty(size, np.float32) for size in (10**6, (1000, 1000), 10**6 - 3))
    draw(first, np.array([1, 2]), 2.0)
    draw(again, np.array([1, 2]), 2.0)
    draw(other, np.array([1, 3]), 2.0)
    np.testing.assert_array_equal(first, again.ravel())
    assert abs(np.corrcoef(first[: other.size], other)[0, 1]) < 4e-3
    for found in (first, other):
        assert stats.kstest(found[::4], law.cdf).pvalue > 1e-3
        assert abs(np.corrcoef(found[1:], found[:-1])[0, 1]) < 4e-3
