//===- MathPiecewise.cpp - Polynomials looked up in registers -------------===//
//
// n = x / step to the nearest integer, by adding a number whose last bit is 1:
// the last bits of that sum are the place in the table.
//
//===----------------------------------------------------------------------===//

#include "Lowering/MathPiecewise.h"

#include "Lowering/ExpReduction.h"

#include <cmath>
#include <limits>

namespace actin {

namespace {
struct TableValue {
  Value value;
  Value piece; ///< Its number plus roundingMagic.
  Value held;  ///< x as the linear term takes it.
};
} // namespace

/// Sums with it are integral.
static constexpr double roundingMagic = 0x1.8p23;

static Value hold(VectorBuilder &b, Value x, double least, double most) {
  if (least != -std::numeric_limits<double>::infinity())
    x = atLeast(b, x, least);
  return most == std::numeric_limits<double>::infinity() ? x
                                                         : atMost(b, x, most);
}

static TableValue emitTable(VectorBuilder &b, const Pieces &pieces,
                            const ValuePair &argument) {
  Value x = argument.high;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  // Tables that begin at 0 are given none below.
  Value held =
      hold(b, x, pieces.first == 0 ? -infinity : pieces.least, pieces.most);
  bool goesOnBelow = pieces.first != 0 && pieces.least != pieces.getFirst();
  bool goesOnAbove = pieces.most != pieces.getLast();
  Value inside = hold(b, held, goesOnBelow ? pieces.getFirst() : -infinity,
                      goesOnAbove ? pieces.getLast() : infinity);

  Value magic = b.like(x, roundingMagic);
  Value shifted = b.fma(inside, b.like(x, 1 / pieces.step), magic);
  Value index = b.toBits(shifted);
  Value center = b.lookUp(x, pieces.centers, index);
  Value offset = b.sub(inside, center);
  Value lastOffset = held == inside ? offset : b.sub(held, center);
  if (argument.low) {
    bool isOne = lastOffset == offset;
    offset = b.add(offset, argument.low);
    lastOffset = isOne ? offset : b.add(lastOffset, argument.low);
  }
  auto coefficient = [&](size_t power) {
    return b.lookUp(x, pieces.coefficients[power], index);
  };
  size_t degree = pieces.coefficients.size() - 1;
  Value constant = coefficient(0), sum = coefficient(degree);
  for (size_t power = degree; power-- > 1;)
    sum = b.fma(sum, offset, coefficient(power));
  if (pieces.lowSlopes)
    constant = b.fma(offset, b.lookUp(x, *pieces.lowSlopes, index), constant);
  sum = b.fma(sum, lastOffset, constant);
  return {sum, shifted, held};
}

Value emitPieces(VectorBuilder &b, const Pieces &pieces, const ValuePair &x) {
  return emitTable(b, pieces, x).value;
}

/// p as it is beyond the outermost piece; `n` is -m there.
static Value emitTail(VectorBuilder &b, const Pieces::Tail &tail, Value p,
                      const ValuePair &argument, Value n) {
  Value x = argument.high, low = argument.low;
  if (tail.shift == 0 && !tail.hasSquare())
    return low ? b.fma(p, x, b.mul(p, low)) : b.mul(p, x);
  Value rest = tail.shift == 1 ? p : b.mul(p, b.like(x, tail.shift));
  if (low)
    rest = b.fma(p, low, rest);
  if (tail.hasSquare()) {
    Value factor =
        b.fma(x, b.like(x, tail.squareSlope), b.like(x, tail.squareConstant));
    rest = b.fma(b.mul(b.materialize({p, n}), p), factor, rest);
  }
  return b.fma(p, x, rest);
}

namespace {
/// What a table that halves is looked up by.
struct HalvingPlace {
  Value x, held; ///< x with no upper bound, and with that of the last piece.
  Value low;     ///< Of x; may be null.
  Value shifted; ///< n plus roundingMagic.
  Value n;
};
} // namespace

/// x (1 + p).
static Value emitTimesX(VectorBuilder &b, const Pieces &pieces, Value p,
                        const HalvingPlace &place) {
  Value x = place.x;
  // 0, without its sign, leaves that of x.
  Value held = b.add(place.held, b.like(x, 0.0));
  Value product =
      place.low ? b.add(b.fma(held, p, place.low), x) : b.fma(held, p, x);
  if (!pieces.tail)
    return product;
  Value slope = b.scale(b.like(x, pieces.tail->squareSlope), place.n);
  Value tail = b.fma(product, b.fma(slope, p, slope), product);
  Value isTail = b.compare(VectorBuilder::Compare::LE, place.shifted,
                           b.like(x, roundingMagic + pieces.first));
  return b.select(isTail, tail, product);
}

ScaledValue emitHalvingPieces(VectorBuilder &b, const Pieces &pieces,
                              const ValuePair &argument) {
  Value x = argument.high;
  bool isBelow = pieces.halvesBelow();
  double sign = isBelow ? 1 : -1, farthest = Pieces::farthest * pieces.step;
  int first = isBelow ? pieces.first : -pieces.last;
  Value whole = isBelow ? atLeast(b, x, -farthest) : x;
  x = atMost(b, whole, isBelow ? pieces.getLast() : farthest);
  Value magic = b.like(x, roundingMagic);
  Value shifted = b.fma(x, b.like(x, sign / pieces.step), magic);
  Value n = b.sub(shifted, magic); // From here on that of sign x.
  Value end = b.like(x, roundingMagic + first);
  Value index = b.toBits(atLeast(b, shifted, roundingMagic + first));
  double high = pieces.getHighStep();
  Value offset = b.fma(n, b.like(x, -sign * high), x);
  offset = b.fma(n, b.like(x, -sign * (pieces.step - high)), offset);
  if (argument.low)
    offset = b.add(offset, argument.low);
  auto coefficient = [&](size_t power) {
    Pieces::Row row = pieces.coefficients[power];
    for (int piece = 0; !isBelow && piece < Pieces::maxCount; ++piece)
      row[-piece & (Pieces::maxCount - 1)] = pieces.coefficients[power][piece];
    return b.lookUp(x, row, index);
  };
  Value sum = coefficient(pieces.coefficients.size() - 1);
  for (size_t power = pieces.coefficients.size() - 1; power-- > 0;)
    sum = b.fma(sum, offset, coefficient(power));
  if (pieces.isTimesX)
    sum = emitTimesX(b, pieces, sum, {whole, x, argument.low, shifted, n});
  else if (pieces.tail)
    sum = b.select(b.compare(VectorBuilder::Compare::LE, shifted, end),
                   emitTail(b, *pieces.tail, sum, {x, argument.low}, n), sum);
  return {sum, isBelow ? atMost(b, n, 0) : n};
}

ScaledValue emitPiecesTimesExp(VectorBuilder &b, const Pieces &pieces,
                               const ValuePair &argument, ExpArgument exponent,
                               PieceSide side) {
  Value x = argument.high;
  TableValue table = emitTable(b, pieces, argument);
  // Where the table's argument is held, so is an exponent that it is.
  Value &base = exponent.base ? exponent.base : exponent.value.high;
  if (base == x && table.held != x) {
    base = table.held;
    exponent.isHeldBelow = true;
  }
  double least = -std::numeric_limits<double>::infinity();
  if (!exponent.isHeldBelow)
    least = farthestExp(/*f64=*/false);
  // A product's remainder is rounded twice: that shows less beside a table.
  ReducedExp reduced = reduceBoundedExp(
      b, exponent, least, std::numeric_limits<double>::infinity(),
      /*withLow=*/false, exponent.base ? b.getFastTableSize(x) : 0);
  auto [unrounded, growth] = expGrowthOfReduced(b, reduced);
  Value product = b.fma(table.value, growth, table.value);
  if (side == PieceSide::All)
    return {product, b.floor(unrounded)};
  Value counts =
      b.compare(side == PieceSide::Below ? VectorBuilder::Compare::LT
                                         : VectorBuilder::Compare::GT,
                table.piece, b.like(x, roundingMagic));
  return {b.select(counts, product, table.value),
          b.floor(b.select(counts, unrounded, b.like(x, 0.0)))};
}

} // namespace actin
