//===- MathExpTest.cpp - Accuracy of exp and its relatives ----------------===//

#include "MathTestHarness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace actin;
using namespace actin::test;

namespace {

void exactExp(mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
  mpfr_exp(result, x, MPFR_RNDN);
}
void exactExp2(mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
  mpfr_exp2(result, x, MPFR_RNDN);
}
void exactExpm1(mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
  mpfr_expm1(result, x, MPFR_RNDN);
}

/// A function of the negative half-line, tested at -|x|.
Exact ofNegative(Exact exact) {
  return [exact](mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
    mpfr_t y;
    mpfr_init2(y, 64);
    mpfr_abs(y, x, MPFR_RNDN);
    mpfr_neg(y, y, MPFR_RNDN);
    exact(result, y, nullptr);
    mpfr_clear(y);
  };
}

/// exact(x + y 2^-30 x) for f32, 2^-60 for f64: y a low part of random size.
double lowFactor(bool isF64) { return isF64 ? 0x1p-55 : 0x1p-26; }

Exact ofPair(Exact exact, bool isF64) {
  return [=](mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
    mpfr_t sum;
    mpfr_init2(sum, 128);
    mpfr_set_d(sum, lowFactor(isF64), MPFR_RNDN);
    mpfr_mul(sum, sum, x, MPFR_RNDN);
    mpfr_add(sum, sum, x, MPFR_RNDN);
    exact(result, sum, nullptr);
    mpfr_clear(sum);
  };
}

/// Emits f(x, 2^-k x), the low part held small.
template <typename F> Emit onPair(F emit) {
  return [emit](VectorBuilder &b, Value x, Value) {
    bool isF64 = VectorBuilder::isF64(x);
    Value low = b.mul(x, b.like(x, lowFactor(isF64)));
    low = b.minFast(b.maxFast(low, b.like(x, -1.0)), b.like(x, 1.0));
    return emit(b, ValuePair{x, low});
  };
}

template <typename F> Emit onPlain(F emit) {
  return [emit](VectorBuilder &b, Value x, Value) {
    return emit(b, ValuePair{x, Value()});
  };
}

MathTest makeTest(const char *name, Emit emit, Exact exact, double limit) {
  MathTest test;
  test.name = name;
  test.emit = emit;
  test.exact = exact;
  test.limitF32 = test.limitF64 = limit;
  return test;
}

TEST(MathExp, Exp) {
  MathTest test = makeTest("exp", onPlain(emitExp), exactExp, 1.0);
  // 0.53 where normal: the scaling rounds subnormal results once more.
  test.limitF32Tables = 0.76;
  expectAccurateInBoth(test);
}

TEST(MathExp, Exp2) {
  MathTest test = makeTest("exp2", onPlain(emitExp2), exactExp2, 1.0);
  test.thresholds = {128, 1024, -126, -1022, -149, -1074};
  test.limitF32Tables = 0.76;
  expectAccurateInBoth(test);
}

TEST(MathExp, ExpScaled) {
  auto emit = [](VectorBuilder &b, const ValuePair &x) {
    return b.materialize(emitExpScaled(b, x));
  };
  expectAccurateInBoth(makeTest("exp scaled", onPlain(emit), exactExp, 1.0));
}

TEST(MathExp, Exp2Scaled) {
  auto emit = [](VectorBuilder &b, const ValuePair &x) {
    return b.materialize(emitExp2Scaled(b, x));
  };
  expectAccurateInBoth(makeTest("exp2 scaled", onPlain(emit), exactExp2, 1.0));
}

TEST(MathExp, Expm1) {
  expectAccurateInBoth(makeTest("expm1", onPlain(emitExpm1), exactExpm1, 1.5));
}

TEST(MathExp, ExpOfBoth) {
  auto emit = [](VectorBuilder &b, const ValuePair &x) {
    return emitExpAndExpm1(b, {b.neg(b.abs(x.high)), x.low}).exp;
  };
  expectAccurateInBoth(
      makeTest("exp of both", onPlain(emit), ofNegative(exactExp), 1.25));
}

TEST(MathExp, Expm1OfBoth) {
  auto emit = [](VectorBuilder &b, const ValuePair &x) {
    return emitExpAndExpm1(b, {b.neg(b.abs(x.high)), x.low}).expm1;
  };
  expectAccurateInBoth(
      makeTest("expm1 of both", onPlain(emit), ofNegative(exactExpm1), 1.5));
}

TEST(MathExp, LowParts) {
  auto scaled = [](VectorBuilder &b, const ValuePair &x) {
    return b.materialize(emitExpScaled(b, x));
  };
  for (bool isF64 : {false, true}) {
    auto check = [&](const char *name, Emit emit, Exact exact, double limit) {
      MathTest test = makeTest(name, emit, ofPair(exact, isF64), limit);
      isF64 ? expectAccurate<double>(test) : expectAccurate<float>(test);
    };
    if (std::getenv("ACTIN_MATH_EXHAUSTIVE"))
      continue;
    check("exp of a pair", onPair(emitExp), exactExp, 1.25);
    check("exp2 of a pair", onPair(emitExp2), exactExp2, 1.25);
    check("exp scaled of a pair", onPair(scaled), exactExp, 1.25);
    check("expm1 of a pair", onPair(emitExpm1), exactExpm1, 1.75);
  }
}

template <typename T> void testSpecials() {
  T inf = std::numeric_limits<T>::infinity();
  T nan = std::numeric_limits<T>::quiet_NaN();
  T max = std::numeric_limits<T>::max();
  MathTest exp = makeTest("exp", onPlain(emitExp), exactExp, 1);
  expectExactly<T>(exp, {0, -T(0), inf, -inf, nan, max, -max}, {},
                   {1, 1, inf, 0, nan, inf, 0});
  MathTest expm1 = makeTest("expm1", onPlain(emitExpm1), exactExpm1, 1);
  expectExactly<T>(expm1, {0, -T(0), inf, -inf, nan, max, -max}, {},
                   {0, -T(0), inf, -1, nan, inf, -1});
  MathTest product;
  product.name = "exp times";
  product.isBinary = true;
  product.emit = [](VectorBuilder &b, Value x, Value y) {
    auto [mantissa, n] = emitExpScaled(b, {x, Value()});
    return b.materialize({b.mul(mantissa, y), n});
  };
  T tiny = std::numeric_limits<T>::denorm_min();
  expectExactly<T>(product, {0, inf, -inf, max, max, -max, -max, nan},
                   {1, tiny, max, 0, tiny, inf, max, 1},
                   {1, inf, 0, 0, inf, inf, 0, nan});
  auto exponent = [](VectorBuilder &b, const ValuePair &x) {
    Value n = emitExpScaled(b, x).exponent;
    Value isFinite =
        b.compare(VectorBuilder::Compare::LE, b.abs(n), b.like(n, 4500.0));
    return b.select(isFinite, b.like(n, 1.0), b.like(n, 0.0));
  };
  MathTest bounded = makeTest("exponent", onPlain(exponent), exactExp, 1);
  expectExactly<T>(bounded, {0, inf, -inf, nan, max, -max}, {},
                   {1, 1, 1, 1, 1, 1});
}

TEST(MathExp, Specials) {
  testSpecials<float>();
  testSpecials<double>();
}

/// A part of e^x of any size, an infinite x being that times `multiple`.
void expectOfAnySize(Value ExtendedPair::*part, double multiple,
                     const std::vector<double> &x,
                     const std::vector<double> &expected) {
  MathTest test;
  test.name = "exp of any size";
  test.emit = [=](VectorBuilder &b, Value a, Value) {
    ScaledValue split = b.splitExponent(b.mul(a, b.like(a, multiple)));
    ExtendedPair infinity{{b.mul(split.mantissa, b.like(a, multiple)), Value()},
                          split.exponent,
                          Value()};
    return emitExpOfAnySize(b, {a, Value()}, infinity).*part;
  };
  expectExactly<double>(test, x, x, expected);
}

TEST(MathExp, OfAnySize) {
  MathTest value =
      makeTest("exp of any size", onPlain([](VectorBuilder &b, ValuePair x) {
                 auto [mantissa, n] = b.splitExponent(x.high);
                 ExtendedPair e =
                     emitExpOfAnySize(b, x, {{mantissa, Value()}, n, Value()});
                 return b.scale(e.mantissa.high, b.add(e.exponent, e.far));
               }),
               exactExp, 1.0);
  expectAccurate<double>(value);
  double inf = HUGE_VAL, rate = 0x1.71547652b82fep0; // log2(e)
  double e = VectorBuilder::infiniteExpExponent;
  // In numbers up to 2^50, beyond in `far`, which a multiple has in proportion.
  std::vector<double> x = {1e5, -1e5, 0x1p49, 0x1p60, -0x1p60, 0x1p61, 1e300};
  expectOfAnySize(&ExtendedPair::exponent, 1, x,
                  {144270, -144270, std::nearbyint(0x1p49 * rate), 0, 0, 0, 0});
  expectOfAnySize(&ExtendedPair::far, 1, x,
                  {0, 0, 0, rate * 0x1p60, -rate * 0x1p60, rate * 0x1p61,
                   VectorBuilder::largestExponent});
  expectOfAnySize(&ExtendedPair::far, 1, {inf, -inf}, {e, -e});
  expectOfAnySize(&ExtendedPair::far, 3, {inf, -inf}, {3 * e, -3 * e});
}

} // namespace
