#!/usr/bin/env python3
"""Writes lib/Lowering/MillsTable.h: functions of a on 32 intervals of [0, 22.5],
eight to each octave of a + 1.5, as polynomials of degree 5 in a - center.
m(a) = exp(a^2/2) erfc(a/sqrt 2) / 2, the Mills ratio over sqrt(2 pi); what is
multiplied by exp(-(1 + excess) a^2/2) takes exp(excess a^2/2) into the table. A
center is moved a little so that the functions are all but floats there; the
first is 0. Needs mpmath. Usage: mills_table.py > ../MillsTable.h
"""
import struct
from mpmath import mp, mpf, exp, erfc, sqrt, cos, pi, matrix, lu_solve, log

mp.prec = 120
DEGREE = 5
# a^2 = n GAUSSIAN_STEP + r, the product exact for n < 2^10; next to 2 ln 2.
GAUSSIAN_STEP = mpf(0x162e8) / 2**16
EXCESS = 2 * log(mpf(2)) / GAUSSIAN_STEP - 1


def m(a):
    return exp(a * a / 2) * erfc(a / sqrt(2)) / 2


def moment(a):
    return a * m(a) * exp(EXCESS * a * a / 2)


def difference(a):
    return (m(a) - a / sqrt(2 * pi)) * exp(EXCESS * a * a / 2)


# Each with the least size that its error is relative to.
FUNCTIONS = {
    "millsRatio": (m, 0, "m(a)"),
    "millsMoment": (moment, 0, "a m(a) exp(excess a^2/2)"),
    "millsDifference": (difference, mpf(1) / 8,
                        "(m(a) - a / sqrt(2 pi)) exp(excess a^2/2)"),
}


def f32(x):
    return struct.unpack("f", struct.pack("f", float(x)))[0]


def relative(value, exact, least):
    return abs(value - exact) / max(abs(exact), least)


def place_center(low, high):
    """A float near the middle, of which all functions are nearly floats."""
    if low == 0:
        return mpf(0)
    step = mpf(2) ** -16
    middle = mpf(round((low + high) / 2 / step)) * step
    def error(a):
        return max(relative(f32(f(a)), f(a), least)
                   for f, least, _ in FUNCTIONS.values())
    return min((middle + i * step for i in range(-500, 501)), key=error)


def fit(f, least, low, high, center):
    """Coefficients and the largest error, relative even next to a root at 0."""
    first = 1 if f(center) == 0 else 0
    size = DEGREE + 1 - first
    middle, half = (low + high) / 2, (high - low) / 2
    rows, values = matrix(size, size), matrix(size, 1)
    for i in range(size):
        x = middle + half * cos(pi * (2 * i + 1) / (2 * size))
        for j in range(size):
            rows[i, j] = (x - center) ** (j + first)
        values[i] = f(x)
    c = [0.0] * first + [f32(x) for x in list(lu_solve(rows, values))]
    c[0] = f32(f(center))
    def error(a):
        value = sum(mpf(v) * (a - center) ** j for j, v in enumerate(c))
        return relative(value, f(a), least)
    points = [low + (high - low) * i / 40 for i in range(41)]
    return c, max(error(a) for a in points if f(a) != 0)


def print_row(numbers, end):
    print("    {", end="")
    for k, number in enumerate(numbers):
        text = float.hex(number).replace("0000000p", "p")
        separator = "},\n" if k == 31 else ",\n     " if k % 4 == 3 else ", "
        print(text, end=separator if k < 31 or end else "}")


def print_numbers(numbers):
    for k, number in enumerate(numbers):
        text = float.hex(number).replace("0000000p", "p")
        print("    " * (k % 4 == 0) + text,
              end="};\n" if k == 31 else ",\n" if k % 4 == 3 else ", ")


def main():
    intervals = []
    for k in range(4, 36):
        power, part = mpf(2) ** (k // 8), k % 8
        intervals.append((power * (1 + mpf(part) / 8) - 1.5,
                          power * (1 + mpf(part + 1) / 8) - 1.5))
    # Indexed by bits 20 to 24 of a + 1.5 as a float: those of 1.5f are 28.
    intervals = intervals[4:] + intervals[:4]
    centers = [place_center(low, high) for low, high in intervals]
    print("//===- MillsTable.h - The Mills ratio in pieces -----------------*- C++ -*-===//")
    print("//")
    print("// Written by coefficients/mills_table.py, which explains it. Indexed by bits 20")
    print("// to 24 of a + 1.5 as a float, those of 1.5f being 28.")
    print("//")
    print("//===----------------------------------------------------------------------===//")
    print("\n#ifndef ACTIN_LOWERING_MILLSTABLE_H\n#define ACTIN_LOWERING_MILLSTABLE_H\n")
    print("namespace actin {\n")
    print("/// a^2 = n gaussianStep + r, the product exact for n < 2^10; 2 ln 2 of it is")
    print("/// 1 + excess.")
    print("inline constexpr double gaussianStep = %s;\n"
          % float.hex(float(GAUSSIAN_STEP)).replace("000000000p", "p"))
    print("inline constexpr double millsCenters[32] = {")
    print_numbers([float(c) for c in centers])
    for name, (f, least, formula) in FUNCTIONS.items():
        columns, worst = [], 0
        for (low, high), center in zip(intervals, centers):
            entry, error = fit(f, least, low, high, center)
            columns.append(entry)
            worst = max(worst, error)
        print("\n/// %s: coefficients of (a - center)^k." % formula)
        print("/// Error 2^%.1f, relative%s." % (float(log(worst, 2)),
              " (to 1/8 where it is less)" if least else ""))
        print("inline constexpr double %s[%d][32] = {" % (name, DEGREE + 1))
        for row in range(DEGREE + 1):
            print_row([columns[k][row] for k in range(32)], True)
        print("};")
    print("\n} // namespace actin\n\n#endif // ACTIN_LOWERING_MILLSTABLE_H")


main()
