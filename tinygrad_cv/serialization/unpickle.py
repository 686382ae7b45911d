"""Reading a pickle without running it.

A pickle is not data but a program, for a machine with a stack: BINUNICODE pushes a string, MARK
and TUPLE gather what was pushed since into a tuple, SETITEMS puts pairs into the dict below
them. Two instructions are enough to build whatever Python can build: GLOBAL pushes any function
of any module *by its name*, and REDUCE *calls* what lies on the stack. So a file from a stranger
can call os.system, and `pickle.load` obeys.

Here is that machine again, with only the instructions that build data. GLOBAL looks a name up in
a table, `known`, and imports nothing; what is not in the table is refused. REDUCE calls only what
the table marks as a Builder. There is no way from the file to anything else in Python.

`pickletools.genops` of the standard library takes the bytes apart into instructions; it runs
none of them, and reads no more than the file has. A memory of 100 numbered places (the memo)
takes 100 entries here whatever their numbers; what the program builds is as large as the program.
"""

import collections
import pickletools

DEEPEST, MOST_VALUES = 100, 5_000_000

Builder = collections.namedtuple("Builder", "function")

CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
EMPTY = {"EMPTY_TUPLE": tuple, "EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_SET": set}
PUSHED = {  # instructions whose argument is the value
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
    "STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
}
PUT = {"PUT", "BINPUT", "LONG_BINPUT"}
GET = {"GET", "BINGET", "LONG_BINGET"}
TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}


def unpickle(file, known, persistent=None):
    """The value of the pickle at the file's position, which ends up behind it.

    `known` maps (module, name) to a value, or to a Builder that may be called; `persistent`
    turns a persistent id into a value. ValueError for all else.
    """
    machine = Machine(known, persistent)
    for instruction, argument, position in pickletools.genops(file):
        try:
            machine.step(instruction.name, argument)
        except (IndexError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"byte {position}, {instruction.name}: {type(error).__name__}: {error}") from None
    if len(machine.stack) != 1 or machine.below:
        raise ValueError("the pickle does not end with one value")
    check_tree(machine.stack[0])
    return machine.stack[0]


class Machine:
    """The stack, the memo, and what each instruction does to them.

    MARK puts the stack aside (`below`) and begins a new one: what is on it is what came since.
    """

    def __init__(self, known, persistent):
        self.stack, self.below, self.memo, self.known, self.persistent = [], [], {}, known, persistent

    def step(self, name, argument):
        stack = self.stack
        if name in PUSHED:
            stack.append(argument)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name])
        elif name in EMPTY:
            stack.append(EMPTY[name]())
        elif name in PUT:
            self.memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = stack[-1]
        elif name in GET:
            stack.append(self.memo[argument])
        elif name in ("GLOBAL", "STACK_GLOBAL"):
            self.push_known(name, argument)
        elif name == "REDUCE":
            arguments, builder = stack.pop(), stack.pop()
            if not isinstance(builder, Builder) or not isinstance(arguments, tuple):
                raise ValueError(f"it calls a {type(builder).__name__}")
            stack.append(builder.function(*arguments))
        elif name == "BUILD":
            stack.pop()  # attributes: of a state_dict its `_metadata`, which says nothing about the values
            top(stack, collections.OrderedDict)
        elif name == "BINPERSID" and self.persistent:
            stack.append(self.persistent(stack.pop()))
        elif name not in ("PROTO", "FRAME", "STOP"):
            self.gather(name, stack)

    def gather(self, name, stack):
        """The instructions that fill containers."""
        if name == "MARK":
            self.below.append(stack)
            self.stack = []
        elif name in TUPLES:
            self.stack[-TUPLES[name] :] = [tuple(last(stack, TUPLES[name]))]
        elif name == "APPEND":
            top(stack[:-1], list).append(stack.pop())
        elif name == "SETITEM":
            top(stack[:-2], dict).update(pairs(last(stack, 2)))
            del stack[-2:]
        elif name == "POP":
            stack.pop()
        elif name in ("TUPLE", "LIST", "DICT", "APPENDS", "SETITEMS", "ADDITEMS", "POP_MARK"):
            self.stack = below = self.below.pop()
            if name == "TUPLE":
                below.append(tuple(stack))
            elif name == "LIST":
                below.append(stack)
            elif name == "DICT":
                below.append(pairs(stack))
            elif name == "APPENDS":
                top(below, list).extend(stack)
            elif name == "SETITEMS":
                top(below, dict).update(pairs(stack))
            elif name == "ADDITEMS":
                top(below, set).update(stack)
        else:
            raise ValueError(f"the instruction {name} is not about data, and is not run")

    def push_known(self, name, argument):
        """The value or Builder of a name in the table; nothing is looked up anywhere else."""
        if name == "STACK_GLOBAL":
            module, name = last(self.stack, 2)
            del self.stack[-2:]
        else:
            module, name = argument.split(" ", 1)
        if (module, name) not in self.known:
            raise ValueError(
                f"it asks for {module}.{name}; only tensors and plain containers are read, never code. "
                "Of a module, save its state_dict()"
            )
        self.stack.append(self.known[module, name])


def last(stack, count):
    if len(stack) < count:
        raise ValueError("a value is missing")
    return stack[-count:]


def top(stack, kind):
    if not isinstance(stack[-1], kind):
        raise ValueError(f"it wants a {kind.__name__} and finds a {type(stack[-1]).__name__}")
    return stack[-1]


def pairs(items):
    """[key, value, key, value] -> {key: value, key: value}"""
    if len(items) % 2:
        raise ValueError("a key has no value")
    return dict(zip(items[::2], items[1::2]))


def check_tree(value):
    """ValueError for a value that contains itself, or that unfolds to more than memory could hold:
    a list of twice a list of twice a list ... needs 100 short instructions, and has 2^100 leaves."""
    level, levels, count = [value], 0, 1
    while level:
        inner, levels = [], levels + 1
        for item in level:
            if isinstance(item, (dict, list, tuple, set)):
                count += len(item)
                if levels > DEEPEST or count > MOST_VALUES:
                    raise ValueError(f"it contains itself, or has over {DEEPEST} levels or {MOST_VALUES} values")
                inner += item
                inner += item.values() if isinstance(item, dict) else ()
        level = inner
