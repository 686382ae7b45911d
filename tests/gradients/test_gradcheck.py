"""The checker checked: it accepts what is right, finds what is wrong, and says where."""

import pytest

import tinygrad_cv as tg
from tinygrad_cv.autograd import Function
from tinygrad_cv.gradcheck import GradcheckError, KinkError, gradcheck, gradgradcheck


def double(*values):
    return tg.tensor(values, dtype=tg.float64, requires_grad=True)


class Planted(Function):
    """y = x^2, whose gradient is off at one place by a factor, as planted."""

    saves = (0,)

    def __init__(self, place=None, factor=1.0):
        self.place, self.factor = place, factor

    def forward(self, x):
        return x * x

    def backward(self, grad):
        (x,) = self.saved()
        factor = tg.ones_like(x)
        if self.place is not None:
            factor[self.place] = self.factor
        return grad * 2 * x * factor


def apply(operation, *parameters):
    """A new node for each call, as the library's own functions make one."""
    return lambda x: operation(*parameters)(x)


def test_the_inputs_come_out_as_they_went_in():
    x = double(0.1, 0.2)
    before = x.tolist()
    gradcheck(tg.exp, x)
    assert x.tolist() == before and x.grad is None


def test_the_message_names_the_entry_the_values_and_the_factor():
    x = tg.randn(3, 4, dtype=tg.float64, requires_grad=True)
    y = double(2.0)
    with pytest.raises(GradcheckError) as error:
        gradcheck(lambda y, x: y * Planted((1, 2), -3.0)(x), (y, x))
    message = str(error.value)
    assert "with respect to input 1, of shape (3, 4), is wrong in 1 of its 12 entries" in message
    assert "entry (1, 2): backward says" in message and "finite differences say" in message
    assert "-3 times what they should be" in message


def test_one_wrong_entry_of_a_large_input_is_found_by_directions():
    x = tg.randn(40, 50, dtype=tg.float64, requires_grad=True)
    with pytest.raises(GradcheckError, match=r"entry \(17, 31\)"):
        gradcheck(apply(Planted, (17, 31), 1.5), x)
    assert gradcheck(apply(Planted), x)


def test_lost_inputs_and_outputs_are_found():
    with pytest.raises(GradcheckError):
        # with a cotangent of ones, zero would be the right gradient of a softmax
        gradcheck(lambda x: tg.softmax(x, 0).detach() + 0 * x, double(0.3, -0.5, 1.0))
    x, y = double(1.0, 2.0), double(3.0, 4.0)
    with pytest.raises(GradcheckError, match="input 1"):
        gradcheck(lambda a, b: a * b.detach(), (x, y))
    with pytest.raises(GradcheckError, match="input 0"):
        gradcheck(lambda a: (a * a, (a * a * a).detach()), x)


def test_every_second_derivative_is_checked():
    class Square(Planted):
        def backward(self, grad):
            (x,) = self.saved()
            return grad * 2 * x.detach()

    assert gradcheck(apply(Square), double(1.0, 2.0))
    with pytest.raises(GradcheckError, match="input 0"):
        gradgradcheck(apply(Square), double(1.0, 2.0))


@pytest.mark.parametrize("fn, x", [
    (tg.relu, (1.0, 0.0, -1.0)), (tg.abs, (0.0, 2.0)), (lambda x: x.max(), (1.0, 3.0, 3.0)),
    (lambda x: tg.maximum(x, 2 * x), (0.0, 1.0)), (tg.floor, (0.5, 2.0)),
])
def test_kinks_are_called_kinks(fn, x):
    with pytest.raises(KinkError, match="unusable.*kink"):
        gradcheck(fn, double(*x))


def test_beside_a_kink_the_gradient_is_checked():
    x = double(3e-7, -4e-7, 1.0)  # nearer than eps: the step is made smaller
    assert gradcheck(tg.relu, x)
    with pytest.raises(GradcheckError, match="entry"):
        gradcheck(lambda x: tg.relu(Planted(2, 2.0)(x)), double(0.0, 0.0, 1.0))
    # strong curvature is no kink
    assert gradcheck(lambda x: (300 * x).sin() * 50, double(0.1, 0.2, 0.3))


def test_only_float64_that_can_be_written_is_accepted():
    with pytest.raises(TypeError, match="input 0 is float32, not float64"):
        gradcheck(tg.exp, tg.ones(2, requires_grad=True))
    with pytest.raises(RuntimeError, match=r"gradcheck: .*read-only.*clone\(\)"):
        gradcheck(tg.exp, tg.ones(1, dtype=tg.float64).expand(3).requires_grad_())
    with pytest.raises(ValueError, match="no input requires a gradient"):
        gradcheck(tg.exp, tg.ones(2, dtype=tg.float64))
    with pytest.raises(TypeError, match="must return floating tensors"):
        gradcheck(lambda x: x > 0, double(1.0))


def test_backward_must_not_write_into_what_it_was_given_or_saved():
    class WritesItsGradient(Planted):
        def backward(self, grad):
            (x,) = self.saved()
            grad.array[...] = (grad * 2 * x).array
            return grad

    class WritesWhatItKept(Planted):
        def forward(self, x):
            self.kept = x * 2
            return x * x

        def backward(self, grad):
            self.kept *= grad.array
            return tg.Tensor(self.kept.copy())

    with pytest.raises(GradcheckError, match="writes into an input, an output or a gradient"):
        gradcheck(apply(WritesItsGradient), double(1.0, 2.0))
    with pytest.raises(GradcheckError, match="a second backward"):
        gradcheck(apply(WritesWhatItKept), double(1.0, 2.0))


def test_the_gradient_has_its_input_s_dtype():
    class Narrow(Planted):
        def backward(self, grad):
            return super().backward(grad).float()

    with pytest.raises(GradcheckError, match="float64.*float32"):
        gradcheck(apply(Narrow), double(1.0, 2.0))


def test_a_random_function_is_refused_and_the_seed_is_left_alone():
    x = double(1.0, 2.0)
    with pytest.raises(GradcheckError, match="two results"):
        gradcheck(lambda x: x * tg.rand(2, dtype=tg.float64), x)
    tg.manual_seed(3)
    expected = tg.rand(2).tolist()
    tg.manual_seed(3)
    gradcheck(tg.exp, x)
    assert tg.rand(2).tolist() == expected


def test_parameters_are_perturbed_where_they_are():
    """A layer uses its parameters without taking them as arguments."""
    weight = double(1.0, 2.0)
    assert gradcheck(lambda x, _: x * weight, (double(0.5, 0.7), weight))


def test_other_arguments_empty_inputs_and_views_are_fine():
    assert gradcheck(lambda x, n, flag: x**n if flag else x, (double(1.0, 2.0), 3, True))
    assert gradcheck(tg.exp, tg.zeros(0, 3, dtype=tg.float64, requires_grad=True))
    assert gradcheck(lambda x: (x, x.reshape(2, 1), x[1:], x.argmax()), double(1.0, 2.0))
