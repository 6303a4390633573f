//===- MathFunctions.h - The vector math library ----------------*- C++ -*-===//
//
// Every function is emitted inline, without a branch or a call, for all lanes.
// The element type of the argument selects the f32 or the f64 algorithm.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_MATHFUNCTIONS_H
#define ACTIN_LOWERING_MATHFUNCTIONS_H

#include "Lowering/VectorBuilder.h"
#include "Support/Real.h"

#include "llvm/ADT/STLFunctionalExtras.h"

#include <limits>
#include <optional>

namespace actin {

/// The argument of an exponential. Its rounding would show: half an ulp of 80
/// is 30 ulp of exp(80). So it may be a pair, as exp(h + l) = exp(h) (1 + l),
/// or, where there is FMA, the exact product base * factor, `value` then being
/// its rounding. A factor that is uniform, the same for a whole loop (a
/// parameter, a constant), costs nothing; another one five operations.
struct ExpArgument {
  ValuePair value;
  Value base;       ///< Null where there is no such product.
  ValuePair factor; ///< Uniform: normal numbers or 0.
  /// Of base * factor, where the factor is not uniform; else nothing.
  std::optional<Real> scale;
  /// Where the factor is base^2 plus this number, which is not negative.
  std::optional<Real> squareOffset;
  /// What a product is held to from above.
  double most = std::numeric_limits<double>::infinity();
  bool isHeldBelow = false; ///< The value is farthestExp or more.

  ExpArgument(ValuePair value) : value(value) {}
  ExpArgument(Value product, Value base, ValuePair factor,
              std::optional<Real> scale = std::nullopt)
      : value{product, Value()}, base(base), factor(factor), scale(scale) {}
};

// The exponential family (MathExp.cpp).
ScaledValue emitExpScaled(VectorBuilder &b, const ValuePair &x);
ScaledValue emitExpOfBoundedScaled(VectorBuilder &b, const ExpArgument &x);
ScaledValue emitExp2Scaled(VectorBuilder &b, const ValuePair &x);
// Of f64, with an exponent that is right however large it is.
ExtendedPair emitExpOfAnySize(VectorBuilder &b, const ValuePair &x,
                              const ExtendedPair &infinity);
ExtendedPair emitExp2OfAnySize(VectorBuilder &b, const ValuePair &x,
                               const ExtendedPair &infinity);
// The same with a mantissa of twice the digits.
ScaledPair emitExpPair(VectorBuilder &b, const ValuePair &x);
ScaledPair emitExpOfBoundedPair(VectorBuilder &b, const ExpArgument &x);
Value emitExp(VectorBuilder &b, const ValuePair &x);
Value emitExp2(VectorBuilder &b, const ValuePair &x);
Value emitExpm1(VectorBuilder &b, const ValuePair &x);
ValuePair emitExpm1Pair(VectorBuilder &b, const ValuePair &x);
/// expm1 of x <= 0 in two thirds of the steps, garbage for others.
Value emitExpm1OfNegative(VectorBuilder &b, const ValuePair &x);
/// expm1(x) and exp(x) of x <= 0 from one reduction; both in [-1, 1].
struct ExpPair {
  Value exp, expm1;
};
ExpPair emitExpAndExpm1(VectorBuilder &b, const ValuePair &x);

// Hyperbolic functions and their relatives (MathHyperbolic.cpp).
Value emitSinh(VectorBuilder &b, Value x);
Value emitCosh(VectorBuilder &b, Value x);
Value emitTanh(VectorBuilder &b, const ValuePair &x);
ValuePair emitTanhPair(VectorBuilder &b, const ValuePair &x);
Value emitAsinh(VectorBuilder &b, Value x);
Value emitAcosh(VectorBuilder &b, Value x);
Value emitAtanh(VectorBuilder &b, Value x);
ScaledValue emitSigmoidScaled(VectorBuilder &b, const ExpArgument &x);
/// 2^exponent / mantissa is sigmoid(x): a product with it is one division.
ScaledValue emitSigmoidReciprocal(VectorBuilder &b, const ExpArgument &x);
/// The same in four more operations, with mantissas of 1/3 to 3: above, they
/// are as far from 1 as 2^87, where a product with an unrelated small number
/// would vanish before the exponent brings it back.
ScaledValue emitBoundedSigmoidScaled(VectorBuilder &b, const ExpArgument &x);
ScaledPair emitSigmoidPair(VectorBuilder &b, const ExpArgument &x);
ScaledValue emitBoundedSigmoidReciprocal(VectorBuilder &b,
                                         const ExpArgument &x);
/// log(1 + e^x) and -log(1 + e^-x).
ScaledValue emitSoftplusScaled(VectorBuilder &b, const ExpArgument &x);
/// softplus of x <= 0, garbage for others.
ScaledValue emitSoftplusOfNegativeScaled(VectorBuilder &b,
                                         const ExpArgument &x);
/// Rounded, for a tenth less time: where nothing takes the exponent further.
Value emitSoftplus(VectorBuilder &b, const ExpArgument &x);
Value emitLogsigmoid(VectorBuilder &b, const ExpArgument &x);

// Logarithms (MathLog.cpp).
Value emitLog(VectorBuilder &b, Value x);
ValuePair emitLogAsPair(VectorBuilder &b, Value x);
Value emitLog2(VectorBuilder &b, Value x);
Value emitLog10(VectorBuilder &b, Value x);
Value emitLog1p(VectorBuilder &b, Value x);
ValuePair emitLog1pAsPair(VectorBuilder &b, Value x);

// Powers (MathPow.cpp). base ** exponent with IEEE pow's special cases; the
// logarithm is carried as a pair so that the result stays within 1 ulp.
Value emitPow(VectorBuilder &b, Value base, Value exponent);
/// The same in f64 of a base of any size, whose low part is left; the result as
/// of emitExpOfAnySize.
ExtendedPair emitPowOfAnySize(VectorBuilder &b, const ExtendedPair &base,
                              Value exponent);
/// x ** n by squaring, as a pair where `accurate`.
Value emitPowInteger(VectorBuilder &b, Value base, int64_t exponent);
ValuePair emitPowIntegerPair(VectorBuilder &b, const ValuePair &base,
                             int64_t exponent);
Value emitRsqrt(VectorBuilder &b, Value x);

// Error functions (MathErf.cpp).
Value emitErf(VectorBuilder &b, Value x);
ScaledValue emitErfcScaled(VectorBuilder &b, const ValuePair &x);
ScaledValue emitNormcdfScaled(VectorBuilder &b, const ValuePair &x);
/// For a product with more numbers, each as large as may be.
ScaledValue emitErfcAsFactor(VectorBuilder &b, const ValuePair &x);
ScaledValue emitNormcdfAsFactor(VectorBuilder &b, const ValuePair &x);
/// normcdf(-a), 0 <= a <= 20 (f32) or 65 (f64); garbage for others. NaN in both
/// parts at NaN.
ScaledPair emitNormcdfTailSum(VectorBuilder &b, const ValuePair &a);
ScaledValue emitNormcdfTailScaled(VectorBuilder &b, const ValuePair &a);
/// a normcdf(-a), 0 <= a <= 22.4, where b.hasFastTables(a); garbage for others.
ScaledValue emitNormcdfTailMoment(VectorBuilder &b, Value a);
/// normcdf(-a) - a normpdf(a) for such an a.
ScaledValue emitNormcdfTailMinusMomentScaled(VectorBuilder &b,
                                             const ValuePair &a);
ScaledValue emitNormpdfScaled(VectorBuilder &b, const ValuePair &x);

// Trigonometry (MathTrig.cpp), any finite argument.

/// What sin, cos and tan of one argument share, which is most of them.
struct Angle {
  bool isF64; ///< Of the argument and the results; the rest is f64.
  Value x;
  Value quarterTurns;     ///< n, where x is n pi/2 and a rest within +-pi/4.
  ValuePair rest;         ///< Within a little more.
  ValuePair sine, cosine; ///< Of the rest, not normalized.

  /// Of what `unbounded` emits: 2/pi is known to so many digits.
  static constexpr double largestExponent = 2096;

  /// The low part, null or of f64, is taken in. `unbounded`, if it is not null,
  /// emits the same argument, which may be beyond the range, where `x` is held
  /// or infinite: inside of a branch, so that nothing else may use what it
  /// emits.
  static Angle reduce(VectorBuilder &b, const ValuePair &x,
                      llvm::function_ref<ScaledPair()> unbounded = nullptr);
  /// (x.high + x.low) times `factor` quarters of a turn, of any size; all of
  /// f64, x.low may be null. `isF64`: of the results.
  static Angle reduceQuarters(VectorBuilder &b, const ValuePair &x,
                              double factor, bool isF64);
  /// x + eighths pi/4, the sum not rounded; an odd number of at most +-3.
  Angle turn(VectorBuilder &b, int eighths) const;
  Value emitSin(VectorBuilder &b) const;
  Value emitCos(VectorBuilder &b) const;
  Value emitTan(VectorBuilder &b) const;
  /// In f64 to about 2^-57 relative.
  ValuePair emitSinPair(VectorBuilder &b) const;
  ValuePair emitCosPair(VectorBuilder &b) const;

private:
  static Angle make(VectorBuilder &b, bool isF64, Value x, Value quarterTurns,
                    const ValuePair &rest);
};
Value emitSin(VectorBuilder &b, Value x);
Value emitCos(VectorBuilder &b, Value x);
Value emitTan(VectorBuilder &b, Value x);
Value emitAsin(VectorBuilder &b, Value x);
Value emitAcos(VectorBuilder &b, Value x);
Value emitAtan(VectorBuilder &b, Value x);

} // namespace actin

#endif // ACTIN_LOWERING_MATHFUNCTIONS_H
