"""Recording: off, on, nested, as decorator, and one flag for each thread."""

import contextlib
import threading

import pytest

import tinygrad_cv as tg
from tinygrad_cv.autograd import is_grad_enabled


@pytest.fixture
def x():
    return tg.tensor([1.0, 2.0], requires_grad=True)


def test_nesting(x):
    with tg.no_grad():
        with tg.enable_grad():
            assert (x * 2).requires_grad
            with tg.no_grad():
                assert not (x * 2).requires_grad
            assert is_grad_enabled()
        y = x * 2
        assert not y.requires_grad and y.grad_fn is None and y.is_leaf and x.requires_grad
        with tg.set_grad_enabled(True):
            assert is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()


@pytest.mark.parametrize("context", [tg.no_grad, lambda: tg.set_grad_enabled(False)])
def test_an_exception_restores_the_flag(context):
    with pytest.raises(ZeroDivisionError), context():
        assert not is_grad_enabled()
        raise ZeroDivisionError
    assert is_grad_enabled()


def test_set_grad_enabled_as_a_plain_call():
    try:
        tg.set_grad_enabled(False)
        assert not is_grad_enabled()
        with tg.enable_grad():
            assert is_grad_enabled()
        for again in [tg.set_grad_enabled(True)] * 2:
            with again:
                assert is_grad_enabled()
        assert not is_grad_enabled()
    finally:
        tg.set_grad_enabled(True)


DECORATORS = {
    "no_grad": (tg.no_grad, False),
    "no_grad()": (tg.no_grad(), False),
    "enable_grad": (tg.enable_grad, True),
    "enable_grad()": (tg.enable_grad(), True),
    "inference_mode": (tg.inference_mode, False),
}


@pytest.mark.parametrize("name", DECORATORS)
def test_decorators(name):
    decorate, expected = DECORATORS[name]

    @decorate
    def countdown(n, *, by=1):
        """Its own words."""
        assert is_grad_enabled() is expected
        return countdown(n - by, by=by) if n > 0 else n

    assert (countdown.__name__, countdown.__doc__) == ("countdown", "Its own words.")
    for outside in (True, False):
        with tg.set_grad_enabled(outside):
            assert countdown(3) == 0 and countdown(4, by=2) == 0
            assert is_grad_enabled() is outside


@pytest.mark.parametrize("flag", [True, False])
def test_set_grad_enabled_as_a_decorator(flag):
    look = tg.set_grad_enabled(flag)(lambda: is_grad_enabled())
    assert is_grad_enabled()
    assert look() is flag
    assert is_grad_enabled()


def test_a_decorated_generator_runs_its_body_in_the_mode_and_the_rest_outside():
    class Batches:
        @tg.no_grad()
        def __call__(self, n):
            for i in range(n):
                assert not is_grad_enabled()
                got = yield i
                assert got == ("sent" if i else None) and not is_grad_enabled()
            return "end"

    def outer():
        return (yield from Batches()(3))

    batches, seen = outer(), []
    with pytest.raises(StopIteration, match="end"):
        seen.append(next(batches))
        seen.append(next(batches))
        assert is_grad_enabled()
        while True:
            seen.append(batches.send("sent"))
    assert seen == [0, 1, 2] and is_grad_enabled()
    for mode in tg.enable_grad, lambda: tg.set_grad_enabled(True), lambda: tg.inference_mode(False):
        with tg.no_grad():
            assert list(mode()(lambda: (yield is_grad_enabled()))()) == [True]
            assert not is_grad_enabled()


@pytest.mark.parametrize("stop", [lambda g: g.close(), lambda g: g.throw(KeyError)])
def test_a_decorated_generator_can_be_stopped(stop):
    ended = []

    @tg.no_grad()
    def body():
        try:
            yield 1
        finally:
            ended.append(is_grad_enabled())

    generator = body()
    next(generator)
    with contextlib.suppress(KeyError):
        stop(generator)
    assert ended == [False] and is_grad_enabled()


def test_inference_mode():
    for mode in tg.inference_mode(), tg.inference_mode(True), tg.inference_mode(mode=True):
        with mode:
            assert not is_grad_enabled()
    with tg.inference_mode(False), tg.inference_mode(mode=False):
        assert is_grad_enabled()


def test_the_flag_belongs_to_the_thread(x):
    inside, leave, seen = threading.Event(), threading.Event(), {}

    def other():
        seen["at first"] = is_grad_enabled()
        with tg.no_grad():
            inside.set()
            assert leave.wait(20)
            seen["inside"] = (x * 2).requires_grad

    with tg.no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        assert inside.wait(20)
    seen["here"] = (x * 2).requires_grad  # the other thread does not record now
    leave.set()
    thread.join()
    assert seen == {"at first": True, "inside": False, "here": True}


def test_backward_records_only_for_create_graph(x):
    seen = []
    y = x * x
    y.register_hook(lambda grad: seen.append(is_grad_enabled()))
    y.sum().backward(retain_graph=True)
    y.sum().backward(create_graph=True)
    with tg.no_grad():
        tg.autograd.grad(y, x, tg.ones(2), create_graph=True)
    assert seen == [False, True, True] and is_grad_enabled()
