"""Refused clearly: a good call with one argument spoilt raises one of five errors, by name.

The message begins with the name of the function or the layer that was called, and the error comes
from this library. Spoilt means: another type, rank, size or dtype, or a number out of range. Some
of these calls are still valid; where PyTorch is installed, what it refuses must be refused here.
"""

import random
import re
import traceback

import numpy as np
import pytest

import tinygrad_cv as tg

CLASSES = (TypeError, ValueError, IndexError, RuntimeError, NotImplementedError)
CALLS, REFUSED = 400, 100  # spoilt calls for each family, and how many must be refused at least

# A call is a text, evaluated with t = tinygrad_cv or torch: "name | function | argument | ...".
# An argument may have a keyword. Tensors: x(shape), i(shape) (integers), b(shape) (bools).
FAMILIES = {
    "linear": """
        linear | F.linear | x(4,3) | x(2,3) | x(2)
        linear | F.linear | x(2,4,3) | x(2,3) | bias=x(2)
        Linear | nn.Linear(3,2) | x(4,3)
        Linear | nn.Linear | 3 | 2 | bias=True
        matmul | t.matmul | x(2,3) | x(3,2)
        mm | t.mm | x(2,3) | x(3,2)
        bmm | t.bmm | x(2,2,3) | x(2,3,2)
        t | t.t | x(2,3)
        matmul | t.matmul | x(3) | x(3)""",
    "convolution": """
        conv2d | F.conv2d | x(2,3,6,6) | x(4,3,3,3) | x(4) | 1 | 1 | 1 | 1
        conv2d | F.conv2d | x(2,4,6,6) | x(4,2,3,3) | stride=(2,1) | padding=(1,0) | groups=2
        Conv2d | nn.Conv2d(3,4,3) | x(2,3,6,6)
        Conv2d | nn.Conv2d | 3 | 4 | kernel_size=3 | stride=1 | dilation=1 | groups=1""",
    "transposed convolution": """
        conv_transpose2d | F.conv_transpose2d | x(2,3,5,5) | x(3,4,3,3) | x(4) | 2 | 1 | 1 | 1 | 1
        ConvTranspose2d | nn.ConvTranspose2d(3,4,3) | x(2,3,6,6)
        ConvTranspose2d | nn.ConvTranspose2d | 3 | 4 | 3 | stride=2 | padding=0 | groups=1
        ConvTranspose2d | nn.ConvTranspose2d | 3 | 4 | 3 | 2 | output_padding=1 | dilation=1""",
    "norms": """
        batch_norm | F.batch_norm | x(4,3) | x(3) | x(3) | x(3) | x(3) | True | 0.1 | 1e-5
        group_norm | F.group_norm | x(2,4,3) | 2 | x(4) | x(4) | 1e-5
        instance_norm | F.instance_norm | x(2,3,4,4) | x(3) | x(3) | x(3) | bias=x(3)
        BatchNorm1d | nn.BatchNorm1d(3) | x(4,3)
        BatchNorm2d | nn.BatchNorm2d(3) | x(2,3,4,4)
        InstanceNorm2d | nn.InstanceNorm2d(3,affine=True) | x(2,3,4,4)
        GroupNorm | nn.GroupNorm(2,4) | x(2,4,3)
        GroupNorm | nn.GroupNorm | 2 | 4""",
    "pooling": """
        max_pool2d | F.max_pool2d | x(2,3,6,6) | 2 | 2 | 1 | 1 | False
        avg_pool2d | F.avg_pool2d | x(2,3,6,6) | (2,2) | 2 | 1 | False | True
        adaptive_avg_pool2d | F.adaptive_avg_pool2d | x(2,3,6,6) | (2,3)
        MaxPool2d | nn.MaxPool2d(2) | x(2,3,6,6)""",
    "activations": """
        relu | F.relu | x(2,3)
        leaky_relu | F.leaky_relu | x(2,3) | 0.1
        prelu | F.prelu | x(2,3) | x(3)
        elu | F.elu | x(2,3) | 1.0
        silu | F.silu | x(2,3)
        softplus | F.softplus | x(2,3) | 1.0 | 20.0
        softmax | F.softmax | x(2,3) | 1
        log_softmax | F.log_softmax | x(2,3) | -1
        dropout | F.dropout | x(2,3) | 0.5 | True
        tanh | t.tanh | x(2,3)
        sigmoid | t.sigmoid | x(2,3)
        relu6 | F.relu6 | x(2,3)
        logsigmoid | F.logsigmoid | x(2,3)
        dropout2d | F.dropout2d | x(2,3,4,4) | 0.5 | True
        gelu | F.gelu | x(2,3) | approximate='tanh'
        Softmax | nn.Softmax(1) | x(2,3)
        PReLU | nn.PReLU(3) | x(2,3)""",
    "losses": """
        mse_loss | F.mse_loss | x(2,3) | x(2,3) | reduction='mean'
        l1_loss | F.l1_loss | x(2,3) | x(2,3)
        smooth_l1_loss | F.smooth_l1_loss | x(2,3) | x(2,3) | beta=1.0
        binary_cross_entropy_with_logits | {bce}_with_logits | x(2,3) | x(2,3) | pos_weight=x(3)
        binary_cross_entropy | {bce} | x(2,3).sigmoid() | x(2,3).sigmoid() | x(3) | reduction='sum'
        nll_loss | F.nll_loss | x(4,3) | i(4) | x(3) | reduction='mean'
        cross_entropy | F.cross_entropy | x(4,3) | i(4) | x(3) | label_smoothing=0.1
        CrossEntropyLoss | nn.CrossEntropyLoss() | x(4,3) | i(4)""",
    "embedding": """
        embedding | F.embedding | i(5) | x(3,2)
        embedding | F.embedding | i(2,2) | x(3,2)
        one_hot | F.one_hot | i(2,3) | 4
        Embedding | nn.Embedding(3,2) | i(4)
        Embedding | nn.Embedding | 4 | 2""",
    "shape": """
        reshape | t.reshape | x(2,3) | (3,2)
        flatten | t.flatten | x(2,3,2) | 0 | 1
        unflatten | t.unflatten | x(2,6) | 1 | (2,3)
        permute | t.permute | x(2,3,2) | (2,0,1)
        transpose | t.transpose | x(2,3) | 0 | 1
        squeeze | t.squeeze | x(2,1) | 1
        unsqueeze | t.unsqueeze | x(2,3) | 0
        cat | t.cat | [x(2,3),x(1,3)] | 0
        stack | t.stack | [x(2,3),x(2,3)] | 0
        split | t.split | x(4,2) | 2 | 0
        chunk | t.chunk | x(4,2) | 2 | 0
        narrow | t.narrow | x(4,2) | 0 | 1 | 2
        flip | t.flip | x(2,3) | (0,)
        pad | F.pad | x(2,3) | (1,1) | 'constant' | 0.0
        interpolate | F.interpolate | x(1,2,3,3) | scale_factor=2
        interpolate | F.interpolate | x(1,2,3,3) | (4,5) | mode='bilinear'
        pixel_shuffle | F.pixel_shuffle | x(1,4,2,2) | 2
        Flatten | nn.Flatten() | x(2,3,2)""",
    "optimizers": """
        SGD | optim.SGD | {p} | lr=0.1 | momentum=0.9 | weight_decay=0.1
        Adam | optim.Adam | {p} | lr=0.1 | betas=(0.9,0.99) | eps=1e-8 | weight_decay=0.1
        AdamW | optim.AdamW | {p} | lr=0.1 | betas=(0.9,0.99) | eps=1e-8
        RMSprop | optim.RMSprop | {p} | lr=0.1 | alpha=0.9 | eps=1e-8 | momentum=0.5
        StepLR | optim.lr_scheduler.StepLR | opt | 2 | 0.5
        ExponentialLR | optim.lr_scheduler.ExponentialLR | opt | 0.5
        CosineAnnealingLR | optim.lr_scheduler.CosineAnnealingLR | opt | 3 | 0.0
        MultiStepLR | optim.lr_scheduler.MultiStepLR | opt | [1,2] | 0.5
        clip_grad_norm_ | nn.utils.clip_grad_norm_ | [x(2)] | 1.0 | 2.0""",
    "creation": """
        zeros | t.zeros | (2,3)
        ones | t.ones | 2 | 3
        full | t.full | (2,3) | 1.5
        arange | t.arange | 0 | 5 | 2
        linspace | t.linspace | 0.0 | 1.0 | 5
        eye | t.eye | 3 | 2
        randn | t.randn | 2 | 3
        rand | t.rand | (2,3)
        randint | t.randint | 0 | 5 | (2,)
        randperm | t.randperm | 4
        normal | t.normal | 0.0 | 1.0 | (2,)
        zeros_like | t.zeros_like | x(2,3)
        empty_like | t.empty_like | x(2,3)
        rand_like | t.rand_like | x(2,3)
        new_full | x(2).new_full | (2,3) | 1.5
        full_like | t.full_like | x(2,3) | 2.0""",
    "indexing": """
        gather | t.gather | x(3,3) | 1 | i(3,2)
        index_select | t.index_select | x(4,2) | 0 | i(3)
        masked_fill | t.masked_fill | x(2,3) | b(2,3) | 1.0
        select | t.select | x(3,3) | 1 | 2
        where | t.where | b(2,3) | x(2,3) | x(2,3)
        indexing | x(3,3).__getitem__ | (i(2),0)
        indexing | x(3,3).__getitem__ | 1""",
    "reductions": """
        sum | t.sum | x(2,3) | 1 | True
        mean | t.mean | x(2,3) | 1 | True
        var | t.var | x(2,3) | 1
        std | t.std | x(2,3) | 1
        min | t.min | x(2,3) | 1
        amin | t.amin | x(2,3) | 0 | True
        max | t.max | x(2,3) | 1
        amax | t.amax | x(2,3) | (0,1)
        argmin | t.argmin | x(2,3) | 1 | True
        prod | t.prod | x(2,3) | 1
        norm | t.norm | x(2,3) | 2 | 1
        logsumexp | t.logsumexp | x(2,3) | 1
        any | t.any | x(2,3) | 1
        all | t.all | x(2,3)""",
    "arithmetic": """
        add | t.add | x(2,3) | x(3) | alpha=2
        sub | t.sub | x(2,3) | x(3)
        mul | t.mul | x(2,3) | x(2,1)
        div | t.div | x(2,3) | x(3)
        floor_divide | t.floor_divide | x(2,3) | x(3)
        minimum | t.minimum | x(2,3) | x(3)
        lerp | t.lerp | x(2,3) | x(3) | 0.5
        lt | t.lt | x(2,3) | x(3)
        ceil | t.ceil | x(2,3)
        square | t.square | x(2,3)
        pow | t.pow | x(2,3) | 2
        maximum | t.maximum | x(2,3) | x(3)
        remainder | t.remainder | x(2,3) | 2.0
        clamp | t.clamp | x(2,3) | -1.0 | 1.0
        eq | t.eq | x(2,3) | x(3)
        exp | t.exp | x(2,3)
        abs | t.abs | x(2,3)
        neg | t.neg | x(2,3)
        bitwise_or | t.bitwise_or | i(2,3) | i(3)
        allclose | t.allclose | x(2,3) | x(2,3)""",
    "borders and sizes": """
        ZeroPad2d | nn.ZeroPad2d(1) | x(1,2,3,3)
        ReflectionPad2d | nn.ReflectionPad2d((1,0,1,2)) | x(1,2,3,3)
        ReplicationPad2d | nn.ReplicationPad2d(1) | x(2,3,3)
        ConstantPad2d | nn.ConstantPad2d(1,0.5) | x(1,2,3,3)
        ConstantPad2d | nn.ConstantPad2d | 1 | 0.5
        ReflectionPad2d | nn.ReflectionPad2d | (1,0,1,2)
        PixelShuffle | nn.PixelShuffle(2) | x(1,4,2,2)
        PixelShuffle | nn.PixelShuffle | 2
        Upsample | nn.Upsample(scale_factor=2) | x(1,2,3,3)
        Upsample | nn.Upsample | scale_factor=2.0
        Unflatten | nn.Unflatten(1,(2,3)) | x(2,6)
        Unflatten | nn.Unflatten | 1 | (2,3)
        Flatten | nn.Flatten | 1 | -1
        Dropout | nn.Dropout | 0.5
        Dropout | nn.Dropout(0.5) | x(2,3)
        Dropout2d | nn.Dropout2d(0.5) | x(2,3,4,4)""",
    "first weights": """
        normal_ | nn.init.normal_ | x(2,3) | 0.0 | 1.0
        uniform_ | nn.init.uniform_ | x(2,3) | 0.0 | 1.0
        constant_ | nn.init.constant_ | x(2,3) | 1.0
        xavier_uniform_ | nn.init.xavier_uniform_ | x(2,3) | 1.0
        kaiming_uniform_ | nn.init.kaiming_uniform_ | x(2,3) | 0.0 | 'fan_in' | 'leaky_relu'
        calculate_gain | nn.init.calculate_gain | 'leaky_relu' | 0.2
        normal_ | x(2,3).normal_ | 0.0 | 1.0
        uniform_ | x(2,3).uniform_ | 0.0 | 1.0
        random_ | x(2,3).random_ | 0 | 9
        fill_ | x(2,3).fill_ | 1.0
        copy_ | x(2,3).copy_ | x(2,3)
        add_ | x(2,3).add_ | x(3) | alpha=2
        clamp_ | x(2,3).clamp_ | -1.0 | 1.0
        masked_fill_ | x(2,3).masked_fill_ | b(2,3) | 1.0
        setitem | x(2,3).__setitem__ | 1 | x(3)
        setitem | x(3,3).__setitem__ | i(3) | x(3,3)""",
}  # fmt: skip


# Functions that are made of others, which check the arguments and say so under their own names
MADE_OF = {
    "mm": "matmul", "bmm": "matmul", "floor_divide": "div",
    "new_full": "full", "full_like": "full item", "empty_like": "zeros_like", "rand_like": "rand",
    "allclose": "eq", "lerp": "mul sub", "std": "var", "select": "indexing", "AdamW": "Adam",
    "group_norm": "batch_norm", "dropout2d": "dropout", "softmax": "log_softmax",
    "max": "argmax maximum", "min": "argmin minimum", "masked_fill": "where",
    "instance_norm": "group_norm batch_norm", "normal": "zeros normal_",
    "setitem": r"indexing x\[...\].=.v",
    **dict.fromkeys(["full", "arange", "linspace"], "item"), "exp": "Exp",
    "xavier_uniform_": "uniform_", "kaiming_uniform_": "uniform_", "constant_": "fill_",
    "masked_fill_": "where",
}  # fmt: skip


class Odd:
    """What no function knows."""


TENSOR_SPOILT = [
    "None", "'text'", "Odd()", "[1.0, 2.0]", "{}", "x()", "x(7)", "x(5,5)", "x(2,2,2,2,2)", "x(0)",
    "{a}.unsqueeze(0)", "{a}.double()", "{a}.long()", "{a}.bool()", "{a}[:1]", "{a}[..., :1]",
    "{a}.unsqueeze(0).unsqueeze(0)",
]  # fmt: skip
OTHER_SPOILT = [
    "None", "'text'", "Odd()", "-1", "-7", "0", "3", "100", "2.5", "float('nan')", "()",
    "(1,2,3,4,5)", "[-3]", "x(3,3)", "{}", "('a',)", "(0.5, 1)", "(Odd(),)", "[x(2), None]",
]  # fmt: skip


def scope(t):
    """What the texts are evaluated with; the numbers are the same for both libraries."""
    numbers = random.Random(0)

    def x(*shape):
        count = 1
        for n in shape:
            count *= n
        return t.tensor([numbers.gauss(0, 1) for _ in range(count)], dtype=t.float32).reshape(shape)

    def i(*shape):
        return (x(*shape).abs() * 3).long() % 3

    return dict(
        t=t, F=t.nn.functional, nn=t.nn, optim=t.optim, Odd=Odd,
        x=x, i=i, b=lambda *shape: x(*shape) > 0,
        opt=t.optim.SGD([t.zeros(2, requires_grad=True)], lr=0.1),
    )  # fmt: skip


def parse(line):
    line = line.format(bce="F.binary_cross_entropy", p="[x(2).requires_grad_()]")
    name, function, *arguments = [part.strip() for part in line.split(" | ")]
    return name, function, arguments


def good_calls(family):
    return [parse(line) for line in FAMILIES[family].strip().splitlines()]


def spoilt_calls(family, seed=0):
    """(text, name of what is called) with one argument spoilt."""
    choose, found = random.Random(seed), {}
    calls = good_calls(family)
    for k in range(500 * CALLS):
        name, function, arguments = calls[k % len(calls)]
        place = choose.randrange(len(arguments))
        keyword, equals, value = arguments[place].rpartition("=")
        tensor = value[:2] in ("x(", "i(", "b(")
        spoilt = choose.choice(TENSOR_SPOILT if tensor else OTHER_SPOILT).replace("{a}", value)
        text = ", ".join([*arguments[:place], keyword + equals + spoilt, *arguments[place + 1 :]])
        found[f"{function}({text})"] = name
        if len(found) == CALLS:
            break
    return found.items()


def run(t, text):
    """None, or the exception."""
    try:
        eval(text, scope(t))
    except Exception as error:
        return error


def complaint(error, name):
    """What is wrong with the way of a refusal, or None."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    if not isinstance(error, CLASSES):
        return f"raises {type(error).__name__}: {error}"
    if "tinygrad_cv" not in frame.filename:
        return f"is not raised by this library but in {frame.filename}:{frame.lineno}: {error}"
    names = name, name.rstrip("_"), *MADE_OF.get(name, "").split()  # add_ may be called add
    if not re.match(rf"({'|'.join(names)})(\(.*?\))?: ", str(error), re.S):
        return f"does not name {name}: {error}"


@pytest.mark.parametrize("family", FAMILIES)
def test_good_calls_are_good(family):
    for name, function, arguments in good_calls(family):
        assert run(tg, f"{function}({', '.join(arguments)})") is None


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.filterwarnings("ignore:.*(which dim adds up|are broadcast|no parameters)")
def test_bad_calls_are_refused_by_name(family):
    bad, refused = [], 0
    for text, name in spoilt_calls(family):
        error = run(tg, text)
        refused += error is not None
        if error is not None and complaint(error, name):
            bad.append(f"{text} {complaint(error, name)}")
        if error is None and "Odd()" in text and "(Odd(),)" not in text:
            bad.append(f"{text} is accepted")
    assert not bad, f"{len(bad)}:\n" + "\n".join(bad)
    assert refused >= REFUSED


# Calls that PyTorch refuses and that are right here
HARMLESS = [
    r"t\.(max|min|prod|squeeze|logsumexp)\(.*, (None|\(\))\)",  # all dims
    r"t\.(flip|reshape)\(x\(2,3\), -?\d+\)", r"(t|x\(2\))\.(new_)?full\(\d+, 1\.5\)",  # a size
    r"t\.(normal\(0\.0, 1\.0|randint\(0, 5), \d+\)", r"t\.eye\(3, None\)",
    r"t\.arange\(0, None, 2\)",
    r"optim\.lr_scheduler\.MultiStepLR\(opt, -?\d+, 0\.5\)",  # one milestone
    r"t\.allclose\(.*\)", r".*setitem__\(.*(double|bool)\(\)\)",  # two dtypes, any tolerance
    r"nn\.Re\w+Pad2d\(.*?\)\(.*\)",  # the last two dims of any tensor
    r".*(copy_|masked_fill_|add_)\(.*unsqueeze\(0\).*\)",  # leading dims of size 1
    r"(F\.interpolate|nn\.Upsample).*\.long\(\).*",
    r"nn\.(Dropout|Unflatten|Upsample)\((?!.*\)\().*\)",  # refused by the layer's first call
]  # fmt: skip
if tg.ones(1).device.type != "cpu":  # there the loss is NaN, and nobody waits (test_gpu.py)
    HARMLESS.append(r"nn\.CrossEntropyLoss\(\)\(x\(4,3\)\[\.\.\., :1\], i\(4\)\)")


@pytest.mark.parity
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("family", FAMILIES)
def test_what_torch_refuses_is_refused(family):
    torch = pytest.importorskip("torch")
    accepted = [
        text for text, _ in spoilt_calls(family)
        if not any(re.fullmatch(pattern, text) for pattern in HARMLESS)
        and run(tg, text) is None and run(torch, text) is not None
    ]
    accepted = [f"{text}   torch: {str(run(torch, text))[:90]}" for text in accepted]
    assert not accepted, f"{len(accepted)}:\n" + "\n".join(accepted)


@pytest.mark.parametrize("text, message", [
    ("F.max_pool2d(x(1,1,4,4), 5)", "max_pool2d: a window of 5 .* does not fit into 4 pixels"),
    ("F.avg_pool2d(x(1,1,4,4), (2,5), padding=(0,0))", "avg_pool2d: a window of 5"),
    ("F.max_pool2d(x(1,1,2,2), 2, 1, 1, 3)", "max_pool2d: a window of 2 with dilation 3"),  # -1, 2
    ("F.max_pool2d(x(1,1,4,4), 2, padding=2)", "max_pool2d: padding 2 is more than half"),
    ("F.avg_pool2d(x(1,1,4,4), 2, divisor_override=0)", "avg_pool2d: divisor_override"),
    ("F.max_pool2d(x(1,0,4,4), 2)", "max_pool2d: images must have channels and pixels"),
    ("F.conv_transpose2d(x(1,1,0,3), x(1,1,4,4))", r"conv_transpose2d: .* of \(0, 3\) leave no"),
    ("F.interpolate(x(1,1,3,3), scale_factor=0.1)", "interpolate: can't make an image of size"),
    ("F.interpolate(x(1,1,3,3), 2, 2.0)", "interpolate: give either size or scale_factor"),
    ("F.binary_cross_entropy(x(2,2).sigmoid(), x(2))", "binary_cross_entropy: targets .*shape"),
    ("F.mse_loss(x(2,2), x(3))", "mse_loss: shapes .* can't be broadcast"),
    ("F.cross_entropy(x(2,3), i(2), x(2))", "cross_entropy: weight"),
])
def test_a_message_says_what_is_wrong(text, message):
    assert re.match(message, str(run(tg, text)))


@pytest.mark.parametrize("two, four", [
    (2, 4), (np.int64(2), np.int64(4)), (tg.tensor(2), tg.tensor(4)), (np.int64(2), 4),
])
def test_a_call_that_passed_lets_no_other_number_of_groups_pass(two, four):
    x, weight = tg.zeros(1, 4, 5, 5), tg.zeros(4, 2, 3, 3)
    for _ in range(2):
        assert tg.nn.functional.conv2d(x, weight, groups=two).shape == (1, 4, 3, 3)
        with pytest.raises(RuntimeError, match="^conv2d: weight .* with groups=4"):
            tg.nn.functional.conv2d(x, weight, groups=four)
        assert tg.nn.functional.conv_transpose2d(x, weight, groups=two).shape == (1, 4, 7, 7)
