#!/usr/bin/env python3
"""Writes lib/Lowering/MillsTable.h: m(a) = exp(a^2/2) erfc(a/sqrt 2) / 2 on 32
intervals of [0, 22.5], eight to each octave of a + 1.5, as polynomials of degree 5
in a - center. A center is moved a little so that m(center) is all but a float.
Needs mpmath. Usage: mills_table.py > ../MillsTable.h
"""
import struct
from mpmath import mp, mpf, exp, erfc, sqrt, cos, pi, matrix, lu_solve, log

mp.prec = 120
DEGREE = 5


def m(a):
    return exp(a * a / 2) * erfc(a / sqrt(2)) / 2


def f32(x):
    return struct.unpack("f", struct.pack("f", float(x)))[0]


def place_center(low, high):
    """A float near the middle, m of which rounds to f32 with hardly an error."""
    step = mpf(2) ** -16
    middle = mpf(round((low + high) / 2 / step)) * step
    def error(a):
        return abs(f32(m(a)) / m(a) - 1)
    return min((middle + i * step for i in range(-60, 61)), key=error)


def fit(low, high):
    center = place_center(low, high)
    size = DEGREE + 1
    middle, half = (low + high) / 2, (high - low) / 2
    rows, values = matrix(size, size), matrix(size, 1)
    for i in range(size):
        x = middle + half * cos(pi * (2 * i + 1) / (2 * size))
        for j in range(size):
            rows[i, j] = (x - center) ** j
        values[i] = m(x)
    c = [f32(m(center))] + [f32(x) for x in list(lu_solve(rows, values))[1:]]
    def error(a):
        return abs(sum(mpf(v) * (a - center) ** j
                       for j, v in enumerate(c)) / m(a) - 1)
    worst = max(error(low + (high - low) * i / 40) for i in range(41))
    return [float(center)] + c, worst


def main():
    columns, worst = [], 0
    for k in range(4, 36):
        power, part = mpf(2) ** (k // 8), k % 8
        entry, error = fit(power * (1 + mpf(part) / 8) - 1.5,
                           power * (1 + mpf(part + 1) / 8) - 1.5)
        columns.append(entry)
        worst = max(worst, error)
    # Indexed by bits 20 to 24 of a + 1.5 as a float: those of 1.5f are 28.
    columns = columns[4:] + columns[:4]
    print("//===- MillsTable.h - The Mills ratio in pieces -----------------*- C++ -*-===//")
    print("//")
    print("// Written by coefficients/mills_table.py, which explains it. Relative error")
    print("// 2^%.1f." % float(log(worst, 2)))
    print("//")
    print("//===----------------------------------------------------------------------===//")
    print("\n#ifndef ACTIN_LOWERING_MILLSTABLE_H\n#define ACTIN_LOWERING_MILLSTABLE_H\n")
    print("namespace actin {\n")
    print("/// [0]: centers; [1 + k]: the coefficients of (a - center)^k. Indexed by bits\n"
          "/// 20 to 24 of a + 1.5 as a float, those of 1.5f being 28.")
    print("inline constexpr double millsTable[%d][32] = {" % (DEGREE + 2))
    for row in range(DEGREE + 2):
        print("    {", end="")
        for k in range(32):
            text = float.hex(columns[k][row]).replace("0000000p", "p")
            print(text, end="},\n" if k == 31 else ",\n     " if k % 4 == 3 else ", ")
    print("};\n\n} // namespace actin\n\n#endif // ACTIN_LOWERING_MILLSTABLE_H")


main()
