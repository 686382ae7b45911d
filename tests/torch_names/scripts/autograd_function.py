"""Operations with gradients of their own: reversed, straight through, with two outputs, twice."""
import torch
from torch.autograd import Function, grad


class ReverseGradient(Function):
    @staticmethod
    def forward(ctx, x, alpha):
        ctx.alpha = alpha
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output.neg() * ctx.alpha, None


class Rounded(Function):
    @staticmethod
    def forward(ctx, x):
        return x.round()

    @staticmethod
    def backward(ctx, grad_output):
        return grad_output


class Exp(Function):
    """The saved output carries the history for the second derivative."""

    @staticmethod
    def forward(ctx, x):
        y = torch.exp(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, grad_output):
        (y,) = ctx.saved_tensors
        return grad_output * y


class SumAndProduct(Function):
    @staticmethod
    def forward(ctx, x, y):
        product = x * y
        ctx.save_for_backward(x, y, product)
        ctx.mark_non_differentiable(order := torch.argmax(x.detach()))
        return x + y, product, order

    @staticmethod
    def backward(ctx, grad_sum, grad_product, grad_order):
        x, y, product = ctx.saved_tensors
        if not ctx.needs_input_grad[1]:
            return grad_sum + grad_product * product / x, None
        return grad_sum + grad_product * product / x, (grad_sum + grad_product * x)


class Cube(Function):
    """The newer style: forward without ctx."""

    @staticmethod
    def forward(x):
        return x**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0])

    @staticmethod
    def backward(ctx, grad_output):
        return 3 * ctx.saved_tensors[0] ** 2 * grad_output


w = torch.tensor([[0.5, -1.5], [2.0, 0.25]], requires_grad=True)
x = torch.tensor([[1.0, 2.0], [-0.5, 3.0]], requires_grad=True)


def show(name, y):
    w.grad = x.grad = None
    y.backward()
    print(name, y.item(), *(t.grad for t in (w, x) if t.grad is not None))


show("reversed", (ReverseGradient.apply(w @ x, 0.5) * x).sum())
show("rounded", (Rounded.apply(w * 3) * x).sum())
show("exp", Exp.apply(w * x).sum())
total, product, order = SumAndProduct.apply(w * 2, x)
print("order", order, order.requires_grad, total.requires_grad)
show("two outputs", (total * product).sum())
show("one of two", SumAndProduct.apply(w * 2, x)[1].sum())
show("one needed", SumAndProduct.apply(w, x.detach())[1].mean())
for name, f in (("exp", Exp.apply), ("cube", Cube.apply),
                ("product", lambda w: SumAndProduct.apply(w, w * x)[1])):
    (first,) = grad(f(w).sum(), w, create_graph=True)
    show(f"{name} twice", (first**2).sum())
