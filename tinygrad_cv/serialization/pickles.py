"""Pickles, read without running anything.

A pickle is a program for a small machine with a stack and a memo. Most instructions push data. But
GLOBAL imports a module that the file names and pushes something from it, and REDUCE calls that,
with arguments from the file. So whoever wrote the file can run any program on the computer of
whoever loads it. `pickle.load` is that machine; docs/pretrained.md has an example.

Ours has only the instructions that push data. It imports nothing and calls nothing: GLOBAL pushes
a `Name`, which is two strings, and REDUCE a `Call`, a note of what the file wants to be called.
torch_files.py knows the few names that files of weights contain, and refuses all others. This is
a list of what is allowed, so nothing harmful can be missing from it.

A file may not use up memory or time either. Each instruction makes at most one small object or
copies bytes that are in the file, and their number is limited.
"""

import io
import pickletools

MOST_INSTRUCTIONS = 1_000_000  # a few seconds; the weights of a large network have about 10,000
LONGEST_INTEGER = 8 * 32  # bits; the states of random number generators have 128 and 256

# Instructions whose argument is the value itself; BINSTRING and SHORT_BINSTRING are Python 2's
DATA = {
    "NONE", "BININT", "BININT1", "BININT2", "BINFLOAT", "LONG1", "LONG4", "BINUNICODE",
    "SHORT_BINUNICODE", "BINUNICODE8", "BINSTRING", "SHORT_BINSTRING", "BINBYTES",
    "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
}


class Name:
    """Something outside the file that it refers to, such as torch.FloatStorage."""

    def __init__(self, module, name):
        if not isinstance(module, str) or not isinstance(name, str):
            raise ValueError("its pickle has a name that is not a text")
        self.module, self.name = module, name

    def __str__(self):
        return f"{self.module}.{self.name}"[:100]


class Call:
    """What the file wants to be called, with which arguments, and what to put into the result."""

    def __init__(self, function, arguments):
        if not isinstance(function, Name):
            raise ValueError("its pickle calls something without a name; save the state_dict()")
        self.function, self.arguments = function, arguments
        self.items, self.state = {}, None  # from SETITEMS and BUILD


class Persistent:
    """A reference to a storage, whose bytes are outside the pickle."""

    def __init__(self, id):
        self.id = id


class Machine:
    """Runs a pickle: bytes, or a BytesIO from its position on. `persistent` are its references.

    ValueError for an instruction that is not needed for data; any error for a damaged pickle.
    """

    def __init__(self, pickle):
        self.file = pickle if isinstance(pickle, io.BytesIO) else io.BytesIO(pickle)
        self.stack, self.marks, self.memo = [], [], {}
        self.persistent, self.steps = [], 0

    def run(self):
        """The value that the pickle describes. Afterwards `steps` is the number of instructions."""
        for instruction, argument, _ in pickletools.genops(self.file):  # it ends with STOP
            self.steps += 1
            name = instruction.name
            if self.steps > MOST_INSTRUCTIONS:
                raise ValueError(f"its pickle has more than {MOST_INSTRUCTIONS:,} instructions")
            if name in DATA:
                if isinstance(argument, int) and argument.bit_length() > LONGEST_INTEGER:
                    raise ValueError("its pickle has a huge integer")
                self.push(argument)
            elif name in INSTRUCTIONS:
                INSTRUCTIONS[name](self, argument)
            elif name != "STOP":
                raise ValueError(
                    f"its pickle has the instruction {name}, which files of weights never need; it "
                    "was not executed"
                )
        if len(self.stack) != 1 or self.marks:
            raise ValueError("its pickle is incomplete, or has values left over")
        return self.stack[0]

    def push(self, value):
        self.stack.append(value)

    def pop(self, count):
        """The last `count` values, in the order in which they were pushed."""
        return [self.stack.pop() for _ in range(count)][::-1]

    def pop_to_mark(self):
        """The values pushed since the last MARK."""
        return self.pop(len(self.stack) - self.marks.pop())

    def limit(self, number, most):
        if number > most:
            raise ValueError("its pickle is newer than protocol 5, or cut off")

    def extend(self, values):
        self.stack[-1].extend(values)

    def add_items(self, values):
        self.stack[-1].update(map(hashable, values))

    def set_items(self, values):
        target = self.stack[-1]
        target = target.items if isinstance(target, Call) else target
        for key, value in zip(values[::2], values[1::2], strict=True):
            target[hashable(key)] = value

    def memoize(self, index):
        self.memo[len(self.memo) if index is None else index] = self.stack[-1]

    def build(self, state):
        if self.stack[-1].state is not None:
            raise ValueError("its pickle sets the state of an object twice")
        self.stack[-1].state = state

    def refer(self, id):
        self.persistent.append(Persistent(id))
        self.push(self.persistent[-1])


# What each instruction does with the machine m and its own argument a. NEWOBJ makes an object
# without calling its __init__, REDUCE calls a function: here both are only noted.
INSTRUCTIONS = {
    "PROTO": lambda m, a: m.limit(a, 5),
    "FRAME": lambda m, a: m.limit(a, len(m.file.getbuffer()) - m.file.tell()),
    "NEWTRUE": lambda m, a: m.push(True), "NEWFALSE": lambda m, a: m.push(False),
    "EMPTY_LIST": lambda m, a: m.push([]), "EMPTY_DICT": lambda m, a: m.push({}),
    "EMPTY_SET": lambda m, a: m.push(set()), "EMPTY_TUPLE": lambda m, a: m.push(()),
    "TUPLE1": lambda m, a: m.push(tuple(m.pop(1))), "TUPLE2": lambda m, a: m.push(tuple(m.pop(2))),
    "TUPLE3": lambda m, a: m.push(tuple(m.pop(3))),
    "TUPLE": lambda m, a: m.push(tuple(m.pop_to_mark())),
    "MARK": lambda m, a: m.marks.append(len(m.stack)),
    "APPEND": lambda m, a: m.extend(m.pop(1)),
    "APPENDS": lambda m, a: m.extend(m.pop_to_mark()),
    "ADDITEMS": lambda m, a: m.add_items(m.pop_to_mark()),
    "SETITEM": lambda m, a: m.set_items(m.pop(2)),
    "SETITEMS": lambda m, a: m.set_items(m.pop_to_mark()),
    "MEMOIZE": Machine.memoize, "BINPUT": Machine.memoize, "LONG_BINPUT": Machine.memoize,
    "BINGET": lambda m, a: m.push(m.memo[a]), "LONG_BINGET": lambda m, a: m.push(m.memo[a]),
    "GLOBAL": lambda m, a: m.push(Name(*a.split(" ", 1))),
    "STACK_GLOBAL": lambda m, a: m.push(Name(*m.pop(2))),
    "REDUCE": lambda m, a: m.push(Call(*m.pop(2))), "NEWOBJ": lambda m, a: m.push(Call(*m.pop(2))),
    "BUILD": lambda m, a: m.build(*m.pop(1)), "BINPERSID": lambda m, a: m.refer(*m.pop(1)),
}


def hashable(key):
    """`key` if it is a number, a text or a short tuple of these, which are quick to hash.

    ValueError otherwise: tuples in tuples that double at each level could take hours.
    """
    for part in key if isinstance(key, tuple) and len(key) <= 8 else (key,):
        quick = part is None or isinstance(part, (str, float))
        if not quick and not (isinstance(part, int) and abs(part) < 1 << 64):
            raise ValueError(f"its pickle has a {type(key).__name__} or a huge number as a key")
    return key
