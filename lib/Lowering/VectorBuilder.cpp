//===- VectorBuilder.cpp - Vector arithmetic for math functions -----------===//
//
// One operation of arith, math or vector a call. LLVM's x86 intrinsics appear
// only where those dialects cannot name the instruction: vscalefps and the
// permutes of AVX-512.
//
//===----------------------------------------------------------------------===//

#include "Lowering/VectorBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/STLExtras.h"

#include <limits>

using namespace mlir;

namespace actin {

FloatFormat formatOf(bool isF64) {
  if (isF64)
    return {52, 1023.0, 0x1.8p52, -1022.0};
  return {23, 127.0, 0x1.8p23, -126.0};
}

//===----------------------------------------------------------------------===//
// Types and constants
//===----------------------------------------------------------------------===//

VectorType getVectorType(Type element, unsigned numLanes,
                         const TargetTraits &traits) {
  return VectorType::get({int64_t(numLanes)}, element, {traits.isScalable});
}

bool VectorBuilder::isF64(Value value) {
  return getElementTypeOrSelf(value.getType()).isF64();
}

VectorType VectorBuilder::floatType(bool f64) const {
  Type element = f64 ? Type(builder.getF64Type()) : Type(builder.getF32Type());
  return getVectorType(element, numLanes, traits);
}

VectorType VectorBuilder::intTypeLike(Value value) const {
  unsigned bits = getElementTypeOrSelf(value.getType()).getIntOrFloatBitWidth();
  return getVectorType(builder.getIntegerType(bits), numLanes, traits);
}

Value VectorBuilder::constant(bool f64, double value) {
  VectorType type = floatType(f64);
  auto splat = DenseElementsAttr::get(
      type, builder.getFloatAttr(type.getElementType(), value));
  return arith::ConstantOp::create(builder, location, splat);
}

Value VectorBuilder::intLike(Value model, uint64_t bits) {
  VectorType type = intTypeLike(model);
  unsigned width = type.getElementTypeBitWidth();
  llvm::APInt element(64, bits);
  auto splat = DenseElementsAttr::get(type, element.trunc(width));
  return arith::ConstantOp::create(builder, location, splat);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Value VectorBuilder::add(Value a, Value b) {
  return arith::AddFOp::create(builder, location, a, b);
}
Value VectorBuilder::sub(Value a, Value b) {
  return arith::SubFOp::create(builder, location, a, b);
}
Value VectorBuilder::mul(Value a, Value b) {
  return arith::MulFOp::create(builder, location, a, b);
}
Value VectorBuilder::div(Value a, Value b) {
  return arith::DivFOp::create(builder, location, a, b);
}
Value VectorBuilder::sqrt(Value a) {
  return math::SqrtOp::create(builder, location, a);
}
Value VectorBuilder::neg(Value a) {
  return arith::NegFOp::create(builder, location, a);
}
Value VectorBuilder::abs(Value a) {
  return math::AbsFOp::create(builder, location, a);
}
Value VectorBuilder::copySign(Value magnitude, Value sign) {
  return math::CopySignOp::create(builder, location, magnitude, sign);
}

Value VectorBuilder::fma(Value a, Value b, Value c) {
  // Without the instruction math.fma would become a call of libm.
  if (!traits.hasFma)
    return add(mul(a, b), c);
  return math::FmaOp::create(builder, location, a, b, c);
}

Value VectorBuilder::fnma(Value a, Value b, Value c) {
  if (!traits.hasFma)
    return sub(c, mul(a, b));
  return math::FmaOp::create(builder, location, neg(a), b, c);
}

Value VectorBuilder::minimum(Value a, Value b) {
  return arith::MinimumFOp::create(builder, location, a, b);
}
Value VectorBuilder::maximum(Value a, Value b) {
  return arith::MaximumFOp::create(builder, location, a, b);
}

// LLVM selects minps and maxps for exactly these two shapes.
Value VectorBuilder::minFast(Value a, Value b) {
  return select(compare(Compare::LT, a, b), a, b);
}
Value VectorBuilder::maxFast(Value a, Value b) {
  return select(compare(Compare::GT, a, b), a, b);
}

Value VectorBuilder::roundEven(Value a) {
  return math::RoundEvenOp::create(builder, location, a);
}
Value VectorBuilder::roundProduct(Value x, Value factor) {
  if (!traits.hasFma)
    return roundEven(mul(x, factor));
  Value magic = like(x, formatOf(isF64(x)).roundingMagic);
  return sub(fma(x, factor, magic), magic);
}
Value VectorBuilder::floor(Value a) {
  return math::FloorOp::create(builder, location, a);
}
Value VectorBuilder::ceil(Value a) {
  return math::CeilOp::create(builder, location, a);
}
Value VectorBuilder::trunc(Value a) {
  return math::TruncOp::create(builder, location, a);
}

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

Value VectorBuilder::compare(Compare predicate, Value a, Value b) {
  auto toPredicate = [&] {
    switch (predicate) {
    case Compare::LT:
      return arith::CmpFPredicate::OLT;
    case Compare::LE:
      return arith::CmpFPredicate::OLE;
    case Compare::GT:
      return arith::CmpFPredicate::OGT;
    case Compare::GE:
      return arith::CmpFPredicate::OGE;
    case Compare::EQ:
      return arith::CmpFPredicate::OEQ;
    case Compare::NE:
      break;
    }
    return arith::CmpFPredicate::UNE;
  };
  return arith::CmpFOp::create(builder, location, toPredicate(), a, b);
}

Value VectorBuilder::isNaN(Value a) {
  return arith::CmpFOp::create(builder, location, arith::CmpFPredicate::UNO, a,
                               a);
}

Value VectorBuilder::select(Value mask, Value onTrue, Value onFalse) {
  return arith::SelectOp::create(builder, location, mask, onTrue, onFalse);
}
Value VectorBuilder::maskAnd(Value a, Value b) {
  return arith::AndIOp::create(builder, location, a, b);
}
Value VectorBuilder::maskOr(Value a, Value b) {
  return arith::OrIOp::create(builder, location, a, b);
}
Value VectorBuilder::maskNot(Value a) {
  auto type = cast<VectorType>(a.getType());
  Value ones = arith::ConstantOp::create(builder, location,
                                         DenseElementsAttr::get(type, true));
  return arith::XOrIOp::create(builder, location, a, ones);
}

static std::optional<arith::CmpFPredicate>
oppositeOf(arith::CmpFPredicate predicate) {
  switch (predicate) {
  case arith::CmpFPredicate::OLT:
    return arith::CmpFPredicate::UGE;
  case arith::CmpFPredicate::OLE:
    return arith::CmpFPredicate::UGT;
  case arith::CmpFPredicate::OGT:
    return arith::CmpFPredicate::ULE;
  case arith::CmpFPredicate::OGE:
    return arith::CmpFPredicate::ULT;
  case arith::CmpFPredicate::OEQ:
    return arith::CmpFPredicate::UNE;
  case arith::CmpFPredicate::UNE:
    return arith::CmpFPredicate::OEQ;
  default:
    return std::nullopt;
  }
}

Value VectorBuilder::selectOver(Value mask, Value onTrue, Value onFalse) {
  auto compare = mask.getDefiningOp<arith::CmpFOp>();
  auto opposite = compare ? oppositeOf(compare.getPredicate()) : std::nullopt;
  if (!traits.hasAvx512 || !opposite)
    return select(mask, onTrue, onFalse);
  Value others = arith::CmpFOp::create(builder, location, *opposite,
                                       compare.getLhs(), compare.getRhs());
  return select(others, onFalse, onTrue);
}

//===----------------------------------------------------------------------===//
// Bits
//===----------------------------------------------------------------------===//

Value VectorBuilder::toBits(Value a) {
  return arith::BitcastOp::create(builder, location, intTypeLike(a), a);
}
Value VectorBuilder::fromBits(Value a) {
  unsigned width = getElementTypeOrSelf(a.getType()).getIntOrFloatBitWidth();
  return arith::BitcastOp::create(builder, location, floatType(width == 64), a);
}
Value VectorBuilder::intAdd(Value a, Value b) {
  return arith::AddIOp::create(builder, location, a, b);
}
Value VectorBuilder::intSub(Value a, Value b) {
  return arith::SubIOp::create(builder, location, a, b);
}
Value VectorBuilder::intAnd(Value a, Value b) {
  return arith::AndIOp::create(builder, location, a, b);
}
Value VectorBuilder::intOr(Value a, Value b) {
  return arith::OrIOp::create(builder, location, a, b);
}
Value VectorBuilder::intXor(Value a, Value b) {
  return arith::XOrIOp::create(builder, location, a, b);
}
Value VectorBuilder::shiftLeft(Value a, unsigned bits) {
  return arith::ShLIOp::create(builder, location, a, intLike(a, bits));
}
Value VectorBuilder::shiftRightLogical(Value a, unsigned bits) {
  return arith::ShRUIOp::create(builder, location, a, intLike(a, bits));
}
Value VectorBuilder::shiftRightArithmetic(Value a, unsigned bits) {
  return arith::ShRSIOp::create(builder, location, a, intLike(a, bits));
}

Value VectorBuilder::intCompare(Compare predicate, Value a, Value b) {
  auto toPredicate = [&] {
    switch (predicate) {
    case Compare::LT:
      return arith::CmpIPredicate::slt;
    case Compare::LE:
      return arith::CmpIPredicate::sle;
    case Compare::GT:
      return arith::CmpIPredicate::sgt;
    case Compare::GE:
      return arith::CmpIPredicate::sge;
    case Compare::EQ:
      return arith::CmpIPredicate::eq;
    case Compare::NE:
      break;
    }
    return arith::CmpIPredicate::ne;
  };
  return arith::CmpIOp::create(builder, location, toPredicate(), a, b);
}

Value VectorBuilder::toInt(Value a) {
  if (!isF64(a) || traits.hasInt64Convert)
    return arith::FPToSIOp::create(builder, location, intTypeLike(a), a);
  // The fraction would be rounded, not cut off: `a` is integral.
  Value magic = like(a, formatOf(true).roundingMagic);
  return intSub(toBits(add(a, magic)), toBits(magic));
}

Value VectorBuilder::fromInt(Value a) {
  bool wide = getElementTypeOrSelf(a.getType()).isInteger(64);
  if (!wide || traits.hasInt64Convert)
    return arith::SIToFPOp::create(builder, location, floatType(wide), a);
  Value magic = constant(true, formatOf(true).roundingMagic);
  return sub(fromBits(intAdd(a, toBits(magic))), magic);
}

Value VectorBuilder::widen(Value a) {
  return arith::ExtFOp::create(builder, location, floatType(true), a);
}
Value VectorBuilder::narrow(Value a) {
  return arith::TruncFOp::create(builder, location, floatType(false), a);
}

//===----------------------------------------------------------------------===//
// Compounds
//===----------------------------------------------------------------------===//

/// a = high + low with each half so short that the products of halves are
/// exact (Veltkamp); |a| < 2^996.
static ValuePair splitF64(VectorBuilder &b, Value a) {
  Value scaled = b.mul(a, b.like(a, 0x1p27 + 1));
  Value high = b.sub(scaled, b.sub(scaled, a));
  return {high, b.sub(a, high)};
}

Value VectorBuilder::productError(Value a, Value b, Value product) {
  if (traits.hasFma)
    return math::FmaOp::create(builder, location, a, b, neg(product));
  if (!isF64(a)) {
    // 48 bits of product fit into f64.
    Value exact = mul(widen(a), widen(b));
    return narrow(sub(exact, widen(product)));
  }
  ValuePair x = splitF64(*this, a), y = splitF64(*this, b);
  Value error = sub(mul(x.high, y.high), product);
  error = add(error, mul(x.high, y.low));
  error = add(error, mul(x.low, y.high));
  return add(error, mul(x.low, y.low));
}

ValuePair VectorBuilder::twoSum(Value a, Value b) {
  Value sum = add(a, b);
  Value bRounded = sub(sum, a);
  Value aRounded = sub(sum, bRounded);
  return {sum, add(sub(a, aRounded), sub(b, bRounded))};
}

ValuePair VectorBuilder::fastTwoSum(Value a, Value b) {
  Value sum = add(a, b);
  return {sum, sub(b, sub(sum, a))};
}

Value VectorBuilder::horner(Value x, llvm::ArrayRef<double> coefficients) {
  Value sum = like(x, coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    sum = fma(sum, x, like(x, coefficient));
  return sum;
}

Value VectorBuilder::estrin(Value x, llvm::ArrayRef<double> coefficients) {
  // Pairs of neighbours first; then pairs of pairs in x^2, and so on.
  llvm::SmallVector<Value> terms;
  for (size_t i = 0; i < coefficients.size(); i += 2) {
    Value even = like(x, coefficients[i]);
    terms.push_back(i + 1 < coefficients.size()
                        ? fma(like(x, coefficients[i + 1]), x, even)
                        : even);
  }
  for (Value power = x; terms.size() > 1;) {
    power = mul(power, power);
    size_t numPairs = 0;
    for (size_t i = 0; i < terms.size(); i += 2)
      terms[numPairs++] =
          i + 1 < terms.size() ? fma(terms[i + 1], power, terms[i]) : terms[i];
    terms.resize(numPairs);
  }
  return terms.front();
}

Value VectorBuilder::exp2Integer(Value n, double offset) {
  // n + bias in the low bits of a float, shifted into the exponent's place.
  FloatFormat format = formatOf(isF64(n));
  Value biased = add(n, like(n, format.roundingMagic + format.bias + offset));
  return fromBits(shiftLeft(toBits(biased), format.mantissaBits));
}

ScaledValue VectorBuilder::splitExponent(Value a) {
  bool f64 = isF64(a);
  unsigned numBits = f64 ? 52 : 23; // Of the mantissa.
  double bias = f64 ? 1023.0 : 127.0;
  Value zero = like(a, 0.0), one = like(a, 1.0), magnitude = abs(a);
  Value isTiny =
      compare(Compare::LT, magnitude, like(a, f64 ? 0x1p-1022 : 0x1p-126));
  Value bits =
      toBits(select(isTiny, mul(a, like(a, f64 ? 0x1p54 : 0x1p25)), a));
  uint64_t fieldMask = f64 ? 0x7ff : 0xff;
  Value field = intAnd(shiftRightLogical(bits, numBits), intLike(a, fieldMask));
  Value shift = select(isTiny, like(a, bias + (f64 ? 54 : 25)), like(a, bias));
  Value exponent = sub(fromInt(field), shift);
  Value keep =
      intLike(a, ~(fieldMask << numBits) & (f64 ? ~0ull : 0xffffffffu));
  Value mantissa = fromBits(intOr(intAnd(bits, keep), toBits(one)));
  Value infinite = like(a, std::numeric_limits<double>::infinity());
  Value isInfinite = compare(Compare::EQ, magnitude, infinite);
  exponent = select(
      isInfinite, like(a, infinityExponent),
      select(compare(Compare::EQ, a, zero), like(a, zeroExponent), exponent));
  return {select(isNaN(a), a, mantissa), exponent};
}

Value VectorBuilder::addExponents(const ExtendedPair &extended) {
  return extended.far ? add(extended.exponent, extended.far)
                      : extended.exponent;
}

Value VectorBuilder::materialize(const ScaledValue &scaled,
                                 const ScaleBounds &bounds) {
  if (!scaled.exponent)
    return scaled.mantissa;
  return scale(scaled.mantissa, scaled.exponent, bounds);
}

} // namespace actin
