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
NEW = {
    "EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_SET": set, "EMPTY_TUPLE": tuple,
    "NEWTRUE": lambda: True, "NEWFALSE": lambda: False,
}
COUNTS = {  # how many values an instruction takes from the stack
    "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3, "APPEND": 1, "SETITEM": 2, "STACK_GLOBAL": 2,
    "REDUCE": 2, "NEWOBJ": 2, "BUILD": 1, "BINPERSID": 1,
}
MANY = {"TUPLE", "APPENDS", "ADDITEMS", "SETITEMS"}  # these take all since the last MARK


class Name:
    """Something outside the file that it refers to, such as torch.FloatStorage."""

    def __init__(self, module, name):
        if not isinstance(module, str) or not isinstance(name, str):
            raise ValueError("its pickle has a name that is not a text")
        self.text = f"{module}.{name}"[:100]


class Call:
    """What the file wants to be called, with which arguments, and what to put into the result."""

    def __init__(self, function, arguments):
        if not isinstance(function, Name):
            raise ValueError("its pickle calls something without a name; save the state_dict()")
        self.function, self.arguments = function.text, arguments
        self.items, self.state = {}, None  # from SETITEMS and BUILD


class Persistent:
    """A reference to a storage, whose bytes are outside the pickle."""

    def __init__(self, id):
        self.id = id


class Machine:
    """Runs a pickle: bytes, or a BytesIO from its position on.

    `persistent` are its references to storages, `calls` what it wants to be called.
    ValueError for an instruction that is not needed for data; any error for a damaged pickle.
    """

    def __init__(self, pickle):
        self.file = pickle if isinstance(pickle, io.BytesIO) else io.BytesIO(pickle)
        self.stack, self.marks, self.memo = [], [], {}
        self.persistent, self.calls, self.steps = [], [], 0

    def run(self):
        """The value that the pickle describes. Afterwards `steps` is the number of instructions."""
        for instruction, argument, _ in pickletools.genops(self.file):  # it ends with STOP
            self.steps += 1
            if self.steps > MOST_INSTRUCTIONS:
                raise ValueError(f"its pickle has more than {MOST_INSTRUCTIONS:,} instructions")
            self.step(instruction.name, argument)
        if len(self.stack) != 1 or self.marks:
            raise ValueError("its pickle is incomplete, or has values left over")
        return self.stack[0]

    def pop(self, count):
        """The last `count` values, in the order in which they were pushed."""
        return [self.stack.pop() for _ in range(count)][::-1]

    def step(self, name, argument):
        """Carry out one instruction. What would call something (REDUCE, NEWOBJ) is only noted."""
        stack, push = self.stack, self.stack.append
        if name in COUNTS:
            values = self.pop(COUNTS[name])
        elif name in MANY:
            values = self.pop(len(stack) - self.marks.pop())
        match name:
            case _ if name in DATA:
                if isinstance(argument, int) and argument.bit_length() > LONGEST_INTEGER:
                    raise ValueError("its pickle has a huge integer")
                push(argument)
            case _ if name in NEW:
                push(NEW[name]())
            case "PROTO" | "FRAME":
                rest = len(self.file.getbuffer()) - self.file.tell()
                if argument > (5 if name == "PROTO" else rest):
                    raise ValueError("its pickle is newer than protocol 5, or cut off")
            case "MARK":
                self.marks.append(len(stack))
            case "TUPLE" | "TUPLE1" | "TUPLE2" | "TUPLE3":
                push(tuple(values))
            case "APPEND" | "APPENDS":
                if isinstance(stack[-1], Call):
                    raise ValueError(f"its pickle appends to a {stack[-1].function}")
                stack[-1].extend(values)
            case "ADDITEMS":
                stack[-1].update(map(hashable, values))
            case "SETITEM" | "SETITEMS":
                target = stack[-1].items if isinstance(stack[-1], Call) else stack[-1]
                for key, value in zip(values[::2], values[1::2], strict=True):
                    target[hashable(key)] = value
            case "MEMOIZE" | "BINPUT" | "LONG_BINPUT":
                self.memo[len(self.memo) if argument is None else argument] = stack[-1]
            case "BINGET" | "LONG_BINGET":
                push(self.memo[argument])
            case "GLOBAL":
                push(Name(*argument.split(" ", 1)))
            case "STACK_GLOBAL":
                push(Name(*values))
            case "REDUCE" | "NEWOBJ":
                push(Call(*values))
                self.calls.append(stack[-1])
            case "BUILD":
                if stack[-1].state is not None:
                    raise ValueError("its pickle sets the state of an object twice")
                stack[-1].state = values[0]
            case "BINPERSID":
                push(Persistent(*values))
                self.persistent.append(stack[-1])
            case name if name != "STOP":
                raise ValueError(
                    f"its pickle has the instruction {name}, which files of weights never need; it "
                    "was not executed"
                )


def hashable(key):
    """`key` if it is a number, a text or a short tuple of these, which are quick to hash.

    ValueError otherwise: tuples in tuples that double at each level could take hours.
    """
    for part in key if isinstance(key, tuple) and len(key) <= 8 else (key,):
        quick = part is None or isinstance(part, (str, float))
        if not quick and not (isinstance(part, int) and abs(part) < 1 << 64):
            raise ValueError(f"its pickle has a {type(key).__name__} or a huge number as a key")
    return key
