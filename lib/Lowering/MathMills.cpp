//===- MathMills.cpp - Normal tails from tables ---------------------------===//
//
// A function that varies slowly times exp(-a^2/2). The first is a polynomial
// for each of 32 intervals. The second is 2^n exp(-r) with a^2 = n step + r: r
// is rounded once, as the step has few bits; by what the step is not 2 ln 2 a
// factor exp(excess a^2/2) is left, which varies slowly, and is in the tables.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathMills.h"

#include "Lowering/MillsTable.h"

namespace actin {

namespace {
/// Where a is in the tables: 32 floats a coefficient, each one permute.
struct TablePlace {
  Value index, offset;
};
} // namespace

/// a <= 22.4.
static TablePlace findPlace(VectorBuilder &b, Value a) {
  // Eight pieces to each octave of a + 1.5.
  Value bits = b.toBits(b.add(a, b.like(a, 1.5)));
  Value index = b.shiftRightLogical(bits, 20);
  return {index, b.sub(a, b.lookUp(a, millsCenters, index))};
}

using MillsTable = double[6][32];

/// The polynomial without its first coefficient, over the offset.
static Value tableSlope(VectorBuilder &b, const TablePlace &place,
                        const MillsTable &table) {
  Value sum = b.lookUp(place.offset, table[5], place.index);
  for (unsigned k = 4; k >= 1; --k)
    sum =
        b.fma(sum, place.offset, b.lookUp(place.offset, table[k], place.index));
  return sum;
}

ValuePair emitMillsFromTable(VectorBuilder &b, Value a, Value low,
                             bool isBeyond) {
  if (isBeyond)
    a = b.minFast(b.like(a, 22.4), a);
  TablePlace place = findPlace(b, a);
  Value rest = b.mul(tableSlope(b, place, millsRatio), place.offset);
  if (low)
    rest = b.fnma(low, b.like(a, inverseRootTwoPi), rest);
  return {b.lookUp(a, millsRatio[0], place.index), rest};
}

ReducedExp reduceSquareBy(VectorBuilder &b, Value a, double step) {
  // Nothing beside 1, and lost beside n step: but a subnormal a^2 or r takes
  // processors a hundred cycles in each operation.
  Value tiny = b.like(a, VectorBuilder::isF64(a) ? 0x1p-80 : 0x1p-40);
  Value n = b.roundProduct(b.fma(a, a, tiny), b.like(a, 1.0 / step));
  Value multiple = b.fma(n, b.like(a, -step), tiny);
  return {{n, n}, b.fma(a, a, multiple), Value()};
}

/// f(a) normpdf(a) for a table of sqrt(2 pi) f(a). `change`, two factors: what
/// is to be added to that.
static ScaledValue emitFromTable(VectorBuilder &b, Value a,
                                 const MillsTable &table,
                                 ValuePair change = {}) {
  TablePlace place = findPlace(b, a);
  Value f = tableSlope(b, place, table);
  Value first = b.lookUp(a, table[0], place.index);
  if (change.high)
    first = b.fma(change.high, change.low, first);
  f = b.fma(f, place.offset, first);
  ReducedExp reduced = reduceSquareBy(b, a, -gaussianStep);
  // The table has what the step is not 2 ln 2.
  Value growth = expm1OfReduced(b, reduced.r, -ln2 / gaussianStep);
  return {b.fma(f, growth, f), reduced.n};
}

/// Max error: f32 1.6 ulp.
ScaledValue emitNormcdfTailMoment(VectorBuilder &b, Value a) {
  return emitFromTable(b, a, millsMoment);
}

ScaledValue emitTailMinusMomentFromTable(VectorBuilder &b, const ValuePair &a) {
  if (!a.low)
    return emitFromTable(b, a.high, millsDifference);
  // The slope is normpdf(a) (a^2 - 2).
  return emitFromTable(b, a.high, millsDifference,
                       {b.mul(a.low, b.like(a.low, inverseRootTwoPi)),
                        b.fma(a.high, a.high, b.like(a.high, -2.0))});
}

} // namespace actin
