//===- VectorBuilder.h - Vector arithmetic for math functions ---*- C++ -*-===//
//
// The vocabulary in which the vector math is written: one call is one vector
// operation of `vector<Lxf32>` or `vector<Lxf64>` (type taken from the
// operands), built with the arith, math and vector dialects, plus LLVM
// intrinsics where the target has an instruction that those cannot name
// (vscalefps). It hides what differs between targets: without FMA, `fma` rounds
// twice and `productError` uses Dekker's splitting.
//
// No fast-math flag is ever set: what is written here is what runs.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_LOWERING_VECTORBUILDER_H
#define ACTIN_LOWERING_VECTORBUILDER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

#include "llvm/ADT/ArrayRef.h"

#include <limits>

namespace actin {

using mlir::Value;

/// How the body of a loop is cut into stages for software pipelining.
struct PipelineTraits {
  unsigned leastLatency = 15; ///< Of a stage, in cycles.
  unsigned maxStages = 5;
  /// How many values all stages together may hand on, in eighths of the number
  /// of registers: some are free again before the loop's end.
  unsigned handedOnEighths = 10;
  /// One stage after another, the last one first; or all side by side.
  bool inSequence = false;
};

/// What the lowering must know of the machine.
struct TargetTraits {
  unsigned vectorBits = 128;  ///< Width of a native vector register.
  unsigned numRegisters = 16; ///< Of vectors.
  /// Registers are a multiple of `vectorBits` that only the machine knows: a
  /// vector of L lanes stands for one of vscale x L.
  bool isScalable = false;
  bool hasMasks = false;        ///< Loads and stores of chosen lanes are cheap.
  bool hasInt64Convert = false; ///< f64 <-> i64 of vectors.
  bool hasFma = false;
  bool hasAvx512 = false; ///< vscalef, permutes of tables.
  bool hasF16c = false;   ///< f16 <-> f32 of vectors.
  bool hasBf16 = false;   ///< f32 -> bf16 of vectors.
  /// How far ahead of its loads a loop that stores past the caches asks for
  /// them; 0: never.
  unsigned prefetchBytes = 0;
  /// Such a loop goes through the quarters of a long run side by side, and
  /// fetches a quarter as far ahead in each.
  bool interleavesQuarters = false;
  PipelineTraits pipeline{};
  PipelineTraits streamingPipeline{}; ///< Of such a loop.
};

/// A vector of `numLanes` elements; of vscale times as many where registers are
/// scalable.
mlir::VectorType getVectorType(mlir::Type element, unsigned numLanes,
                               const TargetTraits &traits);

/// What the bit tricks need to know of a binary format.
struct FloatFormat {
  unsigned mantissaBits;
  double bias; ///< Also the largest exponent of a number.
  /// 1.5 * 2^mantissaBits: a number of small magnitude added to it is rounded
  /// to an integer, found in the low bits.
  double roundingMagic;
  double minNormalExponent;
};
FloatFormat formatOf(bool isF64);

/// v + low + ... : an unevaluated sum, |low| <= ulp(high)/2. `low` may be null
/// (zero).
struct ValuePair {
  Value high;
  Value low;
};

/// mantissa * 2^exponent. The exponent is a vector of integral values in the
/// mantissa's own float type; null means 0. Lets a result pass through an
/// intermediate that would overflow or lose bits as a subnormal.
struct ScaledValue {
  Value mantissa;
  Value exponent;
};

/// What is known of a * 2^n, where it is not infinite, in bits: fewer
/// operations do where little is to be expected.
struct ScaleBounds {
  /// |a| < 2^mostVanishing wherever n < vanishingExponent.
  double mostVanishing = std::numeric_limits<double>::infinity();
  /// n <= mostExponent, and |a * 2^n| < 2^mostProduct.
  double mostExponent = std::numeric_limits<double>::infinity();
  double mostProduct = std::numeric_limits<double>::infinity();
  static constexpr double vanishingExponent = -60;
};

/// The same of an unevaluated sum: both its parts are times 2^exponent.
struct ScaledPair {
  ValuePair mantissa;
  Value exponent;
};

/// The same of any size, in f64: times 2^(exponent + far). `far`, null for 0,
/// is what is beyond 2^50, where beside it the exponents of numbers would be
/// lost.
struct ExtendedPair {
  ValuePair mantissa;
  Value exponent;
  Value far;
};

class VectorBuilder {
public:
  VectorBuilder(mlir::OpBuilder &builder, mlir::Location location,
                TargetTraits traits, unsigned numLanes)
      : builder(builder), location(location), traits(traits),
        numLanes(numLanes) {}

  const TargetTraits &getTraits() const { return traits; }
  mlir::OpBuilder &getOpBuilder() { return builder; }
  mlir::Location getLocation() const { return location; }
  /// Of what is built from now on.
  void setLocation(mlir::Location place) { location = place; }
  unsigned getNumLanes() const { return numLanes; }

  // Types: the float element, and the integer and mask vectors beside it.
  static bool isF64(Value value);
  mlir::VectorType floatType(bool f64) const;
  /// vector<Lxi32> beside f32, vector<Lxi64> beside f64.
  mlir::VectorType intTypeLike(Value value) const;

  // Constants, splat over the lanes.
  Value constant(bool f64, double value);
  Value like(Value model, double value) {
    return constant(isF64(model), value);
  }
  /// The bit pattern as an integer vector, and an integer constant.
  Value intLike(Value model, uint64_t bits);

  // Arithmetic, each rounded once to nearest-even.
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value div(Value a, Value b);
  Value sqrt(Value a);
  Value neg(Value a);
  Value abs(Value a);
  /// With the sign bit of `sign`.
  Value copySign(Value magnitude, Value sign);
  /// a * b + c; one rounding with FMA, two without.
  Value fma(Value a, Value b, Value c);
  /// c - a * b, likewise.
  Value fnma(Value a, Value b, Value c);
  /// NaN where either is NaN... costs a blend on x86.
  Value minimum(Value a, Value b);
  Value maximum(Value a, Value b);
  /// One instruction: `b` where either is NaN or both are zero (x86 order).
  Value minFast(Value a, Value b);
  Value maxFast(Value a, Value b);
  /// Rounding to an integral value. v2 has these too (SSE4.1).
  Value roundEven(Value a);
  /// An integer next to x * factor, the nearest but for the last bits of the
  /// product: for less than roundEven where there is FMA. Beyond 2^22 (f32) and
  /// 2^51 (f64) it may be a multiple of 1/2 that is as near.
  Value roundProduct(Value x, Value factor);
  Value floor(Value a);
  Value ceil(Value a);
  Value trunc(Value a);

  // Masks: vector<Lxi1>. Ordered comparisons are false on NaN, `ne` is true.
  enum class Compare { LT, LE, GT, GE, EQ, NE };
  Value compare(Compare predicate, Value a, Value b);
  Value isNaN(Value a);
  Value select(Value mask, Value onTrue, Value onFalse);
  Value maskAnd(Value a, Value b);
  Value maskOr(Value a, Value b);
  Value maskNot(Value a);
  /// As select, for an `onFalse` that nothing else takes: where the target
  /// writes chosen lanes of a result, that operation writes the others over
  /// `onTrue`.
  Value selectOver(Value mask, Value onTrue, Value onFalse);

  // Bits.
  Value toBits(Value a);
  Value fromBits(Value a);
  Value intAdd(Value a, Value b);
  Value intSub(Value a, Value b);
  Value intAnd(Value a, Value b);
  Value intOr(Value a, Value b);
  Value intXor(Value a, Value b);
  Value shiftLeft(Value a, unsigned bits);
  Value shiftRightLogical(Value a, unsigned bits);
  Value shiftRightArithmetic(Value a, unsigned bits);
  Value intCompare(Compare predicate, Value a, Value b); ///< Signed.
  /// Integral float <-> integer of the same width. f64 -> i64 uses the
  /// 2^52 + 2^51 trick where there is no instruction; |a| < 2^51.
  Value toInt(Value a);
  Value fromInt(Value a);

  // Width: f32 <-> f64, same number of lanes. `narrow` rounds to nearest-even.
  Value widen(Value a);
  Value narrow(Value a);

  /// One element a lane of a constant table of float (type as `model`), at
  /// integer indices inside of it (a permute up to 32 entries on AVX-512, of 8
  /// floats on AVX2, else a gather). Where hasFastTables, of a table of 16 or
  /// 32 entries, and of one of getFastTableSize: at any indices, of which the
  /// last bits count.
  Value lookUp(Value model, llvm::ArrayRef<double> table, Value index);
  /// How many floats are looked up by one permute: 32, 8 or none.
  unsigned getFastTableSize(bool f64) const;
  unsigned getFastTableSize(Value model) const {
    return getFastTableSize(isF64(model));
  }
  /// True where one register, or two, hold a table of 16 or 32 floats.
  bool hasFastTables(bool f64) const {
    return !f64 && traits.hasAvx512 && traits.vectorBits >= 512 &&
           numLanes % 16 == 0;
  }
  bool hasFastTables(Value model) const { return hasFastTables(isF64(model)); }

  // Error-free transforms.
  /// a * b - product exactly, where product = mul(a, b) and nothing overflows
  /// or is subnormal.
  Value productError(Value a, Value b, Value product);
  /// a + b = high + low exactly.
  ValuePair twoSum(Value a, Value b);
  /// The same, given |a| >= |b| or a == 0.
  ValuePair fastTwoSum(Value a, Value b);

  /// c[0] + x c[1] + x^2 c[2] …, Horner by `fma` (few registers).
  Value horner(Value x, llvm::ArrayRef<double> coefficients);
  /// The same by Estrin's scheme (short latency).
  Value estrin(Value x, llvm::ArrayRef<double> coefficients);

  /// 1 / a with an error of 2^-14 of it, where the target has an instruction
  /// for that; else null. 0 and infinity give each other, subnormals may do.
  Value approximateReciprocal(Value a);

  /// 2^(n + offset) for integral sums within the normal exponent range (no
  /// check).
  Value exp2Integer(Value n, double offset = 0.0);
  /// a * 2^n, n integral of any size, correctly rounded once into subnormals
  /// (elsewhere than on AVX-512: for |a| near 1), saturating to 0 or infinity:
  /// vscalef, which needs no rounding of `n`, elsewhere two or three
  /// multiplies.
  Value scale(Value a, Value n, const ScaleBounds &bounds = {});
  /// The same for |n| <= 252 (f32) or 2044 (f64), where two multiplies do.
  Value scaleNear(Value a, Value n);
  /// Exponents apart of what is infinite, in ascending order: of logarithms,
  /// powers and exponentials of an infinite number. Beside the first two those
  /// of numbers stay exact, so that x / (2 x) has its limit.
  static constexpr double infiniteLogExponent = 4096;
  static constexpr double infinityExponent = 0x1p16;
  static constexpr double infiniteExpExponent = 0x1p980;
  /// The most that the exponential of a number has. It may be beyond an
  /// infinite power, which another input must be for that.
  static constexpr double largestExponent = 0x1p960;
  /// Zero times anything is zero.
  static constexpr double zeroExponent = -0x1p1015;
  /// a = mantissa * 2^exponent, 1 <= |mantissa| < 2. Zero and infinity have the
  /// mantissa 1, with their sign, and the exponents above; a NaN is its own
  /// mantissa. Of f64 only.
  ScaledValue splitExponent(Value a);
  /// Both parts of its exponent, rounded.
  Value addExponents(const ExtendedPair &extended);
  /// The value of `scaled`, rounded once.
  Value materialize(const ScaledValue &scaled, const ScaleBounds &bounds = {});

private:
  mlir::OpBuilder &builder;
  mlir::Location location;
  TargetTraits traits;
  unsigned numLanes;
};

} // namespace actin

#endif // ACTIN_LOWERING_VECTORBUILDER_H
