#!/usr/bin/env python3
"""Writes the tables of floating-point cases: isa/fp_*.inc.

Every expected result comes from the exact rational value of the operation,
rounded once as IEEE 754 and the RISC-V F, D, Zfhmin and Zfa chapters say:
tininess is detected after rounding, NaN results are the canonical NaN, and
conversions to integers saturate. Nothing here uses the host's floating point.

Run it from the folder of the guests: python3 tools/fprows.py
"""
import random
from fractions import Fraction
from math import isqrt

RNE, RTZ, RDN, RUP, RMM, ANY = 0, 1, 2, 3, 4, 7
RM_NAMES = {0: "RNE", 1: "RTZ", 2: "RDN", 3: "RUP", 4: "RMM", 7: "ANY"}
NX, UF, OF, DZ, NV = 1, 2, 4, 8, 16


class Format:
    """One IEEE binary interchange format."""

    def __init__(self, width, mbits):
        self.width, self.mbits = width, mbits
        self.ebits = width - 1 - mbits
        self.bias = (1 << (self.ebits - 1)) - 1
        self.emin = 1 - self.bias
        self.emax = self.bias
        self.sign = 1 << (width - 1)
        self.inf = ((1 << self.ebits) - 1) << mbits
        self.nan = self.inf | 1 << (mbits - 1)
        self.max = self.inf - 1
        self.tiny_normal = 1 << mbits
        self.one = self.bias << mbits

    def is_nan(self, x):
        return (x & ~self.sign) > self.inf

    def is_snan(self, x):
        return self.is_nan(x) and not x >> (self.mbits - 1) & 1

    def is_inf(self, x):
        return (x & ~self.sign) == self.inf

    def is_zero(self, x):
        return (x & ~self.sign) == 0

    def negative(self, x):
        return x & self.sign != 0

    def value(self, x):
        e = x >> self.mbits & ((1 << self.ebits) - 1)
        m = x & ((1 << self.mbits) - 1)
        if e:
            m |= 1 << self.mbits
        else:
            e = 1
        v = Fraction(m) * Fraction(2) ** (e - self.bias - self.mbits)
        return -v if self.negative(x) else v

    def round(self, v, rm):
        """Nonzero exact value to bits and flags."""
        neg, a = v < 0, abs(v)
        e = floor_log2(a)
        _, r = quantize(a, e - self.mbits, neg, rm)
        tiny = r < Fraction(2) ** self.emin
        inexact, r = quantize(a, max(e, self.emin) - self.mbits, neg, rm)
        sign = self.sign if neg else 0
        if r >= Fraction(2) ** (self.emax + 1):
            to_inf = rm in (RNE, RMM) or rm == (RDN if neg else RUP)
            return sign | (self.inf if to_inf else self.max), OF | NX
        flags = (NX if inexact else 0) | (UF if inexact and tiny else 0)
        return sign | self.encode(r), flags

    def encode(self, r):
        if r == 0:
            return 0
        e = max(floor_log2(r), self.emin)
        m = r / Fraction(2) ** (e - self.mbits)
        assert m.denominator == 1
        return int(m) + ((e - self.emin) << self.mbits)


H, S, D = Format(16, 10), Format(32, 23), Format(64, 52)


def floor_log2(a):
    e = a.numerator.bit_length() - a.denominator.bit_length()
    return e if Fraction(2) ** e <= a else e - 1


def quantize(a, ulp_exp, neg, rm):
    """Rounds |a| to a multiple of 2**ulp_exp: (inexact, value)."""
    ulp = Fraction(2) ** ulp_exp
    n, rest = divmod(a / ulp, 1)
    n = int(n)
    half = Fraction(1, 2)
    up = {
        RNE: rest > half or rest == half and n & 1,
        RMM: rest >= half,
        RTZ: False,
        RDN: neg and rest > 0,
        RUP: not neg and rest > 0,
    }[rm]
    return rest != 0, (n + bool(up)) * ulp


# ---- operations: (format, rm, operands) -> (bits, flags)

def nan_result(f, *xs):
    return f.nan, NV if any(f.is_snan(x) for x in xs) else 0


def fma(f, rm, a, b, c, flip_product=False, flip_c=False):
    invalid = f.is_inf(a) and f.is_zero(b) or f.is_zero(a) and f.is_inf(b)
    if invalid:
        return f.nan, NV
    if f.is_nan(a) or f.is_nan(b) or f.is_nan(c):
        return nan_result(f, a, b, c)
    psign = f.negative(a) ^ f.negative(b) ^ flip_product
    csign = f.negative(c) ^ flip_c
    if f.is_inf(a) or f.is_inf(b):
        if f.is_inf(c) and csign != psign:
            return f.nan, NV
        return f.inf | (f.sign if psign else 0), 0
    if f.is_inf(c):
        return f.inf | (f.sign if csign else 0), 0
    p = abs(f.value(a) * f.value(b)) * (-1 if psign else 1)
    v = p + abs(f.value(c)) * (-1 if csign else 1)
    if v == 0:
        same = psign == csign
        neg = psign if same else rm == RDN
        return f.sign if neg else 0, 0
    return f.round(v, rm)


def fadd(f, rm, a, b, flip=False):
    if f.is_nan(a) or f.is_nan(b):
        return nan_result(f, a, b)
    return fma(f, rm, a, f.one, b, flip_c=flip)


def fsub(f, rm, a, b):
    return fadd(f, rm, a, b, flip=True)


def fmul(f, rm, a, b):
    if f.is_nan(a) or f.is_nan(b):
        return nan_result(f, a, b)
    sign = f.sign if f.negative(a) ^ f.negative(b) else 0
    return fma(f, rm, a, b, sign)


def fdiv(f, rm, a, b):
    if f.is_nan(a) or f.is_nan(b):
        return nan_result(f, a, b)
    sign = f.sign if f.negative(a) ^ f.negative(b) else 0
    if f.is_inf(a) and f.is_inf(b) or f.is_zero(a) and f.is_zero(b):
        return f.nan, NV
    if f.is_inf(a):
        return sign | f.inf, 0
    if f.is_inf(b) or f.is_zero(a):
        return sign, 0
    if f.is_zero(b):
        return sign | f.inf, DZ
    return f.round(f.value(a) / f.value(b), rm)


def fsqrt(f, rm, a):
    if f.is_nan(a):
        return nan_result(f, a)
    if f.is_zero(a):
        return a, 0
    if f.negative(a):
        return f.nan, NV
    if f.is_inf(a):
        return a, 0
    v = f.value(a)
    scaled = v * (1 << 2400)
    assert scaled.denominator == 1
    root = isqrt(int(scaled))
    exact = root * root == scaled
    return f.round((Fraction(root) + (0 if exact else Fraction(1, 2))) / (1 << 1200), rm)


def order(f, x):
    """A key that sorts -0 before +0 and everything else by value."""
    if f.is_inf(x):
        v = Fraction(2) ** 2000
        return (-v if f.negative(x) else v), 0
    return f.value(x), 0 if f.negative(x) else 1


def fminmax(f, a, b, pick, nan_wins):
    flags = NV if f.is_snan(a) or f.is_snan(b) else 0
    if f.is_nan(a) and f.is_nan(b) or nan_wins and (f.is_nan(a) or f.is_nan(b)):
        return f.nan, flags
    if f.is_nan(a):
        return b, flags
    if f.is_nan(b):
        return a, flags
    return pick((a, b), key=lambda x: order(f, x)), flags


def compare(f, a, b, test, quiet):
    if f.is_nan(a) or f.is_nan(b):
        signalling = f.is_snan(a) or f.is_snan(b)
        return 0, NV if signalling or not quiet else 0
    return int(test(order(f, a)[0], order(f, b)[0])), 0


def fclass(f, x):
    n = f.negative(x)
    if f.is_snan(x):
        bit = 8
    elif f.is_nan(x):
        bit = 9
    elif f.is_inf(x):
        bit = 0 if n else 7
    elif f.is_zero(x):
        bit = 3 if n else 4
    elif x & ~f.sign < f.tiny_normal:
        bit = 2 if n else 5
    else:
        bit = 1 if n else 6
    return 1 << bit, 0


def to_int(f, rm, x, bits, signed):
    lo, hi = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    if f.is_nan(x):
        r, flags = hi, NV
    elif f.is_inf(x):
        r, flags = (lo if f.negative(x) else hi), NV
    else:
        v = f.value(x)
        inexact, a = quantize(abs(v), 0, v < 0, rm)
        r = int(-a if v < 0 else a)
        flags = NX if inexact else 0
        if r < lo or r > hi:
            r, flags = (lo if r < lo else hi), NV
    if bits == 32:
        r = (r & 0xffffffff ^ 0x80000000) - 0x80000000
    return r & (1 << 64) - 1, flags


def from_int(f, rm, x, bits, signed):
    x &= (1 << bits) - 1
    if signed and x >> bits - 1:
        x -= 1 << bits
    return (0, 0) if x == 0 else f.round(Fraction(x), rm)


def convert(src, dst, rm, x):
    if src.is_nan(x):
        return dst.nan, NV if src.is_snan(x) else 0
    sign = dst.sign if src.negative(x) else 0
    if src.is_inf(x):
        return sign | dst.inf, 0
    if src.is_zero(x):
        return sign, 0
    return dst.round(src.value(x), rm)


def fround(f, rm, x, exact_flag):
    if f.is_nan(x):
        return nan_result(f, x)
    if f.is_inf(x) or f.is_zero(x):
        return x, 0
    v = f.value(x)
    inexact, a = quantize(abs(v), 0, v < 0, rm)
    flags = NX if inexact and exact_flag else 0
    return (f.sign if v < 0 else 0) | f.encode(a), flags


def fcvtmod(x):
    if D.is_nan(x) or D.is_inf(x):
        return 0, NV
    v = D.value(x)
    n = int(abs(v)) * (-1 if v < 0 else 1)
    flags = NV if not -(1 << 31) <= n < 1 << 31 else NX if n != v else 0
    return ((n & 0xffffffff ^ 0x80000000) - 0x80000000) & (1 << 64) - 1, flags


# ---- operands

def box(f, x):
    return x | ((1 << 64) - 1) >> f.width << f.width


def specials(f):
    payload = f.sign | f.nan | 5
    return [0, f.sign, f.one, f.sign | f.one, f.inf, f.sign | f.inf, f.nan, payload, f.inf | 1, f.sign | f.inf | 3]


def neg(f, x):
    return x ^ f.sign


def hard_pairs(f):
    """Pairs whose sum, product or quotient is near a rounding or range boundary."""
    one, eps = f.one, 1
    half_ulp = (f.bias - f.mbits - 1) << f.mbits
    big = (f.emax + f.bias) << f.mbits
    return {
        "add": [(one, half_ulp), (one + eps, half_ulp), (one, half_ulp + 1), (one, half_ulp - 1),
                (one, neg(f, half_ulp)), (one, f.sign | 1), (f.max, f.max),
                (f.max, (f.emax - f.mbits - 1 + f.bias) << f.mbits), (neg(f, f.max), neg(f, big)),
                (1, 1), (f.tiny_normal, f.sign | 1), (one, neg(f, one)), (neg(f, one), one),
                (one + eps, neg(f, one)), (f.tiny_normal - 1, 1)],
        "mul": [(one + eps, one + eps), (one - eps, one - eps), (f.max, one + eps), (neg(f, f.max), f.max),
                (1, one >> 1), (1, f.one - f.tiny_normal), (neg(f, 1), 1), (f.tiny_normal, f.one - f.tiny_normal),
                (f.tiny_normal + 1, f.one - f.tiny_normal), (f.tiny_normal, one - eps), (f.tiny_normal - 1, one + eps),
                (f.tiny_normal + 1, one - 1), (f.tiny_normal + 1, one - 2)],
        "div": [(one, one + (f.tiny_normal >> 1) + f.tiny_normal), (one, neg(f, one + eps)), (f.max, one - eps),
                (f.max, f.tiny_normal), (1, one + f.tiny_normal), (1, f.max), (f.tiny_normal, one + f.tiny_normal),
                (f.tiny_normal + 1, one + f.tiny_normal), (f.tiny_normal, one + eps), (one, f.max), (one + 7, one + 3)],
        "sqrt": [one + f.tiny_normal, one + eps, one - eps, 1, f.tiny_normal, f.max, one + f.tiny_normal + (f.tiny_normal >> 3),
                 one + 2 * f.tiny_normal, f.tiny_normal - 1, one + 2 * f.tiny_normal - 1],
    }


class Writer:
    def __init__(self, path, what):
        self.f = open(path, "w")
        self.line = 1
        self.put(f"/* {what}")
        self.put(" * Written by tools/fprows.py; ROW(rounding, flags, a, b, c, result). */")

    def put(self, text):
        self.f.write(text + "\n")
        self.line += 1

    def table(self, name):
        self.put(f"TABLE({name})")

    def row(self, rm, flags, args, want):
        if self.line & 255 == 0:
            self.put("/* the next line's number must not end in a zero byte */")
        a = list(args) + [0] * (3 - len(args))
        cells = ", ".join(f"0x{x & (1 << 64) - 1:x}" for x in (*a, want))
        self.put(f"ROW({RM_NAMES[rm]}, 0x{flags:x}, {cells})")

    def end(self):
        self.put("TABLE_END")

    def close(self):
        self.f.close()


def arith(w, f, sfx, rnd):
    b = lambda *xs: [box(f, x) for x in xs]
    hp, sp = hard_pairs(f), specials(f)
    rand_f = lambda: rnd.getrandbits(f.width) if rnd.random() < .3 else \
        (rnd.getrandbits(1) << f.width - 1) | (f.bias + rnd.randint(-3, 3)) << f.mbits | rnd.getrandbits(f.mbits)
    for name, op, key in (("fadd", fadd, "add"), ("fsub", fsub, "add"), ("fmul", fmul, "mul"), ("fdiv", fdiv, "div")):
        w.table(f"{name}_{sfx}")
        pairs = [(x, y) for x in sp[:7] for y in sp[:6] if x in sp[:2] or y in sp[:2] or (x in sp[4:6] and y in sp[2:6])]
        pairs += [(sp[7], sp[2]), (sp[2], sp[8]), (sp[8], sp[6]), (sp[4], sp[9]), (sp[6], sp[4])]
        for x, y in pairs:
            r, fl = op(f, RNE, x, y)
            w.row(RNE, fl, b(x, y), box(f, r))
        for x, y in hp[key] + [(rand_f(), rand_f()) for _ in range(6)]:
            for rm in range(5):
                r, fl = op(f, rm, x, y)
                w.row(rm, fl, b(x, y), box(f, r))
        w.end()
    w.table(f"fsqrt_{sfx}")
    for x in sp:
        r, fl = fsqrt(f, RNE, x)
        w.row(RNE, fl, b(x), box(f, r))
    for x in hp["sqrt"] + [rand_f() & ~f.sign for _ in range(6)]:
        for rm in range(5):
            r, fl = fsqrt(f, rm, x)
            w.row(rm, fl, b(x), box(f, r))
    w.end()


def fused(w, f, sfx, rnd):
    b = lambda *xs: [box(f, x) for x in xs]
    sp = specials(f)
    one, eps = f.one, 1
    two_ulp = (f.bias - 2 * f.mbits) << f.mbits
    triples = [
        (f.inf, 0, f.nan), (0, f.inf, f.nan), (f.inf, 0, one), (f.inf, f.sign, sp[8]), (one, one, sp[8]),
        (one, sp[9], one), (f.nan, one, one), (f.inf, one, neg(f, f.inf)), (f.inf, one, f.inf), (one, one, neg(f, f.inf)),
        (0, one, 0), (0, one, f.sign), (f.sign, one, 0), (f.sign, one, f.sign), (0, f.sign | one, 0), (one, one, neg(f, one)),
        (one, neg(f, one), one), (0, 0, one),
    ]
    hard = [
        (one + eps, one + eps, neg(f, one + 2 * eps)),      # exact product's low half survives
        (one + eps, one - eps, neg(f, one)),
        (one + eps, one + eps, two_ulp >> 1),
        (f.max, one + f.tiny_normal, neg(f, f.max)),        # overflow only before the addition
        (f.max, one + f.tiny_normal, f.max),
        (1, one >> 1, f.tiny_normal), (1, one >> 1, 0), (neg(f, 1), one >> 1, f.tiny_normal),
        (one, one, (f.bias - f.mbits - 1) << f.mbits), (one, one, f.sign | 1),
        (f.tiny_normal, one - eps, 0), (f.tiny_normal, one - eps, 1),
    ]
    for name, fp, fc in (("fmadd", 0, 0), ("fmsub", 0, 1), ("fnmsub", 1, 0), ("fnmadd", 1, 1)):
        w.table(f"{name}_{sfx}")
        for t in triples:
            for rm in (RNE, RDN) if not any(f.is_nan(x) for x in t) else (RNE,):
                r, fl = fma(f, rm, *t, flip_product=bool(fp), flip_c=bool(fc))
                w.row(rm, fl, b(*t), box(f, r))
        for t in hard:
            for rm in range(5):
                r, fl = fma(f, rm, *t, flip_product=bool(fp), flip_c=bool(fc))
                w.row(rm, fl, b(*t), box(f, r))
        for _ in range(4):
            t = [(rnd.getrandbits(1) << f.width - 1) | (f.bias + rnd.randint(-9, 9)) << f.mbits | rnd.getrandbits(f.mbits)
                 for _ in range(3)]
            rm = rnd.randrange(5)
            r, fl = fma(f, rm, *t, flip_product=bool(fp), flip_c=bool(fc))
            w.row(rm, fl, b(*t), box(f, r))
        w.end()


def bitwise(w, f, sfx):
    b = lambda *xs: [box(f, x) for x in xs]
    sp = specials(f) + [1, f.sign | f.tiny_normal - 1, f.tiny_normal, f.max]
    bad = 0x12345678_3f800000 if f is S else None         # not boxed: reads as the canonical NaN
    pairs = [(x, y) for x in sp[:10] for y in (sp[0], sp[1], sp[2], sp[5], sp[6], sp[8])]
    for name, pick in (("fmin", min), ("fmax", max)):
        w.table(f"{name}_{sfx}")
        for x, y in pairs:
            r, fl = fminmax(f, x, y, pick, False)
            w.row(ANY, fl, b(x, y), box(f, r))
        w.end()
    for name, test, quiet in (("feq", lambda p, q: p == q, True), ("flt", lambda p, q: p < q, False),
                              ("fle", lambda p, q: p <= q, False)):
        w.table(f"{name}_{sfx}")
        for x, y in pairs:
            r, fl = compare(f, x, y, test, quiet)
            w.row(ANY, fl, b(x, y), r)
        w.end()
    low = f.sign - 1
    for name, fn in (("fsgnj", lambda x, y: x & low | y & f.sign), ("fsgnjn", lambda x, y: x & low | ~y & f.sign),
                     ("fsgnjx", lambda x, y: x ^ y & f.sign)):
        w.table(f"{name}_{sfx}")
        for x, y in pairs[::3] + [(sp[7], sp[9]), (sp[9], sp[0])]:
            w.row(ANY, 0, b(x, y), box(f, fn(x, y)))
        if bad:
            w.row(ANY, 0, [bad, box(f, f.sign)], box(f, fn(f.nan, f.sign)))
        w.end()
    w.table(f"fclass_{sfx}")
    for x in sp:
        r, fl = fclass(f, x)
        w.row(ANY, fl, b(x), r)
    if bad:
        w.row(ANY, 0, [bad], 1 << 9)
    w.end()


def conversions(w, f, sfx):
    def at(v):
        return f.round(Fraction(v), RTZ)[0] if v else 0
    half = Fraction(1, 2)
    for bits, signed, name in ((32, True, "w"), (32, False, "wu"), (64, True, "l"), (64, False, "lu")):
        w.table(f"fcvt_{name}_{sfx}")
        edge = 1 << (bits - 1 if signed else bits)
        xs = [at(v) for v in (half, 1 + half, 2 + half, -half, -1 - half, -Fraction(3, 4), Fraction(1, 4))]
        for x in xs + [1, f.sign | 1]:
            for rm in range(5):
                r, fl = to_int(f, rm, x, bits, signed)
                w.row(rm, fl, [box(f, x)], r)
        rest = specials(f) + [at(v) for v in (edge, edge - 1, edge - half, -edge, -edge - 1, -edge - 2 * half * edge / 8,
                                              -1, 12345, f.value(f.max), edge * 2)] + [at(edge) - 1, f.sign | at(edge) + 1]
        for x in rest:
            for rm in (RTZ, RUP):
                r, fl = to_int(f, rm, x, bits, signed)
                w.row(rm, fl, [box(f, x)], r)
        w.end()
        w.table(f"fcvt_{sfx}_{name}")
        exact = f.mbits >= bits
        ints = [0, 1, -1, 2 ** 24 + 1, 2 ** 24 + 3, 2 ** 53 + 1, 2 ** 53 + 3, 2 ** 63 - 1, 2 ** 63, 2 ** 31 - 1, 2 ** 31,
                2 ** 32 - 1, 2 ** 63 + 1025, -2 ** 53 - 1, 0x123456789abcdef0]
        for x in ints:
            for rm in (ANY,) if exact else range(5):
                r, fl = from_int(f, RNE if exact else rm, x, bits, signed)
                w.row(rm, fl, [x], box(f, r))
        w.end()


def between(w, src, dst, name, rms):
    """Conversions between two formats."""
    w.table(name)
    xs = specials(src) + [1, src.sign | src.tiny_normal - 1, src.tiny_normal, src.max, src.one + 1, src.one - 1]
    if src.width > dst.width:
        ulp = 1 << (src.mbits - dst.mbits)
        dmax = src.encode(dst.value(dst.max))
        dmin = src.encode(dst.value(dst.tiny_normal))
        dsub = src.encode(dst.value(1))
        xs += [src.one + ulp // 2, src.one + ulp + ulp // 2, src.one + ulp // 2 + 1, dmax, dmax + ulp // 2, dmax + ulp // 2 - 1,
               src.sign | dmax + ulp, dmin, dmin - 1, dmin - ulp // 4, dmin - ulp // 2, dmin - ulp, dsub, dsub - 1,
               src.sign | dsub - src.tiny_normal, dsub - src.tiny_normal - 1, dsub - src.tiny_normal + 1]
    for x in xs:
        for rm in rms:
            r, fl = convert(src, dst, RNE if rm == ANY else rm, x)
            w.row(rm, fl, [box(src, x)], box(dst, r))
    if src is not D:
        w.row(rms[0], 0, [0x1234_0000_3f80_3c00 if src is S else 0xffff_ffff_0000_3c00], box(dst, dst.nan))
    w.end()


def zfa(w, f, sfx):
    b = lambda *xs: [box(f, x) for x in xs]
    sp = specials(f)
    at = lambda v: f.round(Fraction(v), RTZ)[0]
    q = Fraction(1, 4)
    for name, exact in (("fround", False), ("froundnx", True)):
        w.table(f"{name}_{sfx}")
        for x in sp[:2] + sp[4:]:
            r, fl = fround(f, RNE, x, exact)
            w.row(RNE, fl, b(x), box(f, r))
        for x in [at(v) for v in (q, 2 * q, 3 * q, 1 + 2 * q, -q, -2 * q, -1 - 2 * q, 1000001 * q, 2 ** (f.mbits - 1) + 2 * q)] \
                + [1, f.max, at(2 ** f.mbits + 1), f.one - 1]:
            for rm in range(5):
                r, fl = fround(f, rm, x, exact)
                w.row(rm, fl, b(x), box(f, r))
        w.end()
    pairs = [(x, y) for x in sp for y in (sp[0], sp[1], sp[5], sp[6], sp[8])]
    for name, pick in (("fminm", min), ("fmaxm", max)):
        w.table(f"{name}_{sfx}")
        for x, y in pairs:
            r, fl = fminmax(f, x, y, pick, True)
            w.row(ANY, fl, b(x, y), box(f, r))
        w.end()
    for name, test in (("fltq", lambda p, r: p < r), ("fleq", lambda p, r: p <= r)):
        w.table(f"{name}_{sfx}")
        for x, y in pairs:
            r, fl = compare(f, x, y, test, True)
            w.row(ANY, fl, b(x, y), r)
        w.end()


def fcvtmod_rows(w):
    w.table("fcvtmod_w_d")
    at = lambda v: D.round(Fraction(v), RTZ)[0]
    for x in specials(D) + [1, D.max, D.sign | D.max] + [at(v) for v in (
            Fraction(1, 2), Fraction(-3, 2), 2 ** 31 - 1, 2 ** 31, -2 ** 31, -2 ** 31 - 1, 2 ** 32, 2 ** 32 + 5, -2 ** 32 - 5,
            2 ** 40 + 2 ** 31, 2 ** 52 + 12345, 2 ** 53 + 2, 2 ** 63 + 2 ** 11, 2 ** 80 + 2 ** 30, 2 ** 84, 2 ** 83 + 2 ** 31,
            Fraction(2 ** 33 + 3, 2), Fraction(-2 ** 32 + 1, 2), Fraction(2 ** 32 - 1, 2))]:
        r, fl = fcvtmod(x)
        w.row(ANY, fl, [x], r)
    w.end()


def main():
    rnd = random.Random(20)
    for f, sfx in ((S, "s"), (D, "d")):
        for part, fn in (("arith", lambda w: arith(w, f, sfx, rnd)), ("fused", lambda w: fused(w, f, sfx, rnd)),
                         ("misc", lambda w: bitwise(w, f, sfx)), ("cvt", lambda w: conversions(w, f, sfx))):
            w = Writer(f"isa/fp_{sfx}_{part}.inc", f"Floating-point cases: {part}, format {sfx.upper()}.")
            fn(w)
            w.close()
    w = Writer("isa/fp_between.inc", "Conversions between half, single and double.")
    between(w, S, D, "fcvt_d_s", (ANY,))
    between(w, D, S, "fcvt_s_d", range(5))
    w.close()
    w = Writer("isa/fp_zfhmin.inc", "Zfhmin conversions.")
    between(w, H, S, "fcvt_s_h", (ANY,))
    between(w, H, D, "fcvt_d_h", (ANY,))
    between(w, S, H, "fcvt_h_s", range(5))
    between(w, D, H, "fcvt_h_d", range(5))
    w.close()
    w = Writer("isa/fp_zfa.inc", "Zfa rounding, minimum, maximum and quiet comparison.")
    for f, sfx in ((S, "s"), (D, "d")):
        zfa(w, f, sfx)
    fcvtmod_rows(w)
    w.close()


if __name__ == "__main__":
    main()
