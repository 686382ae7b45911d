"""einsum: products of tensors, written down by their indices.

    "ik,kj->ij"     y_ij = sum_k a_ik b_kj, a matrix product
    "bchw->bc"      the sum over the pixels
    "ii->i"         the diagonal

Every letter is an index; what the right-hand side leaves out is summed. Two tensors at a time are
multiplied: letters of both that are kept are a batch, letters of both that are summed make a
matrix product of the rest, so nothing larger than the result and its factors is ever in memory.
"""

import builtins
import math
import string

from .checks import check_same_dtype, check_tensor, shown
from .index import getitem
from .linalg import matmul
from .reduce import sum


def einsum(equation, *operands):
    """sum of products, as the equation says; `...` stands for all dims that have no letter.

    Without `->` the result has the letters that occur once, in alphabetical order.

    >>> import tinygrad_cv as tg
    >>> tg.einsum("ik,jk->ij", tg.ones(2, 3), tg.ones(1, 3))
    tensor([[3.],
            [3.]])
    """
    operands = _given(equation, operands)
    terms, result = _letters(equation, operands)
    known = {}
    for term, x in zip(terms, operands):
        for letter, n in zip(term, x.shape):
            if known.setdefault(letter, n) != n and 1 not in (n, known[letter]):
                raise RuntimeError(f"einsum: index {letter!r} of {equation!r} has the sizes {known[letter]} and {n}")
            known[letter] = n if known[letter] == 1 else known[letter]
    factors = [_one_dim_a_letter(term, x, known) for term, x in zip(terms, operands)]
    letters, y = factors[0]
    for k, (others, x) in enumerate(factors[1:], 2):
        wanted = set(result).union(*(later for later, _ in factors[k:]))
        letters, y = _product(letters, y, others, x, wanted)
    gone = tuple(d for d, letter in enumerate(letters) if letter not in result)
    y = sum(y, gone, dtype=y.dtype) if gone else y
    kept = [letter for letter in letters if letter in result]
    return y.permute(*map(kept.index, result)) if kept else y


def _given(equation, operands):
    if not isinstance(equation, str):
        raise NotImplementedError(f"einsum: the equation must be a string such as 'ij,jk->ik', got {shown(equation)}")
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        operands = operands[0]
    if not operands:
        raise RuntimeError("einsum: needs at least one tensor")
    for x in operands:
        check_tensor("einsum", x, "every operand")
        check_same_dtype("einsum", operands[0], operand=x)
    return operands


def _letters(equation, operands):
    """The letters of each operand and of the result; the dims of `...` get letters of their own, 0, 1, ..."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    used = left.replace("...", "").replace(",", "")
    if len(terms) != len(operands) or builtins.any(c not in string.ascii_letters for c in used + right.replace("...", "")):
        raise RuntimeError(f"einsum: expected letters for {len(operands)} tensors, separated by commas, got {equation!r}")
    if builtins.any(part.count("...") > 1 for part in (*terms, right)):
        raise RuntimeError(f"einsum: '...' stands twice in a term of {equation!r}")
    rests = [x.ndim - len(term.replace("...", "")) for term, x in zip(terms, operands)]
    for term, rest, x in zip(terms, rests, operands):
        if rest < 0 or rest and "..." not in term:
            raise RuntimeError(f"einsum: {term!r} does not fit a tensor of {x.ndim} dimensions, {tuple(x.shape)}")
    most = max((rest for term, rest in zip(terms, rests) if "..." in term), default=0)
    rest_of = {n: [str(k) for k in range(most - n, most)] for n in range(most + 1)}  # counted from the last
    if not arrow:
        right = "..." + "".join(sorted(c for c in set(used) if used.count(c) == 1))
    result = _written_out(right, rest_of[most])
    if builtins.any(result.count(c) > 1 or c not in used and not c.isdigit() for c in result):
        raise RuntimeError(f"einsum: a letter after -> must stand before it, and once: {equation!r}")
    return [_written_out(term, rest_of.get(rest, ())) for term, rest in zip(terms, rests)], result


def _written_out(term, rest):
    before, dots, after = term.partition("...")
    return [*before, *(rest if dots else ()), *after]


def _one_dim_a_letter(term, x, sizes):
    """A letter that stands twice means the diagonal; a size 1 is broadcast."""
    letters = list(dict.fromkeys(term))
    if len(letters) < len(term):
        places = [x.backend.xp.arange(sizes[c]).reshape([-1 if c == d else 1 for d in letters]) for c in term]
        x = getitem(x, tuple(x.wrap(p) for p in places))
    return letters, x.expand(*(sizes[c] for c in letters)) if letters else x


def _product(a_letters, a, b_letters, b, wanted):
    """The product of two factors, summed over the letters that nobody wants."""
    for_both = [c for c in a_letters if c in b_letters]
    batch, summed = [c for c in for_both if c in wanted], [c for c in for_both if c not in wanted]
    rows = [c for c in a_letters if c not in for_both]
    columns = [c for c in b_letters if c not in for_both]
    size = dict(zip([*a_letters, *b_letters], [*a.shape, *b.shape]))
    B, N, K, M = (math.prod(size[c] for c in part) for part in (batch, rows, summed, columns))
    a = a.permute(*map(a_letters.index, batch + rows + summed)).reshape(B, N, K)
    b = b.permute(*map(b_letters.index, batch + summed + columns)).reshape(B, K, M)
    letters = batch + rows + columns
    return letters, matmul(a, b).reshape([size[c] for c in letters])
