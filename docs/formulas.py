"""Formulas that read well as text, drawn by the site: "dL/dy_i = 1/m sum_i x_i^2" as MathML.

    x_i  x^2  e^(z_j - M)    subscripts and powers; what follows in brackets belongs to them
    dL/dw  1/m               without spaces: a fraction of the two things beside it
    a b / (c + d)            with spaces: a fraction of the two products beside it
    sum_i  sum over n, o of  sums         sqrt(x)  floor(x)  <x>      a root, rounding down, a mean
    a = b      because c     two or more spaces begin a new column

A word is upright, as "mean" is. The words that are not in NAMES are prose. Lines are aligned at
their first relation. Browsers draw MathML themselves: it needs no script and no font.
"""

import re
from html import escape

NAMES = set("""
    mean var eps log ln exp max min lr loss sigmoid softmax onehot conv2d conv2d_input conv2d_weight
    conv_transpose2d im2col col2im BCE CE JS kh kw logit average weight patches matrix running batch
    momentum step efficiency slope row image fake real im
""".split())
GREEK = dict(theta="θ", epsilon="ε", pi="π")
RELATIONS = {"=": "=", "<-": "←", "<=": "≤", ">=": "≥", "<": "<", ">": ">", "->": "→"}
SIGNS = {**RELATIONS, "+": "+", "-": "−", "*": "·", ",": ",", ":": ":", "...": "…", "@": "@",
         ";": ";", ".": "."}
FENCES = {"(": ")", "[": "]", "⟨": "⟩", "|": "|"}
TOKEN = re.compile(
    r"(?P<space> *)(?P<text>[Cc]onv\w+|im2col|col2im|[A-Za-z]+\*?'?|[\d,]*\d(?:\.\d+)?|"
    r"\.\.\.|<-|->|<=|>=|.)"
)
SPLIT = re.compile(r"^(.*?)\s*(?<!\S)(=|<-|<=)(?!\S)\s*(.*)$")


def draw(text):
    """A formula, or several in lines, as HTML that scrolls where the screen is narrow."""
    rows = [cells(line) for line in text.rstrip().split("\n")]
    rows = [row for row in rows if row]
    table = "".join("<mtr>" + "".join(
        f'<mtd style="padding: .35em {1.5 if i else .2}em .35em 0; text-align: left">'
        f"{Formula(cell).drawn()}</mtd>" for i, cell in enumerate(row)
    ) + "</mtr>" for row in rows)
    table = re.sub(r"&nbsp;</mtext>(<mspace[^>]*>)?<mtext>&nbsp;", "&nbsp;", table)  # words
    return ('<div style="overflow-x: auto; margin: 1em 0"><math display="block" '
            f'><mtable displaystyle="true">{table}</mtable></math></div>')


def cells(line):
    """[left side, relation and right side, further columns ...] of a line."""
    line = re.sub(r"(^|(?<=\S) +)(=|<-) +", r" \2 ", line.strip()).strip()
    first, *others = re.split(r" {2,}", line) if line else [""]
    if split := SPLIT.match(first):
        return [split[1], f"{split[2]} {split[3]}", *others]
    return [first, *others] if line else []


def row(parts):
    return parts[0] if len(parts) == 1 else f"<mrow>{''.join(parts)}</mrow>"


class Formula:
    """A parser that walks over the tokens (text, were there spaces before it?)."""

    def __init__(self, text):
        text = re.sub(r"<(\w[\w ]*|\.)>", r"⟨\1⟩", text)
        found = [(m["text"], bool(m["space"])) for m in TOKEN.finditer(text)]
        self.tokens, self.at = [*found, ("", True), ("", True)], 0

    def drawn(self):
        parts = self.products("")
        if self.at < len(self.tokens) - 2:
            raise ValueError(f"a formula has one {self.tokens[self.at][0]!r} too many")
        return row(parts)

    def next(self, *texts, tight=False):
        """Is this what comes next (without a space before it)?"""
        text, spaced = self.tokens[self.at]
        return text in texts and not (tight and spaced)

    def take(self):
        self.at += 1
        return self.tokens[self.at - 1][0]

    def products(self, end):
        """Everything up to `end`, as a list of drawn parts."""
        parts, start = [], 0  # `start` is where the product begins that is being read
        while self.tokens[self.at][0] not in ("", end):
            if self.next("/"):
                self.take()
                below = []
                while not self.next("", end, *SIGNS):
                    below += ['<mspace width=".17em"/>'] * bool(below) + [self.factor()]
                above, parts[start:] = parts[start:], []
                parts.append(f"<mfrac>{row(bare(above))}{row(bare(below))}</mfrac>")
            elif self.next(*SIGNS):
                sign = self.take()
                parts.append(f"<mo>{escape(SIGNS[sign])}</mo>")
                start = len(parts)
            else:
                if len(parts) > start:
                    parts.append('<mspace width=".17em"/>')
                parts.append(self.factor())
        return parts

    def factor(self):
        """A thing with its subscripts, powers and arguments; or a fraction of two of them."""
        above = self.thing()
        if not (self.next("/", tight=True) and not self.tokens[self.at + 1][1]):
            return above
        self.take()
        return f"<mfrac>{row(bare([above]))}{row(bare([self.thing()]))}</mfrac>"

    def thing(self):
        base = self.scripted(self.atom())
        while self.next("(", tight=True):  # f(x)
            base = row([base, self.scripted(self.atom())])
        return base

    def scripted(self, base):
        prefix = ""
        if isinstance(base, tuple):  # the x of dx
            prefix, base = base
        under = self.script() if self.next("_", tight=True) else None
        over = self.script() if self.next("^", tight=True) else None
        if "∑" in base or base in ("<mi>max</mi>", "<mi>min</mi>"):
            base = f"<munder>{base}{under}</munder>" if under else base
        elif under and over:
            base = f"<msubsup>{base}{under}{over}</msubsup>"
        elif under or over:
            tag = "msub" if under else "msup"
            base = f"<{tag}>{base}{under or over}</{tag}>"
        return row([prefix, base]) if prefix else base

    def script(self):
        sign = self.take()
        if self.next("-"):
            self.take()
            return row(["<mo>−</mo>", self.atom()])
        if sign == "_":
            word = self.take()
            return row(list(map(letter, [word] if len(word) > 3 else word)))
        return self.scripted(row(bare([self.atom()])))

    def atom(self):
        before, text = self.tokens[self.at - 1][0], self.take()
        if text == "a" and "<mtext>" in letter(before or "="):  # the article
            return "<mtext>&nbsp;a&nbsp;</mtext>"
        if text in FENCES:
            inside = row(self.products(FENCES[text]) or [""])
            self.close(FENCES[text])
            grows = str("<mfrac" in inside or "<munder" in inside).lower()
            start, end = (f'<mo stretchy="{grows}">{x}</mo>' for x in (text, FENCES[text]))
            return f"<mrow>{start}{inside}{end}</mrow>"
        if text in ("sqrt", "floor") and self.next("(", tight=True):
            self.take()
            inside = row(self.products(")"))
            self.close(")")
            if text == "sqrt":
                return f"<msqrt>{inside}</msqrt>"
            return f"<mrow><mo>⌊</mo>{inside}<mo>⌋</mo></mrow>"
        if text == "sum":
            if not self.next("over"):
                return "<mo>∑</mo>"
            self.take()
            under = row(self.products("of"))
            if self.next("of"):
                self.take()
            return f"<munder><mo>∑</mo>{under}</munder>"
        if text[0] == "d" and (text[1:] in NAMES or len(text.rstrip("'*")) == 2):
            return "<mi>d</mi>", letter(text[1:])
        return letter(text)

    def close(self, fence):
        if self.take() != fence:
            raise ValueError(f"a formula lacks a {fence!r}")


def letter(text):
    """A number, a variable, a name, or a word of prose."""
    if text[0].isdigit():
        return f"<mn>{text}</mn>"
    if text[-1] in "'*" and len(text) == 2:  # f'(x), D*
        return f"<mi>{text[0]}</mi><mo lspace='0'>{text[1].replace(chr(39), '′')}</mo>"
    if text in GREEK or text in NAMES or len(text) == 1:
        return f"<mi>{escape(GREEK.get(text, text))}</mi>"
    return f"<mtext>&nbsp;{escape(text)}&nbsp;</mtext>"


def bare(parts):
    """Parts without the brackets around them all: a fraction needs none."""
    whole = re.fullmatch(r"<mrow><mo [^>]*>\(</mo>(.*)<mo [^>]*>\)</mo></mrow>", "".join(parts))
    return [f"<mrow>{whole[1]}</mrow>"] if whole and len(parts) == 1 else parts
