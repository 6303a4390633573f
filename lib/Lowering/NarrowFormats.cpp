//===- NarrowFormats.cpp - f16 and bf16 in memory -------------------------===//
//
// bf16 is the upper half of an f32. Conversions go by instructions where the
// target has them; elsewhere by integers, as LLVM would call a library.
//
//===----------------------------------------------------------------------===//

#include "Lowering/NarrowFormats.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace actin {

namespace {

/// vector<Lxi32> arithmetic beside vector<Lxf32>.
class BitBuilder {
public:
  BitBuilder(ImplicitLocOpBuilder &b, Value model)
      : b(b), model(cast<VectorType>(model.getType())) {}

  VectorType typeOf(Type element) const {
    return cast<VectorType>(model.cloneWith(std::nullopt, element));
  }
  Value constant(uint32_t value) {
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(typeOf(b.getI32Type()),
                                  b.getI32IntegerAttr(int32_t(value))));
  }
  Value toBits(Value a) {
    return arith::BitcastOp::create(b, typeOf(b.getI32Type()), a);
  }
  Value toFloat(Value a) {
    return arith::BitcastOp::create(b, typeOf(b.getF32Type()), a);
  }
  Value widen(Value a) {
    return arith::ExtUIOp::create(b, typeOf(b.getI32Type()), a);
  }
  Value narrow(Value a) {
    return arith::TruncIOp::create(b, typeOf(b.getI16Type()), a);
  }
  Value bitAnd(Value a, uint32_t c) {
    return arith::AndIOp::create(b, a, constant(c));
  }
  Value bitOr(Value a, Value c) { return arith::OrIOp::create(b, a, c); }
  Value add(Value a, Value c) { return arith::AddIOp::create(b, a, c); }
  Value left(Value a, uint32_t n) {
    return arith::ShLIOp::create(b, a, constant(n));
  }
  Value right(Value a, uint32_t n) {
    return arith::ShRUIOp::create(b, a, constant(n));
  }
  /// Of integers below 2^31.
  Value isAbove(Value a, uint32_t c) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, a, constant(c));
  }
  Value select(Value mask, Value a, Value c) {
    return arith::SelectOp::create(b, mask, a, c);
  }

private:
  ImplicitLocOpBuilder &b;
  VectorType model;
};

} // namespace

constexpr uint32_t f32Infinity = 0x7f800000;

static Value widenHalf(ImplicitLocOpBuilder &b, Value bits) {
  BitBuilder i(b, bits);
  Value wide = i.widen(bits);
  Value magnitude = i.left(i.bitAnd(wide, 0x7fff), 13);
  // The exponents' biases differ by 112; the product is exact, for subnormal
  // numbers too.
  Value scale = i.toFloat(i.constant((127 + 112) << 23));
  Value scaled =
      i.toBits(arith::MulFOp::create(b, i.toFloat(magnitude), scale));
  Value special = i.bitOr(magnitude, i.constant(f32Infinity));
  Value isSpecial = i.isAbove(magnitude, (0x1f << 23) - 1);
  Value sign = i.left(i.bitAnd(wide, 0x8000), 16);
  return i.toFloat(i.bitOr(i.select(isSpecial, special, scaled), sign));
}

static Value narrowToHalf(ImplicitLocOpBuilder &b, Value value) {
  BitBuilder i(b, value);
  Value bits = i.toBits(value);
  Value magnitude = i.bitAnd(bits, 0x7fffffff);
  // Normal: rebias, then round by adding half of a unit, less one where the
  // bit kept is even.
  Value odd = i.bitAnd(i.right(magnitude, 13), 1);
  Value rebias = i.constant(uint32_t((15 - 127) << 23) + 0xfff);
  Value normal = i.right(i.add(i.add(magnitude, rebias), odd), 13);
  // Subnormal: adding 0.5 makes the sum's last bit the f16's.
  Value half = i.constant(0x3f000000);
  Value sum = arith::AddFOp::create(b, i.toFloat(magnitude), i.toFloat(half));
  Value subnormal = arith::SubIOp::create(b, i.toBits(sum), half);
  Value special = i.select(i.isAbove(magnitude, f32Infinity),
                           i.constant(0x7e00), i.constant(0x7c00));
  Value result = i.select(i.isAbove(magnitude, 0x387fffff), normal, subnormal);
  result = i.select(i.isAbove(magnitude, 0x477fffff), special, result);
  return i.narrow(i.bitOr(result, i.right(i.bitAnd(bits, 0x80000000), 16)));
}

static Value narrowToBFloat(ImplicitLocOpBuilder &b, Value value) {
  BitBuilder i(b, value);
  Value bits = i.toBits(value);
  Value odd = i.bitAnd(i.right(bits, 16), 1);
  Value rounded = i.add(i.add(bits, i.constant(0x7fff)), odd);
  // The carry would turn a NaN into a zero; its quiet bit keeps it one.
  Value quiet = i.bitOr(bits, i.constant(0x00400000));
  Value isNaN = i.isAbove(i.bitAnd(bits, 0x7fffffff), f32Infinity);
  return i.narrow(i.right(i.select(isNaN, quiet, rounded), 16));
}

Value widenFromBits(ImplicitLocOpBuilder &b, Value bits, DataType type,
                    const TargetTraits &traits) {
  BitBuilder i(b, bits);
  if (type == DataType::BF16)
    return i.toFloat(i.left(i.widen(bits), 16));
  if (!traits.hasF16c)
    return widenHalf(b, bits);
  Value half = arith::BitcastOp::create(b, i.typeOf(b.getF16Type()), bits);
  return arith::ExtFOp::create(b, i.typeOf(b.getF32Type()), half);
}

Value narrowToBits(ImplicitLocOpBuilder &b, Value value, DataType type,
                   const TargetTraits &traits) {
  BitBuilder i(b, value);
  bool isHalf = type == DataType::F16;
  if (!(isHalf ? traits.hasF16c : traits.hasBf16))
    return isHalf ? narrowToHalf(b, value) : narrowToBFloat(b, value);
  Type element = isHalf ? Type(b.getF16Type()) : Type(b.getBF16Type());
  Value narrow = arith::TruncFOp::create(b, i.typeOf(element), value);
  return arith::BitcastOp::create(b, i.typeOf(b.getI16Type()), narrow);
}

} // namespace actin
