//===- MathHyperbolicTest.cpp - Accuracy of the logistic and hyperbolic ones =//

#include "Lowering/PairArithmetic.h"
#include "MathTestHarness.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

using namespace actin;
using namespace actin::test;

namespace {

/// A number of 256 bits: what is exact here must not be rounded visibly.
class BigReal {
public:
  BigReal() { mpfr_init2(value, 256); }
  ~BigReal() { mpfr_clear(value); }
  BigReal(const BigReal &) = delete;
  BigReal &operator=(const BigReal &) = delete;
  operator mpfr_ptr() { return value; }

private:
  mpfr_t value;
};

/// e^-x / (1 + e^-x) is that of -x.
void exactSigmoid(mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
  BigReal z, sum;
  mpfr_abs(z, x, MPFR_RNDN);
  mpfr_neg(z, z, MPFR_RNDN);
  mpfr_exp(z, z, MPFR_RNDN);
  mpfr_add_ui(sum, z, 1, MPFR_RNDN);
  if (mpfr_sgn(x) > 0)
    mpfr_set_ui(z, 1, MPFR_RNDN);
  mpfr_div(result, z, sum, MPFR_RNDN);
}

void exactSoftplus(mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
  BigReal z;
  mpfr_abs(z, x, MPFR_RNDN);
  mpfr_neg(z, z, MPFR_RNDN);
  mpfr_exp(z, z, MPFR_RNDN);
  mpfr_log1p(z, z, MPFR_RNDN);
  if (mpfr_sgn(x) > 0)
    mpfr_add(z, z, x, MPFR_RNDN);
  mpfr_set(result, z, MPFR_RNDN);
}

void exactLogsigmoid(mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
  BigReal y;
  mpfr_neg(y, x, MPFR_RNDN);
  exactSoftplus(result, y, nullptr);
  mpfr_neg(result, result, MPFR_RNDN);
}

/// x sigmoid(x), right into the subnormal numbers.
void exactSilu(mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
  if (mpfr_inf_p(x) && mpfr_sgn(x) < 0) { // The limit.
    mpfr_set_zero(result, -1);
    return;
  }
  exactSigmoid(result, x, nullptr);
  mpfr_mul(result, result, x, MPFR_RNDN);
}

template <int (*function)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t)>
void exactly(mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
  function(result, x, MPFR_RNDN);
}

Emit onPlain(Value (*emit)(VectorBuilder &, Value)) {
  return [emit](VectorBuilder &b, Value x, Value) { return emit(b, x); };
}
Value toValue(VectorBuilder &, Value value) { return value; }
Value toValue(VectorBuilder &b, const ScaledValue &value) {
  return b.materialize(value);
}

/// `Argument` is ValuePair or ExpArgument.
template <typename Result, typename Argument>
Emit onPlain(Result (*emit)(VectorBuilder &, const Argument &)) {
  return [emit](VectorBuilder &b, Value x, Value) {
    return toValue(b, emit(b, ValuePair{x, Value()}));
  };
}

MathTest makeTest(const char *name, Emit emit, Exact exact, double limit) {
  MathTest test;
  test.name = name;
  test.emit = std::move(emit);
  test.exact = std::move(exact);
  test.limitF32 = test.limitF64 = limit;
  test.denseLimit = 16.0;
  test.thresholds = {0.625, 1.0,  9.0,   17.0,  18.4,   22.0,  37.0,   40.0,
                     87.3,  88.7, 103.9, 708.4, 709.78, 745.1, 0x1p28, 0x1p12};
  return test;
}

TEST(MathHyperbolic, Sigmoid) {
  expectAccurateInBoth(
      makeTest("sigmoid", onPlain(emitSigmoidScaled), exactSigmoid, 2.0));
}

TEST(MathHyperbolic, Silu) {
  auto emit = [](VectorBuilder &b, Value x, Value) {
    ScaledValue sigmoid = emitSigmoidScaled(b, ValuePair{x, Value()});
    // As a kernel must: -inf * 0 is not the limit.
    Value finite = b.maxFast(b.like(x, -1000.0), x);
    return b.materialize({b.mul(finite, sigmoid.mantissa), sigmoid.exponent});
  };
  expectAccurateInBoth(makeTest("x sigmoid(x)", emit, exactSilu, 2.5));
}

TEST(MathHyperbolic, Softplus) {
  expectAccurateInBoth(
      makeTest("softplus", onPlain(emitSoftplus), exactSoftplus, 2.0));
}

TEST(MathHyperbolic, SoftplusScaled) {
  expectAccurateInBoth(makeTest("softplus scaled", onPlain(emitSoftplusScaled),
                                exactSoftplus, 2.0));
}

TEST(MathHyperbolic, Logsigmoid) {
  expectAccurateInBoth(
      makeTest("logsigmoid", onPlain(emitLogsigmoid), exactLogsigmoid, 2.0));
}

TEST(MathHyperbolic, Tanh) {
  expectAccurateInBoth(
      makeTest("tanh", onPlain(emitTanh), exactly<mpfr_tanh>, 2.4));
}

TEST(MathHyperbolic, Sinh) {
  expectAccurateInBoth(
      makeTest("sinh", onPlain(emitSinh), exactly<mpfr_sinh>, 2.0));
}

TEST(MathHyperbolic, Cosh) {
  expectAccurateInBoth(
      makeTest("cosh", onPlain(emitCosh), exactly<mpfr_cosh>, 2.0));
}

TEST(MathHyperbolic, Asinh) {
  expectAccurateInBoth(
      makeTest("asinh", onPlain(emitAsinh), exactly<mpfr_asinh>, 2.0));
}

TEST(MathHyperbolic, Acosh) {
  expectAccurateInBoth(
      makeTest("acosh", onPlain(emitAcosh), exactly<mpfr_acosh>, 2.0));
}

TEST(MathHyperbolic, Atanh) {
  expectAccurateInBoth(
      makeTest("atanh", onPlain(emitAtanh), exactly<mpfr_atanh>, 2.0));
}

//===----------------------------------------------------------------------===//
// Low parts
//===----------------------------------------------------------------------===//

double lowFactor(bool isF64) { return isF64 ? 0x1p-54 : 0x1p-25; }

/// exact(x + x lowFactor).
Exact ofPair(Exact exact, bool isF64) {
  return [=](mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
    BigReal sum;
    mpfr_set_d(sum, 1.0, MPFR_RNDN);
    mpfr_add_d(sum, sum, lowFactor(isF64), MPFR_RNDN);
    mpfr_mul(sum, sum, x, MPFR_RNDN);
    exact(result, sum, nullptr);
  };
}

template <typename Result, typename Argument>
Emit onPair(Result (*emit)(VectorBuilder &, const Argument &)) {
  return [emit](VectorBuilder &b, Value x, Value) {
    Value low = b.mul(x, b.like(x, lowFactor(VectorBuilder::isF64(x))));
    low = b.minFast(b.maxFast(low, b.like(x, -1.0)), b.like(x, 1.0));
    return toValue(b, emit(b, ValuePair{x, low}));
  };
}

/// exact(x * factor).
Exact ofProduct(Exact exact, double factor) {
  return [=](mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
    BigReal product;
    mpfr_mul_d(product, x, factor, MPFR_RNDN);
    exact(result, product, nullptr);
  };
}

template <typename Result>
Emit onProduct(Result (*emit)(VectorBuilder &, const ExpArgument &),
               double factor, double scale) {
  return [=](VectorBuilder &b, Value x, Value) {
    Value high = b.like(x, factor), low;
    double total = scale == 0.0 ? factor : scale * factor;
    if (!VectorBuilder::isF64(x))
      low = b.like(x, factor - double(float(factor)));
    if (!b.getTraits().hasFma) { // As a kernel must.
      high = b.like(x, total);
      low = low ? b.like(x, total - double(float(total))) : Value();
      Value product = b.mul(x, high);
      Value rest = b.productError(x, high, product);
      return toValue(
          b,
          emit(b, sanitizeLow(b, {product, low ? b.fma(x, low, rest) : rest})));
    }
    return toValue(
        b, emit(b, {b.mul(x, b.like(x, total)),
                    x,
                    {high, low},
                    scale == 0.0 ? std::nullopt : std::optional(Real(scale))}));
  };
}

TEST(MathHyperbolic, Products) {
  if (std::getenv("ACTIN_MATH_EXHAUSTIVE"))
    GTEST_SKIP() << "the f64 kernel is no reference for the factor";
  // Uniform at first, then not.
  for (auto [factor, scale] : {std::pair(1.702, 0.0), std::pair(-0.03, 0.5)}) {
    auto check = [&, factor = factor, scale = scale](const char *name,
                                                     auto *emit, Exact exact) {
      double total = scale == 0.0 ? factor : scale * factor;
      expectAccurateInBoth(makeTest(name, onProduct(emit, factor, scale),
                                    ofProduct(exact, total), 2.1));
    };
    check("sigmoid of a product", &emitSigmoidScaled, exactSigmoid);
    check("softplus of a product", &emitSoftplus, exactSoftplus);
    check("logsigmoid of a product", &emitLogsigmoid, exactLogsigmoid);
  }
}

TEST(MathHyperbolic, LowParts) {
  if (std::getenv("ACTIN_MATH_EXHAUSTIVE"))
    GTEST_SKIP() << "the f64 kernel is no reference for f32's low part";
  auto check = [](const char *name, auto *emit, Exact exact) {
    expectAccurate<float>(
        makeTest(name, onPair(emit), ofPair(exact, false), 2.5));
    expectAccurate<double>(
        makeTest(name, onPair(emit), ofPair(exact, true), 2.5));
  };
  check("sigmoid of a pair", &emitSigmoidScaled, exactSigmoid);
  check("softplus of a pair", &emitSoftplus, exactSoftplus);
  check("scaled softplus of a pair", &emitSoftplusScaled, exactSoftplus);
  check("logsigmoid of a pair", &emitLogsigmoid, exactLogsigmoid);
  check("tanh of a pair", &emitTanh, exactly<mpfr_tanh>);
}

//===----------------------------------------------------------------------===//
// Special values
//===----------------------------------------------------------------------===//

template <typename T> void testSpecials() {
  T inf = std::numeric_limits<T>::infinity();
  T nan = std::numeric_limits<T>::quiet_NaN();
  T max = std::numeric_limits<T>::max();
  T least = std::numeric_limits<T>::denorm_min();
  T half = T(0.5), log2 = T(0x1.62e42fefa39ef35793c8p-1L);
  auto check = [&](const char *name, Emit emit, std::vector<T> expected) {
    MathTest test = makeTest(name, std::move(emit), exactSigmoid, 1.0);
    expectExactly<T>(test, {0, -T(0), inf, -inf, nan, max, -max, least}, {},
                     std::move(expected));
  };
  check("sigmoid", onPlain(emitSigmoidScaled),
        {half, half, 1, 0, nan, 1, 0, half});
  check("softplus scaled", onPlain(emitSoftplusScaled),
        {log2, log2, inf, 0, nan, max, 0, log2});
  check("softplus", onPlain(emitSoftplus),
        {log2, log2, inf, 0, nan, max, 0, log2});
  check("logsigmoid", onPlain(emitLogsigmoid),
        {-log2, -log2, -T(0), -inf, nan, -T(0), -max, -log2});
  check("tanh", onPlain(emitTanh), {0, -T(0), 1, -1, nan, 1, -1, least});
  check("sinh", onPlain(emitSinh),
        {0, -T(0), inf, -inf, nan, inf, -inf, least});
  check("cosh", onPlain(emitCosh), {1, 1, inf, inf, nan, inf, inf, 1});
  check("acosh of no argument", onPlain(emitAcosh),
        {nan, nan, inf, nan, nan, std::acosh(max), nan, nan});
  check("asinh", onPlain(emitAsinh),
        {0, -T(0), inf, -inf, nan, std::asinh(max), -std::asinh(max), least});
  check("atanh", onPlain(emitAtanh),
        {0, -T(0), nan, nan, nan, nan, nan, least});
  MathTest atanh = makeTest("atanh", onPlain(emitAtanh), exactSigmoid, 1.0);
  expectExactly<T>(atanh, {1, -1}, {}, {inf, -inf});
}

TEST(MathHyperbolic, Specials) {
  testSpecials<float>();
  testSpecials<double>();
}

} // namespace
