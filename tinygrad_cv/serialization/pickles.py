"""Pickles, read without running anything.

A pickle is a program for a small machine with a stack and a memo. Most instructions push data:

    X 1 0 0 0 a     BINUNICODE: push the text "a"               [ ... "a" ]
    K 7             BININT1: push the number 7                  [ ... "a" 7 ]
    s               SETITEM: d["a"] = 7 in the dict below       [ ... d ]

but some call what the file names. `c os \\n system \\n` (GLOBAL) imports a module and pushes something from it,
and `R` (REDUCE) calls it, with arguments from the file: whoever wrote the file runs any program on the
computer of whoever loads it. `pickle.load` is that machine.

Ours has the instructions that push data, and no other. It imports nothing and calls nothing: GLOBAL pushes a
`Name`, two strings, and REDUCE a `Call`, a note of what the file wants to be called. torch_files.py knows
the few names that files of weights have, and what stands for them here; every other one is refused. A list of
what is allowed can be forgotten nothing on: an instruction or a name that nobody thought of is not in it.

Nor may a file take our memory or time. Each instruction makes at most one small object or copies bytes that
stand in the file, so the number of instructions bounds both. What is built can still be huge to walk through,
as [a, a] with a = [b, b] with b = ... doubles at each level, or contains itself: `check_tree` refuses both.
"""

import pickletools
import struct

MOST_INSTRUCTIONS = 1_000_000    # a second or two; the weights of a large network have some 10,000
DEEPEST = 100                    # containers inside containers
LONGEST_INTEGER = 32             # bytes; random number generators have states of 16 and 32

CODES = {ord(op.code): op.name for op in pickletools.opcodes}
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
NUMBERS = {"BININT": "<i", "BININT1": "<B", "BININT2": "<H", "BINFLOAT": ">d"}
# Instructions followed by a length, and as many bytes
TEXTS = {"BINUNICODE": "<I", "SHORT_BINUNICODE": "<B", "BINUNICODE8": "<Q",
         "BINSTRING": "<I", "SHORT_BINSTRING": "<B"}                           # the last two: Python 2's
BYTES = {"BINBYTES": "<I", "SHORT_BINBYTES": "<B", "BINBYTES8": "<Q"}
INTEGERS = {"LONG1": "<B", "LONG4": "<I"}
TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


class Name:
    """Something outside that the file speaks of, such as torch.FloatStorage."""

    def __init__(self, module, name):
        self.module, self.name = module, name

    def __str__(self):
        return f"{self.module}.{self.name}"[:100]


class Call:
    """What the file wants to be called, with which arguments, and what it wants to put into the result."""

    def __init__(self, function, arguments):
        self.function, self.arguments = function, arguments
        self.items, self.state = {}, None       # from SETITEMS and BUILD


class Persistent:
    """What the pickler didn't pickle but gave a number: here a storage, whose bytes stand elsewhere."""

    def __init__(self, id):
        self.id = id


class Machine:
    """Runs the pickle that starts at `place` in `data`: see `run`. `persistent` collects what it refers to."""

    def __init__(self, data, place=0):
        self.data, self.place = data, place
        self.stack, self.marks, self.memo = [], [], {}
        self.persistent, self.steps = [], 0

    def run(self):
        """The value that the pickle describes. Then `place` is its end, `steps` how many instructions it had.

        Raises ValueError for an instruction that is not needed for data, and for a damaged pickle.
        """
        while self.steps < MOST_INSTRUCTIONS:
            self.steps += 1
            code = self.take(1)[0]
            name = CODES.get(code, f"number {code}")
            if name == "STOP":
                value = self.pop()
                if self.stack or self.marks:
                    raise ValueError("its pickle ends with values left over")
                return value
            self.step(name)
        raise ValueError(f"its pickle has more than {MOST_INSTRUCTIONS:,} instructions")

    def step(self, name):
        if name in CONSTANTS:
            self.push(CONSTANTS[name])
        elif name in NUMBERS:
            self.push(self.number(NUMBERS[name]))
        elif name in TEXTS:
            self.push(str(self.take(self.number(TEXTS[name])), "utf-8"))
        elif name in BYTES:
            self.push(self.take(self.number(BYTES[name])))
        elif name in INTEGERS:
            self.push(self.integer(self.number(INTEGERS[name])))
        elif name in TUPLES:
            self.push(tuple([self.pop() for _ in range(TUPLES[name])][::-1]))
        elif name in ACTIONS:
            ACTIONS[name](self)
        else:
            raise ValueError(f"its pickle has the instruction {name}, which no file of weights needs; it was not run")

    # Reading

    def take(self, count):
        """The next bytes. Whatever length a file declares: what is not there is not taken."""
        start, self.place = self.place, self.place + count
        if self.place > len(self.data):
            raise ValueError("its pickle is cut off")
        return self.data[start:self.place]

    def number(self, layout):
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def integer(self, count):
        if count > LONGEST_INTEGER:
            raise ValueError(f"its pickle has an integer of {count} bytes")
        return int.from_bytes(self.take(count), "little", signed=True)

    def line(self):
        end = self.data.find(b"\n", self.place, self.place + 300)
        if end < 0:
            raise ValueError("its pickle has a name without an end")
        return str(self.take(end + 1 - self.place)[:-1], "utf-8")

    # The stack

    def push(self, value):
        self.stack.append(value)

    def pop(self):
        if not self.stack:
            raise ValueError("its pickle takes from an empty stack")
        return self.stack.pop()

    def pop_to_mark(self):
        """The values pushed since the last MARK."""
        if not self.marks:
            raise ValueError("its pickle takes to a mark that was never set")
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def top(self, *kinds):
        """The value on top, left there, of one of these classes."""
        value = self.stack[-1] if self.stack else None
        if not isinstance(value, kinds):
            raise ValueError(f"its pickle changes a {type(value).__name__} as if it were a {kinds[0].__name__}")
        return value

    # Instructions

    def protocol(self):
        if self.number("<B") > 5:
            raise ValueError("its pickle's protocol is newer than 5")

    def frame(self):
        if self.number("<Q") > len(self.data) - self.place:
            raise ValueError("its pickle is cut off")

    def mark(self): self.marks.append(len(self.stack))
    def empty_list(self): self.push([])
    def empty_dict(self): self.push({})
    def empty_set(self): self.push(set())
    def make_tuple(self): self.push(tuple(self.pop_to_mark()))

    def append(self):
        value = self.pop()
        self.top(list).append(value)

    def appends(self):
        values = self.pop_to_mark()
        self.top(list).extend(values)

    def add_items(self):
        values = self.pop_to_mark()
        self.top(set).update(map(hashable, values))

    def set_item(self):
        value, key = self.pop(), self.pop()
        self.set_pairs([key, value])

    def set_items(self):
        self.set_pairs(self.pop_to_mark())

    def set_pairs(self, values):
        if len(values) % 2:
            raise ValueError("its pickle has a key without a value")
        target = self.top(dict, Call)
        fill(target if isinstance(target, dict) else target.items, zip(values[::2], values[1::2]))

    def memoize(self, index=None):
        self.memo[len(self.memo) if index is None else index] = self.top(object)

    def remember(self, layout):
        index = self.number(layout)
        if index not in self.memo:
            raise ValueError("its pickle recalls what it never noted")
        self.push(self.memo[index])

    def name_from_lines(self):
        self.push(Name(self.line(), self.line()))

    def name_from_stack(self):
        name, module = self.pop(), self.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise ValueError("its pickle names something by what is no text")
        self.push(Name(module, name))

    def call(self):
        arguments, function = self.pop(), self.pop()
        if not isinstance(function, Name) or not isinstance(arguments, tuple):
            raise ValueError("its pickle calls something that has no name; of a network, save the state_dict() only")
        self.push(Call(function, arguments))

    def build(self):
        state = self.pop()
        if self.top(Call).state is not None:
            raise ValueError("its pickle sets the state of something twice")
        self.top(Call).state = state

    def persistent_id(self):
        self.persistent.append(Persistent(self.pop()))
        self.push(self.persistent[-1])


# NEWOBJ makes an object without its __init__, REDUCE calls: to us both are wishes.
ACTIONS = {
    "PROTO": Machine.protocol, "FRAME": Machine.frame, "MARK": Machine.mark,
    "EMPTY_LIST": Machine.empty_list, "APPEND": Machine.append, "APPENDS": Machine.appends,
    "EMPTY_DICT": Machine.empty_dict, "SETITEM": Machine.set_item, "SETITEMS": Machine.set_items,
    "EMPTY_SET": Machine.empty_set, "ADDITEMS": Machine.add_items, "TUPLE": Machine.make_tuple,
    "MEMOIZE": Machine.memoize,
    "BINPUT": lambda machine: machine.memoize(machine.number("<B")),
    "LONG_BINPUT": lambda machine: machine.memoize(machine.number("<I")),
    "BINGET": lambda machine: machine.remember("<B"), "LONG_BINGET": lambda machine: machine.remember("<I"),
    "GLOBAL": Machine.name_from_lines, "STACK_GLOBAL": Machine.name_from_stack,
    "REDUCE": Machine.call, "NEWOBJ": Machine.call, "BUILD": Machine.build, "BINPERSID": Machine.persistent_id,
}


def fill(target, pairs):
    """target[key] = value for each pair."""
    for key, value in pairs:
        target[hashable(key)] = value


def hashable(key):
    """`key` if it is a number, a text or a short tuple of them: quick to hash. ValueError if not.

    (A huge integer, or tuples in tuples that double at each level, can be hashed for hours.)
    """
    for part in key if isinstance(key, tuple) and len(key) <= 8 else (key,):
        if not (part is None or isinstance(part, (str, float)) or isinstance(part, int) and abs(part) < 1 << 64):
            raise ValueError(f"its pickle has a {type(key).__name__} as key, or one too large, or in a set")
    return key


def check_tree(value, most):
    """ValueError if containers are nested deeper than DEEPEST, as in one that contains itself, or if a walk
    through them all, each as often as it is referred to, meets more than `most` values."""
    waiting = [(value, 0)]
    while waiting:
        value, depth = waiting.pop()
        parts = inside(value)
        most -= len(parts)
        if depth > DEEPEST or most < 0:
            raise ValueError("its pickle has containers that contain themselves, or others too deep or too often")
        waiting.extend((part, depth + 1) for part in parts)


def inside(value):
    """What a container or a call holds."""
    if isinstance(value, Call):
        return [*value.arguments, *value.items.values(), value.state]
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, (list, tuple, set)) else ()
