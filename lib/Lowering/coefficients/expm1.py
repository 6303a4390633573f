#!/usr/bin/env python3
"""Prints Q of MathHyperbolic.cpp: expm1(r) = r + r^2 Q(r) for |r| a little beyond
ln(2)/2, by the least relative error of expm1 (Lawson's iteration), one
coefficient after the other rounded to f32 and the others fitted again. Needs
mpmath.
"""
import struct
from mpmath import mp, mpf, matrix, lu_solve, cos, pi, log, expm1

mp.prec = 80
HALF = log(mpf(2)) / 2 * (1 + mpf(2) ** -8)
NUM_COEFFICIENTS = 5


def f32(x):
    return struct.unpack("f", struct.pack("f", float(x)))[0]


def target(r):
    return (expm1(r) - r) / r**2


def weight(r):
    return r**2 / expm1(r)


def fit(function, powers, num_points=80, num_steps=60):
    points = [HALF * cos(pi * (2 * i + 1) / (2 * num_points))
              for i in range(num_points)]
    shares = [mpf(1) / num_points] * num_points
    for _ in range(num_steps):
        size = len(powers)
        a, b = matrix(size, size), matrix(size, 1)
        for x, share in zip(points, shares):
            terms = [x**p for p in powers]
            factor = share * weight(x) ** 2
            for i in range(size):
                b[i] += factor * terms[i] * function(x)
                for j in range(size):
                    a[i, j] += factor * terms[i] * terms[j]
        c = list(lu_solve(a, b))
        errors = [abs(weight(x) * (function(x) - evaluate(dict(zip(powers, c)), x)))
                  for x in points]
        total = sum(s * e for s, e in zip(shares, errors))
        shares = [s * e / total + mpf(10) ** -12 for s, e in zip(shares, errors)]
    return c


def evaluate(coefficients, x):
    return sum(mpf(c) * x**p for p, c in coefficients.items())


def main():
    rounded = {}
    for power in range(NUM_COEFFICIENTS):
        others = [p for p in range(NUM_COEFFICIENTS) if p not in rounded]
        rest = fit(lambda x: target(x) - evaluate(rounded, x), others)
        rounded[power] = f32(rest[0])
        print(float.hex(rounded[power]))
    worst = max(abs(weight(x) * (target(x) - evaluate(rounded, x)))
                for x in (HALF * (mpf(i) + 0.5) / 200 for i in range(-200, 200)))
    print("relative error 2^%.1f" % float(log(worst, 2)))


main()
