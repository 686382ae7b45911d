"""Pictures: the graph as it is, folded into modules; multiply-adds as one counts them by hand."""

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

import tinygrad_cv as tg
from tinygrad_cv import nn
from tinygrad_cv.models.dcgan import Discriminator, Generator

SVG_TEXT = "{http://www.w3.org/2000/svg}text"


def parts(graph):
    """{box: its lines} and the arrows, read off the Mermaid text."""
    text = graph.mermaid()
    boxes = {n: lines.split("<br/>") for n, lines in re.findall(r'(n\d+)\["(.*)"\]', text)}
    arrows = re.findall(r'(n\d+) -->\|"(.*)"\| (n\d+)', text)
    return boxes, [(boxes[a][0], shape, boxes[b][0]) for a, shape, b in arrows]


def test_boxes_are_the_operations_and_arrows_their_edges():
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh())
    y = net(tg.randn(3, 4, requires_grad=True))
    _, arrows = parts(tg.viz.draw_graph((y * y).sum(), net.named_parameters()))
    assert sorted(arrows) == sorted([
        ("leaf 1", "(3, 4)", "Linear"), ("0.weight", "(8, 4)", "Linear"),
        ("0.bias", "(8,)", "Linear"), ("Linear", "(3, 8)", "Tanh"), ("Tanh", "(3, 8)", "Mul"),
        ("Tanh", "(3, 8)", "Mul"), ("Mul", "(3, 8)", "Sum"), ("Sum", "()", "output"),
    ])


def test_after_backward_a_leaf_shows_the_norm_of_its_gradient(capsys):
    w = tg.tensor([3.0, 2.0], requires_grad=True)
    loss = (w * tg.tensor([3.0, 4.0])).sum()
    loss.backward()
    boxes, _ = parts(tg.viz.draw_graph(loss, {"w": w}))
    assert ["w", "|grad| 5"] in boxes.values()
    tg.viz.print_graph(loss)
    assert capsys.readouterr().out.splitlines() == [
        "leaf 1  leaf            (2,)  |grad| 5",
        "1       Mul(leaf 1, -)  (2,)",
        "2       Sum(1)          ()",
    ]


def test_large_graphs_are_folded_until_they_can_be_read():
    net = tg.models.resnet34(num_classes=5)
    loss = net(tg.randn(2, 3, 32, 32)).square().mean()
    boxes, arrows = parts(tg.viz.draw_graph(loss, net.named_parameters()))
    counts = {lines[0]: lines[1] for lines in boxes.values() if len(lines) > 1}
    assert len(boxes) <= tg.viz.MOST_BOXES
    assert [*counts] == ["conv1", "bn1", "layer1", "layer2", "layer3", "layer4", "fc"]
    total = sum(int(text.split()[0].replace(",", "")) for text in counts.values())
    assert total == sum(p.numel() for p in net.parameters())
    assert arrows.count(("MaxPool2d", "(2, 64, 8, 8)", "layer1")) == 2  # the block, and around it
    whole, _ = parts(tg.viz.draw_graph(loss, net.named_parameters(), depth=0))
    assert sum(lines[0].endswith(".weight") for lines in whole.values()) == 73


@pytest.mark.parametrize("spectral", [False, True])
def test_each_call_of_a_network_is_a_box(spectral):
    G, D = Generator(features=2), Discriminator(features=2, spectral=spectral)
    real, fake = tg.randn(2, 3, 64, 64), G(tg.randn(2, 100, 1, 1))
    named = [*G.named_parameters(prefix="G"), *D.named_parameters(prefix="D")]
    a, b = D(real), D(fake)  # one after the other, with no operation between
    _, arrows = parts(tg.viz.draw_graph((a - b).mean(), named, depth=1))
    assert sorted(arrows) == sorted([
        ("G", "(2, 3, 64, 64)", "Tanh"), ("Tanh", "(2, 3, 64, 64)", "D"),
        ("D", "(2, 1, 1, 1)", "Sub"), ("D", "(2, 1, 1, 1)", "Sub"),
        ("Sub", "(2, 1, 1, 1)", "Mean"), ("Mean", "()", "output"),
    ])


def test_a_long_chain_is_no_harder_than_a_short_one():
    y = tg.ones(1, requires_grad=True)
    for _ in range(3000):
        y = y + 1
    assert len(tg.viz.draw_graph(y).boxes) == 3002


def test_errors_say_what_to_do():
    with pytest.raises(ValueError, match="draw_graph: .* requires_grad=True"):
        tg.viz.draw_graph(tg.ones(2))
    net = nn.Linear(2, 2)
    for params in net, net.parameters(), [net.weight], 3:
        with pytest.raises(TypeError, match=r"print_graph: params .* net.named_parameters\(\)"):
            tg.viz.print_graph(net(tg.ones(1, 2)), params)


def test_graphviz_draws_it(tmp_path):
    pytest.importorskip("graphviz")
    if not shutil.which("dot"):
        pytest.skip("needs Graphviz's program dot")
    w, hard = tg.ones(2, requires_grad=True), 'quotes " and \\ <b> & a|pipe'
    graph = tg.viz.draw_graph(w.exp(), {hard: w})
    graph.save(tmp_path / "graph.png")
    assert (tmp_path / "graph.png").read_bytes().startswith(b"\x89PNG")
    svg = graph._repr_mimebundle_()["image/svg+xml"]
    texts = ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(SVG_TEXT)]
    texts = [text.replace("\xa0", " ").strip() for text in texts]
    assert sorted(texts) == sorted([hard, "Exp", "output", "(2,)", "(2,)"])


def test_without_graphviz_a_notebook_gets_mermaid(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))  # no program there
    graph = tg.viz.draw_graph(tg.ones(2, requires_grad=True).exp(), {})
    assert graph._repr_mimebundle_()["text/markdown"].startswith("```mermaid\nflowchart TD\n")
    with pytest.raises(RuntimeError, match=r"pip install .*\[viz\].*`dot`"):
        graph.save(tmp_path / "graph.svg")
    assert not (tmp_path / "graph.svg").exists()


class Odd(nn.Module):
    """A layer that runs twice, a parameter beside a part, dropout and batch norm."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(tg.ones(1))
        self.conv = nn.Conv2d(4, 4, 3, padding=1, groups=2)
        self.norm, self.drop = nn.BatchNorm2d(4), nn.Dropout()
        self.up = nn.ConvTranspose2d(4, 6, 4, stride=2, padding=1, groups=2, bias=False)

    def forward(self, x):
        return self.up(self.drop(self.norm(self.conv(self.conv(x))))) * self.scale


def rows_of(capsys):
    return [re.split(r"  +", line) for line in capsys.readouterr().out.splitlines()[1:]]


def test_summary_counts_as_one_does_by_hand(capsys):
    tg.viz.summary(Odd(), (2, 4, 5, 7))
    conv = f"{2 * 4 * 5 * 7 * (4 // 2 * 3 * 3):,}"  # outputs times the numbers in a patch
    up = f"{2 * 4 * 5 * 7 * (6 // 2 * 4 * 4):,}"  # inputs times the numbers in a stamp
    same, double = "(2, 4, 5, 7)", "(2, 6, 10, 14)"
    assert rows_of(capsys)[:-1] == [
        ["conv", "Conv2d", same, str(4 * 2 * 9 + 4), conv],
        ["conv", "Conv2d", same, "0", conv],  # the same parameters again
        ["norm", "BatchNorm2d", same, "8", "0"],
        ["drop", "Dropout", same, "0", "0"],
        ["up", "ConvTranspose2d", double, str(4 * 3 * 16), up],
        ["Odd", "Odd", double, "1", "0"],
    ]
    tg.viz.summary(nn.Linear(3, 5), tg.zeros(2, 7, 3))
    assert rows_of(capsys)[0] == ["Linear", "Linear", "(2, 7, 5)", "20", str(2 * 7 * 3 * 5)]


def test_summary_of_resnet34_gives_the_published_numbers(capsys):
    tg.viz.summary(tg.models.resnet34(), (1, 3, 224, 224))
    *_, parameters, work = rows_of(capsys)[-1]
    assert parameters == "21,797,672"  # torchvision's
    assert 3.6e9 < int(work.replace(",", "")) < 3.7e9  # "3.6 billion", He et al. 2015


def test_looking_at_a_net_changes_nothing(capsys):
    net = Odd()
    net.drop.eval()
    before, seed = {k: x.clone() for k, x in net.state_dict().items()}, tg.get_rng_state()
    tg.viz.summary(net, (1, 4, 6, 6))
    with pytest.raises(RuntimeError, match="conv2d: .* C = 5"):
        tg.viz.summary(net, (1, 5, 6, 6))
    assert net.training and net.norm.training and not net.drop.training
    assert not any(hooks for module in net.modules() for hooks in module._hooks.values())
    assert all(tg.equal(x, before[name]) for name, x in net.state_dict().items())
    assert str(tg.get_rng_state()) == str(seed)


def colours(picture):
    """How many pixels of the picture are red, blue and grey, without shades."""
    pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3).tolist()
    return [pixels.count(colour) for colour in ([255, 0, 0], [0, 0, 255], [128, 128, 128])]


def test_activations_show_signs_and_what_is_dead():
    net = nn.Sequential(nn.Conv2d(1, 2, 1, bias=False), nn.ReLU(), nn.Flatten())
    net[0].weight.data = tg.tensor([1.0, -1.0]).reshape(2, 1, 1, 1)
    picture = tg.viz.activations(net, tg.ones(1, 1, 3, 3))
    red, blue, _ = colours(picture)  # red are the first channel before and after the ReLU
    assert blue > 1000 and abs(red - 2 * blue) < 0.1 * blue
    with pytest.raises(ValueError, match=r"activations: .*\(N, C, H, W\)"):
        tg.viz.activations(nn.Linear(2, 2), tg.ones(1, 2))


def test_filters_of_colour_images_are_in_colour():
    conv = nn.Conv2d(3, 3, 2)
    conv.weight.data = tg.eye(3).reshape(3, 3, 1, 1).expand(3, 3, 2, 2) * 2 - 1
    red, blue, grey = colours(tg.viz.filters(conv))
    assert red == blue > 1000 and grey == 0  # one filter for each colour
    conv.weight.data = tg.zeros(3, 2, 2, 2)
    assert colours(tg.viz.filters(conv)) == [0, 0, 0]


def test_the_module_is_loaded_when_it_is_used_and_matplotlib_later():
    program = """
import sys, tinygrad_cv as tg
assert "tinygrad_cv.viz" not in sys.modules and "viz" in dir(tg)
tg.viz.print_graph(tg.ones(1, requires_grad=True).exp())
assert not {"matplotlib", "graphviz", "PIL"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_page_shows_what_its_code_prints(capsys):
    page = (Path(__file__).parent.parent / "docs" / "viz.md").read_text(encoding="utf-8")
    blocks, names = re.findall(r"^```(\w+)\n(.*?)^```", page, re.DOTALL | re.MULTILINE), {}
    assert [language for language, _ in blocks].count("text") == 2
    for language, text in blocks[:-1]:  # nothing is printed after the last
        if language == "python":
            exec(text, names)
        else:
            assert text == capsys.readouterr().out
