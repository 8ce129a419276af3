"""A guest program of the Linux boot tests: what Python does all day, with results that do not depend on its version.

Every section returns a text; its SHA-256 goes to the console and is compared with the one that another machine gave.
Sums of floating-point numbers are exact by IEEE 754; functions that libraries may round differently are shown with
fewer digits than they have.
"""

import bisect
import collections
import functools
import gc
import hashlib
import heapq
import itertools
import json
import math
import operator
import random
import re
import struct
import sys
import threading
import time
import weakref


def integers():
    """Numbers of many words: products, powers, quotients, roots, text."""
    out = [str(math.factorial(600)), str(3**1500 // 7**200), hex(pow(3, 10**40, 2**607 - 1))]
    a, b = 0, 1
    for _ in range(3000):
        a, b = b, a + b
    out.append(str(a))
    out.append(str(math.isqrt(a)))
    out.append(str([divmod(a * sign, b % 1009 * other + 1) for sign in (1, -1) for other in (1, -1)]))
    out.append(str(int(str(a), 10) == a and int(hex(b), 16) == b))
    out.append(str([(-7) // 2, -7 % 2, 1 << 200, ~(1 << 99), (1 << 100) - 1 & 0x5555 << 60]))
    # Machin's formula, 400 digits of pi in integers only.
    unit = 10**410

    def arctan(inverse):
        term = unit // inverse
        total, n, sign = term, 3, -1
        while term:
            term //= inverse * inverse
            total += sign * (term // n)
            n, sign = n + 2, -sign
        return total

    out.append(str(4 * (4 * arctan(5) - arctan(239)) // 10**10))
    return "\n".join(out)


def floats():
    """Shortest round trips, exact sums, rounding, special values."""
    source = random.Random(1)
    out = []
    for _ in range(4000):
        x = struct.unpack("<d", struct.pack("<Q", source.getrandbits(64)))[0]
        if math.isnan(x):
            continue
        text = repr(x)
        assert float(text) == x and float.fromhex(x.hex()) == x, text
        out.append(text)
    for _ in range(1000):
        x = struct.unpack("<f", struct.pack("<I", source.getrandbits(31)))[0]
        if x == x:
            out.append(f"{x!r} {struct.unpack('<I', struct.pack('<f', x))[0]}")
    numbers = [source.uniform(-1e6, 1e6) for _ in range(2000)]
    total = 0.0
    for x in numbers:
        total += x
        total *= 1.0000001
    out += [repr(total), repr(math.fsum(numbers)), repr(max(numbers)), repr(sorted(numbers)[1000])]
    out += [repr(math.sqrt(abs(x))) for x in numbers[:200]]
    out += [repr(divmod(x, 7.25)) + repr(math.fmod(x, 7.25)) + repr(math.frexp(x)) for x in numbers[:200]]
    out += [repr((round(x, 2), round(x), math.floor(x), math.ceil(x), math.trunc(x))) for x in numbers[:200]]
    for f in (math.sin, math.cos, math.atan, math.tanh, math.erf, lambda x: math.exp(x / 1e5), lambda x: math.log(abs(x))):
        out += [f"{f(x):.11e}" for x in numbers[:60]]
    out += [f"{x:.3e} {x:12.4f} {x:g} {x:+.0f}" for x in numbers[:200]]
    inf, nan = float("inf"), float("nan")
    out.append(repr([inf - inf, inf * 0, -inf, nan == nan, 1e308 * 10, 5e-324 / 2, -0.0, 0.1 + 0.2, 2**53 + 1.0]))
    out.append(repr((1.5 + 2.5j) * (3 - 1j) / (0.5 + 0.25j)))
    return "\n".join(out)


def containers():
    """Dictionaries that grow and shrink, sets, heaps, sorting."""
    source = random.Random(2)
    table, shadow = {}, []
    for i in range(20000):
        key = source.randrange(3000)
        if source.random() < 0.4:
            table.pop(key, None)
        else:
            table[key] = table.get(key, 0) + i
        if i % 4000 == 0:
            shadow.append((len(table), sum(table.values())))
    words = ["".join(source.choice("abcdef") for _ in range(3)) for _ in range(5000)]
    count = collections.Counter(words)
    evens, threes = set(range(0, 3000, 2)), set(range(0, 3000, 3))
    heap = []
    for word in words[:1000]:
        heapq.heappush(heap, (count[word], word))
    ring = collections.deque(words[:50], maxlen=40)
    ring.rotate(7)
    keys = sorted(table)
    out = [
        list(table.items())[:200], shadow, sorted(count.items(), key=lambda kv: (-kv[1], kv[0]))[:40],
        sum(evens & threes), sum(evens ^ threes), sum(evens - threes), len(evens | threes),
        [heapq.heappop(heap) for _ in range(300)], list(ring), bisect.bisect(keys, 1500),
        sorted(words, key=operator.itemgetter(2, 0))[::50], {k: v for v, k in enumerate(words[:60])},
        [hash(2**61), hash(-5), hash(0.75), hash(10**30)], bytes(range(256))[::-7].hex(),
        [["x" * n, n, (n,) * 3] for n in range(5)],
    ]
    return "\n".join(map(repr, out))


def texts():
    """Regular expressions, formatting, Unicode, JSON."""
    source = random.Random(3)
    lines = [f"{source.randrange(256)}.{source.randrange(256)} user{i:03d} [{source.random():.4f}] \u00e9\u4e2d{chr(0x1f600 + i % 50)}"
             for i in range(400)]
    text = "\n".join(lines)
    pattern = re.compile(r"^(?P<a>\d+)\.(?P<b>\d{1,3}) (user(\d+)) \[(0\.\d+)\] (\S+)$", re.M)
    found = [m.groupdict() | {"id": m[4], "n": float(m[5])} for m in pattern.finditer(text)]
    assert len(found) == 400
    out = [json.dumps(found, sort_keys=True), re.sub(r"(\w)\1", r"<\1>", text), repr(re.split(r"[\s.\[\]]+", text)[:300])]
    assert json.loads(out[0]) == found
    nested = functools.reduce(lambda inner, i: {"level": i, "inner": [inner, None, True, i / 7]}, range(60), "\u20ac")
    out.append(json.dumps(nested, indent=1, ensure_ascii=True))
    assert json.loads(out[-1]) == nested
    out.append(json.dumps(json.loads('[1e400, -0.0, 12345678901234567890, "\\ud83d\\ude00"]')))
    encoded = text.encode("utf-8")
    out += [encoded.decode("utf-8")[::-1], text.upper().title(), repr(text.encode("utf-16-le")[:100]), str(len(encoded))]
    backtracking = re.fullmatch(r"(a|aa)*b?c", "a" * 22 + "c")
    out.append(repr(backtracking.span()))
    return "\n".join(out)


class Node:
    """A tree whose nodes know their parents, so that only the collector of cycles can free it."""

    freed = 0

    def __init__(self, depth, parent=None):
        self.parent = parent
        self.children = [Node(depth - 1, self) for _ in range(2)] if depth else []

    def __del__(self):
        Node.freed += 1

    def __len__(self):
        return 1 + sum(map(len, self.children))


def objects():
    """Generators, closures, classes, exceptions, cycles."""

    def walk(n):
        if n:
            got = yield from walk(n - 1)
            yield n * (got or 1)
        return n + 1

    def countdown():
        n = 5
        while n:
            jump = yield n
            n = jump if jump else n - 1

    out = [repr(list(walk(60)))]
    g = countdown()
    out.append(repr([next(g), g.send(9), next(g), next(g)]))
    outcome = []
    for bad in (lambda: 1 // 0, lambda: [][3], lambda: {}["k"], lambda: int("x"), lambda: None.x, lambda: "a" + 1,
                lambda: float("1") ** 10000 + 1e308**2, lambda: next(iter(())), lambda: bytes([256])):
        try:
            outcome.append(bad())
        except (ArithmeticError, LookupError) as e:
            outcome.append(("known", type(e).__name__))
        except Exception as e:
            outcome.append(type(e).__name__)
        finally:
            outcome.append(len(outcome))
    out.append(repr(outcome))

    def deep(n):
        return 0 if n == 0 else 1 + deep(n - 1)

    out.append(str(deep(700)))
    try:
        deep(10**6)
    except RecursionError:
        out.append("too deep")

    Node.freed = 0
    sizes, refs = [], []
    for depth in (3, 6, 9, 10):
        tree = Node(depth)
        sizes.append(len(tree))
        refs.append(weakref.ref(tree))
    del tree
    gc.collect()
    out.append(repr((sizes, Node.freed == sum(sizes), [r() is None for r in refs])))

    @functools.lru_cache(maxsize=None)
    def partitions(n, largest):
        return 1 if n == 0 else sum(partitions(n - k, k) for k in range(1, min(n, largest) + 1))

    out.append(str([partitions(n, n) for n in range(0, 60, 5)]))
    out.append(repr(list(itertools.islice(itertools.permutations("hartwo", 4), 0, 360, 17))))
    return "\n".join(out)


def threads():
    """Threads that share a lock, a condition, a barrier and a table."""
    workers, rounds = 6, 300
    lock, barrier, ready = threading.Lock(), threading.Barrier(workers), threading.Condition()
    total, table, queue, results = [0], {}, collections.deque(), []

    def work(me):
        barrier.wait()
        for i in range(rounds):
            with lock:
                total[0] += i
            table[me, i] = i * me
        digest = hashlib.sha256()
        for i in range(50):
            digest.update(bytes([me, i]) * 500)
        with ready:
            queue.append((me, digest.hexdigest()))
            ready.notify()

    crew = [threading.Thread(target=work, args=(me,)) for me in range(workers)]
    for thread in crew:
        thread.start()
    while len(results) < workers:
        with ready:
            ready.wait_for(lambda: queue)
            results.append(queue.popleft())
    for thread in crew:
        thread.join()
    return repr((total, sum(table.values()), len(table), sorted(results)))


def kernels():
    """Loops that the interpreter spins in: a sieve, queens, a matrix, Mandelbrot's set, sorting."""
    sieve = bytearray([1]) * 60000
    for p in range(2, 250):
        if sieve[p]:
            sieve[p * p::p] = bytes(len(range(p * p, 60000, p)))
    out = [str(sum(sieve) - 2)]

    def queens(n, row=0, columns=0, rising=0, falling=0):
        if row == n:
            return 1
        count, free = 0, ~(columns | rising | falling) & (1 << n) - 1
        while free:
            bit = free & -free
            free ^= bit
            count += queens(n, row + 1, columns | bit, (rising | bit) << 1, (falling | bit) >> 1)
        return count

    out.append(str([queens(n) for n in range(1, 8)]))
    size = 40
    m = [[(i * j) % 7 - 3.5 for j in range(size)] for i in range(size)]
    product = [[sum(a * b for a, b in zip(row, column)) for column in zip(*m)] for row in m]
    out.append(repr(product[::9]))
    picture = []
    for y in range(24):
        for x in range(60):
            z, c, n = 0j, complex(x / 20 - 2.2, y / 10 - 1.2), 0
            while n < 40 and z.real * z.real + z.imag * z.imag < 4:
                z, n = z * z + c, n + 1
            picture.append(chr(64 + n))
    out.append("".join(picture))
    state, values = 12345, []
    for _ in range(5000):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values.append(state >> 40)
    out.append(repr(sorted(values)[::100]))
    return "\n".join(out)


def main():
    gc.set_threshold(200, 5, 5)  # collect often
    sys.setrecursionlimit(1000)
    for section in (integers, floats, containers, texts, objects, threads, kernels):
        start = time.perf_counter()
        digest = hashlib.sha256(section().encode("utf-8", "surrogatepass")).hexdigest()
        print(f"HARTWOOD-PYTHON {section.__name__} {digest}", flush=True)
        print(f"{section.__name__} took {time.perf_counter() - start:.2f} s", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
