//===- PtxOperations.cpp - What PTX instructions compute ------------------===//

#include "PtxOperations.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <unordered_map>

namespace actin::test {
namespace {

//===----------------------------------------------------------------------===//
// Bits and values
//===----------------------------------------------------------------------===//

/// The storage formats, told apart from integers.
struct Half {
  uint16_t bits;
};
struct Brain {
  uint16_t bits;
};

template <typename T> T valueOf(uint64_t bits) {
  T value;
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

/// A NaN that arithmetic makes is always the same.
template <typename T> uint64_t bitsOf(T value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  if constexpr (std::is_same_v<T, float>)
    return std::isnan(value) ? 0x7fffffff : bits;
  if constexpr (std::is_same_v<T, double>)
    return std::isnan(value) ? 0x7fffffffffffffff : bits;
  return bits;
}

float toFloat(Half half) { return float(std::bit_cast<_Float16>(half.bits)); }
float toFloat(Brain brain) {
  return std::bit_cast<float>(uint32_t(brain.bits) << 16);
}

uint16_t toHalf(float value) {
  if (std::isnan(value))
    return 0x7fff;
  return std::bit_cast<uint16_t>(static_cast<_Float16>(value));
}

uint16_t toBrain(float value) {
  if (std::isnan(value))
    return 0x7fff;
  // A number is at most half a unit from a neighbour; a tie goes to the even.
  uint32_t bits = std::bit_cast<uint32_t>(value);
  return uint16_t((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

using Compute = uint64_t (*)(uint64_t, uint64_t, uint64_t);
#define ACTIN_COMPUTE(expression)                                              \
  [](uint64_t a, uint64_t b, uint64_t c) -> uint64_t {                         \
    (void)a, (void)b, (void)c;                                                 \
    return expression;                                                         \
  }

template <typename T> T minimum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b))
      return std::isnan(a) ? b : a;
    if (a == b) // -0 is below +0.
      return std::signbit(a) ? a : b;
  }
  return a < b ? a : b;
}

template <typename T> T maximum(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) || std::isnan(b))
      return std::isnan(a) ? b : a;
    if (a == b)
      return std::signbit(a) ? b : a;
  }
  return a < b ? b : a;
}

template <typename T> bool isAnyNaN(T a, T b) {
  return std::isnan(a) || std::isnan(b);
}

/// A float's sign bit is the highest of its bits.
template <typename T>
constexpr uint64_t signBit = uint64_t(1) << (8 * sizeof(T) - 1);

/// `compute` on both halves, as .f32x2 does.
template <Compute compute>
uint64_t onPairs(uint64_t a, uint64_t b, uint64_t c) {
  uint64_t low = compute(uint32_t(a), uint32_t(b), uint32_t(c));
  uint64_t high = compute(a >> 32, b >> 32, c >> 32);
  return high << 32 | low;
}

/// Saturates; NaN gives 0. `Float` is integral already.
template <typename Int, typename Float> Int toInteger(Float value) {
  if (std::isnan(value))
    return 0;
  if (value >= std::ldexp(Float(1), 8 * sizeof(Int) - 1))
    return std::numeric_limits<Int>::max();
  if (value < -std::ldexp(Float(1), 8 * sizeof(Int) - 1))
    return std::numeric_limits<Int>::min();
  return Int(value);
}

/// Shifts of the whole width or more leave nothing, or the sign.
template <typename T> T shiftLeft(T a, uint32_t count) {
  return count < 8 * sizeof(T) ? T(a << count) : T(0);
}
template <typename T> T shiftRight(T a, uint32_t count) {
  return T(a >> std::min<uint32_t>(count, 8 * sizeof(T) - 1)) &
         (std::is_signed_v<T> || count < 8 * sizeof(T) ? T(-1) : T(0));
}

/// The field of `length` bits at `position`; filled with its own highest bit
/// where T is signed, bits behind the end of `a` being its sign.
template <typename T>
uint64_t extractBits(T a, uint32_t position, uint32_t length) {
  constexpr unsigned width = 8 * sizeof(T);
  position &= 0xff;
  length = std::min<uint32_t>(length & 0xff, width);
  if (length == 0)
    return 0;
  using U = std::make_unsigned_t<T>;
  U field = U(shiftRight(a, position));
  return U(T(U(field << (width - length))) >> (width - length));
}

/// prmt's default mode: bytes of {b, a} chosen by the nibbles of c.
uint64_t permuteBytes(uint32_t a, uint32_t b, uint32_t c) {
  uint64_t bytes = uint64_t(b) << 32 | a, result = 0;
  for (unsigned i = 0; i != 4; ++i) {
    unsigned selector = c >> (4 * i) & 0xf;
    uint64_t byte = bytes >> (8 * (selector & 7)) & 0xff;
    if (selector & 8) // Its sign, eight times.
      byte = byte & 0x80 ? 0xff : 0;
    result |= byte << (8 * i);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------===//

class Table {
public:
  Table();
  const PtxOperation *find(std::string_view opcode) const {
    auto it = operations.find(std::string(opcode));
    return it == operations.end() ? nullptr : &it->second;
  }

private:
  void add(const std::string &opcode, unsigned numSources, Compute compute) {
    operations[opcode] = {numSources, compute};
  }
  template <typename T> void addFloats(const std::string &type);
  template <typename T> void addFloatCompares(const std::string &type);
  template <typename T> void addIntegers(const std::string &type);
  template <typename T> void addBits(const std::string &type);
  template <typename To, typename From>
  void addResize(const std::string &to, const std::string &from);
  template <typename Int, typename Float>
  void addIntegerConversions(const std::string &integer,
                             const std::string &floating);
  template <typename Narrow> void addNarrow(const std::string &type);
  void addPairs();
  void addNarrowConversions();

  std::unordered_map<std::string, PtxOperation> operations;
};

template <typename T> void Table::addFloats(const std::string &type) {
  add("add.rn." + type, 2,
      ACTIN_COMPUTE(bitsOf(valueOf<T>(a) + valueOf<T>(b))));
  add("sub.rn." + type, 2,
      ACTIN_COMPUTE(bitsOf(valueOf<T>(a) - valueOf<T>(b))));
  add("mul.rn." + type, 2,
      ACTIN_COMPUTE(bitsOf(valueOf<T>(a) * valueOf<T>(b))));
  add("div.rn." + type, 2,
      ACTIN_COMPUTE(bitsOf(valueOf<T>(a) / valueOf<T>(b))));
  add("fma.rn." + type, 3,
      ACTIN_COMPUTE(
          bitsOf(std::fma(valueOf<T>(a), valueOf<T>(b), valueOf<T>(c)))));
  add("rcp.rn." + type, 1, ACTIN_COMPUTE(bitsOf(T(1) / valueOf<T>(a))));
  add("sqrt.rn." + type, 1, ACTIN_COMPUTE(bitsOf(std::sqrt(valueOf<T>(a)))));
  add("min." + type, 2,
      ACTIN_COMPUTE(bitsOf(minimum(valueOf<T>(a), valueOf<T>(b)))));
  add("max." + type, 2,
      ACTIN_COMPUTE(bitsOf(maximum(valueOf<T>(a), valueOf<T>(b)))));
  add("min.NaN." + type, 2,
      ACTIN_COMPUTE(isAnyNaN(valueOf<T>(a), valueOf<T>(b))
                        ? bitsOf(std::numeric_limits<T>::quiet_NaN())
                        : bitsOf(minimum(valueOf<T>(a), valueOf<T>(b)))));
  add("max.NaN." + type, 2,
      ACTIN_COMPUTE(isAnyNaN(valueOf<T>(a), valueOf<T>(b))
                        ? bitsOf(std::numeric_limits<T>::quiet_NaN())
                        : bitsOf(maximum(valueOf<T>(a), valueOf<T>(b)))));
  add("neg." + type, 1, ACTIN_COMPUTE(a ^ signBit<T>));
  add("abs." + type, 1, ACTIN_COMPUTE(a & ~signBit<T>));
  add("copysign." + type, 2,
      ACTIN_COMPUTE((b & ~signBit<T>) | (a & signBit<T>)));
  auto same = "." + type + "." + type;
  add("cvt.rni" + same, 1,
      ACTIN_COMPUTE(bitsOf(std::nearbyint(valueOf<T>(a)))));
  add("cvt.rmi" + same, 1, ACTIN_COMPUTE(bitsOf(std::floor(valueOf<T>(a)))));
  add("cvt.rpi" + same, 1, ACTIN_COMPUTE(bitsOf(std::ceil(valueOf<T>(a)))));
  add("cvt.rzi" + same, 1, ACTIN_COMPUTE(bitsOf(std::trunc(valueOf<T>(a)))));
}

/// "lt" is false on a NaN, "ltu" true; and so on.
#define ACTIN_COMPARE(name, op)                                                \
  add("setp." name "." + type, 2, ACTIN_COMPUTE(valueOf<T>(a) op valueOf<T>(b)))
#define ACTIN_COMPARE_FLOAT(name, op)                                          \
  add("setp." name "." + type, 2,                                              \
      ACTIN_COMPUTE(!isAnyNaN(valueOf<T>(a), valueOf<T>(b)) &&                 \
                    valueOf<T>(a) op valueOf<T>(b)));                          \
  add("setp." name "u." + type, 2,                                             \
      ACTIN_COMPUTE(isAnyNaN(valueOf<T>(a), valueOf<T>(b)) ||                  \
                    valueOf<T>(a) op valueOf<T>(b)))

template <typename T> void Table::addFloatCompares(const std::string &type) {
  ACTIN_COMPARE_FLOAT("lt", <);
  ACTIN_COMPARE_FLOAT("le", <=);
  ACTIN_COMPARE_FLOAT("gt", >);
  ACTIN_COMPARE_FLOAT("ge", >=);
  ACTIN_COMPARE_FLOAT("eq", ==);
  ACTIN_COMPARE_FLOAT("ne", !=);
  add("setp.nan." + type, 2,
      ACTIN_COMPUTE(isAnyNaN(valueOf<T>(a), valueOf<T>(b))));
  add("setp.num." + type, 2,
      ACTIN_COMPUTE(!isAnyNaN(valueOf<T>(a), valueOf<T>(b))));
}

/// Arithmetic is the same for signed and unsigned integers but in name.
template <typename T> void Table::addIntegers(const std::string &type) {
  using U = std::make_unsigned_t<T>;
  add("add." + type, 2, ACTIN_COMPUTE(U(a + b)));
  add("sub." + type, 2, ACTIN_COMPUTE(U(a - b)));
  add("mul.lo." + type, 2, ACTIN_COMPUTE(U(a * b)));
  add("mad.lo." + type, 3, ACTIN_COMPUTE(U(a * b + c)));
  add("neg." + type, 1, ACTIN_COMPUTE(U(0 - a)));
  add("min." + type, 2,
      ACTIN_COMPUTE(U(minimum(valueOf<T>(a), valueOf<T>(b)))));
  add("max." + type, 2,
      ACTIN_COMPUTE(U(maximum(valueOf<T>(a), valueOf<T>(b)))));
  add("shr." + type, 2,
      ACTIN_COMPUTE(U(shiftRight(valueOf<T>(a), uint32_t(b)))));
  if constexpr (sizeof(T) >= 4)
    add("bfe." + type, 3,
        ACTIN_COMPUTE(extractBits(valueOf<T>(a), uint32_t(b), uint32_t(c))));
  ACTIN_COMPARE("lt", <);
  ACTIN_COMPARE("le", <=);
  ACTIN_COMPARE("gt", >);
  ACTIN_COMPARE("ge", >=);
  ACTIN_COMPARE("eq", ==);
  ACTIN_COMPARE("ne", !=);
  if constexpr (std::is_unsigned_v<T>) {
    // By zero: all bits set, as the hardware has it.
    add("div." + type, 2, ACTIN_COMPUTE(U(b) == 0 ? U(-1) : U(a) / U(b)));
    add("rem." + type, 2, ACTIN_COMPUTE(U(b) == 0 ? U(a) : U(a) % U(b)));
  }
}

template <typename T> void Table::addBits(const std::string &type) {
  add("and." + type, 2, ACTIN_COMPUTE(T(a & b)));
  add("or." + type, 2, ACTIN_COMPUTE(T(a | b)));
  add("xor." + type, 2, ACTIN_COMPUTE(T(a ^ b)));
  add("not." + type, 1, ACTIN_COMPUTE(T(~a)));
  add("shl." + type, 2, ACTIN_COMPUTE(shiftLeft(valueOf<T>(a), uint32_t(b))));
  ACTIN_COMPARE("eq", ==);
  ACTIN_COMPARE("ne", !=);
}

template <typename To, typename From>
void Table::addResize(const std::string &to, const std::string &from) {
  add("cvt." + to + "." + from, 1, ACTIN_COMPUTE(bitsOf(To(valueOf<From>(a)))));
}

template <typename Int, typename Float>
void Table::addIntegerConversions(const std::string &integer,
                                  const std::string &floating) {
  add("cvt.rzi." + integer + "." + floating, 1,
      ACTIN_COMPUTE(bitsOf(toInteger<Int>(std::trunc(valueOf<Float>(a))))));
  add("cvt.rn." + floating + "." + integer, 1,
      ACTIN_COMPUTE(bitsOf(Float(valueOf<Int>(a)))));
}

/// What f16 and bf16 registers can do: signs, and operands of f32 arithmetic.
template <typename Narrow> void Table::addNarrow(const std::string &type) {
  add("neg." + type, 1, ACTIN_COMPUTE(uint16_t(a) ^ 0x8000));
  add("abs." + type, 1, ACTIN_COMPUTE(uint16_t(a) & 0x7fff));
  add("cvt.f32." + type, 1, ACTIN_COMPUTE(bitsOf(toFloat(valueOf<Narrow>(a)))));
  add("add.rn.f32." + type, 2,
      ACTIN_COMPUTE(bitsOf(toFloat(valueOf<Narrow>(a)) + valueOf<float>(b))));
  add("sub.rn.f32." + type, 2,
      ACTIN_COMPUTE(bitsOf(toFloat(valueOf<Narrow>(a)) - valueOf<float>(b))));
  add("fma.rn.f32." + type, 3,
      ACTIN_COMPUTE(
          bitsOf(std::fma(toFloat(valueOf<Narrow>(a)),
                          toFloat(valueOf<Narrow>(b)), valueOf<float>(c)))));
}

void Table::addNarrowConversions() {
  add("cvt.rn.f16.f32", 1, ACTIN_COMPUTE(toHalf(valueOf<float>(a))));
  add("cvt.rn.bf16.f32", 1, ACTIN_COMPUTE(toBrain(valueOf<float>(a))));
  // The first operand becomes the upper half.
  add("cvt.rn.f16x2.f32", 2,
      ACTIN_COMPUTE(uint32_t(toHalf(valueOf<float>(a))) << 16 |
                    toHalf(valueOf<float>(b))));
  add("cvt.rn.bf16x2.f32", 2,
      ACTIN_COMPUTE(uint32_t(toBrain(valueOf<float>(a))) << 16 |
                    toBrain(valueOf<float>(b))));
}

void Table::addPairs() {
  add("add.rn.f32x2", 2,
      onPairs<ACTIN_COMPUTE(bitsOf(valueOf<float>(a) + valueOf<float>(b)))>);
  add("sub.rn.f32x2", 2,
      onPairs<ACTIN_COMPUTE(bitsOf(valueOf<float>(a) - valueOf<float>(b)))>);
  add("mul.rn.f32x2", 2,
      onPairs<ACTIN_COMPUTE(bitsOf(valueOf<float>(a) * valueOf<float>(b)))>);
  add("fma.rn.f32x2", 3,
      onPairs<ACTIN_COMPUTE(bitsOf(
          std::fma(valueOf<float>(a), valueOf<float>(b), valueOf<float>(c))))>);
}

Table::Table() {
  addFloats<float>("f32");
  addFloats<double>("f64");
  addFloatCompares<float>("f32");
  addFloatCompares<double>("f64");
  addPairs();
  addNarrow<Half>("f16");
  addNarrow<Brain>("bf16");
  addNarrowConversions();
  addIntegers<int16_t>("s16");
  addIntegers<uint16_t>("u16");
  addIntegers<int32_t>("s32");
  addIntegers<uint32_t>("u32");
  addIntegers<int64_t>("s64");
  addIntegers<uint64_t>("u64");
  addBits<uint16_t>("b16");
  addBits<uint32_t>("b32");
  addBits<uint64_t>("b64");
  addIntegerConversions<int32_t, float>("s32", "f32");
  addIntegerConversions<int32_t, double>("s32", "f64");
  addIntegerConversions<int64_t, double>("s64", "f64");
  addResize<uint64_t, uint32_t>("u64", "u32");
  addResize<int64_t, int32_t>("s64", "s32");
  addResize<uint32_t, uint64_t>("u32", "u64");
  addResize<uint32_t, uint16_t>("u32", "u16");
  addResize<int32_t, int16_t>("s32", "s16");
  addResize<uint16_t, uint32_t>("u16", "u32");
  addResize<double, float>("f64", "f32");
  add("cvt.rn.f32.f64", 1, ACTIN_COMPUTE(bitsOf(float(valueOf<double>(a)))));
  add("mul.wide.u32", 2, ACTIN_COMPUTE(uint64_t(uint32_t(a)) * uint32_t(b)));
  add("mul.wide.s32", 2,
      ACTIN_COMPUTE(uint64_t(int64_t(int32_t(a)) * int32_t(b))));
  add("prmt.b32", 3,
      ACTIN_COMPUTE(permuteBytes(uint32_t(a), uint32_t(b), uint32_t(c))));
  add("and.pred", 2, ACTIN_COMPUTE(a & b));
  add("or.pred", 2, ACTIN_COMPUTE(a | b));
  add("xor.pred", 2, ACTIN_COMPUTE(a ^ b));
  add("not.pred", 1, ACTIN_COMPUTE(a ^ 1));
  for (const char *type : {"b16", "b32", "b64", "f32", "f64"})
    add(std::string("selp.") + type, 3, ACTIN_COMPUTE(c ? a : b));
}

} // namespace

const PtxOperation *findPtxOperation(std::string_view opcode) {
  static const Table table;
  return table.find(opcode);
}

} // namespace actin::test
