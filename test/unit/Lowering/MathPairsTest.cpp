//===- MathPairsTest.cpp - Results with twice the digits ------------------===//
//
// Three times each function, of which the low part shows: the product of the
// high part alone is up to half an ulp further off.
//
//===----------------------------------------------------------------------===//

#include "Lowering/PairArithmetic.h"
#include "MathTestHarness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace actin;
using namespace actin::test;

namespace {

using Function = int (*)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);

Exact thrice(Function function) {
  return [function](mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
    function(result, x, MPFR_RNDN);
    mpfr_mul_ui(result, result, 3, MPFR_RNDN);
  };
}

int exactSigmoid(mpfr_ptr result, mpfr_srcptr x, mpfr_rnd_t rounding) {
  mpfr_neg(result, x, rounding);
  mpfr_exp(result, result, rounding);
  mpfr_add_ui(result, result, 1, rounding);
  return mpfr_ui_div(result, 1, result, rounding);
}

int expOfNegative(mpfr_ptr result, mpfr_srcptr x, mpfr_rnd_t rounding) {
  mpfr_abs(result, x, rounding);
  mpfr_neg(result, result, rounding);
  return mpfr_exp(result, result, rounding);
}

Value multiplyBy3(VectorBuilder &b, const ValuePair &x) {
  return roundPair(b, mulPairs(b, x, {b.like(x.high, 3.0), Value()}));
}

Value multiplyBy3(VectorBuilder &b, const ScaledPair &x) {
  return b.materialize({multiplyBy3(b, x.mantissa), x.exponent});
}

/// `limit`: half an ulp of the rounding, half of one more where a result is
/// subnormal, and what the function states.
void check(const char *name, Emit emit, Function exact, double limit) {
  MathTest test;
  test.name = name;
  test.emit = emit;
  test.exact = thrice(exact);
  test.limitF32 = test.limitF64 = limit;
  test.limitF32NoFma = test.limitF64NoFma = limit + 0.4;
  expectAccurateInBoth(test);
}

template <typename F> Emit onPlain(F emit) {
  return [emit](VectorBuilder &b, Value x, Value) {
    return multiplyBy3(b, emit(b, ValuePair{x, Value()}));
  };
}

TEST(MathPairs, Exp) { check("exp", onPlain(emitExpPair), mpfr_exp, 0.76); }

TEST(MathPairs, ExpOfNegative) {
  auto emit = [](VectorBuilder &b, const ValuePair &x) {
    return emitExpOfBoundedPair(b, ValuePair{b.neg(b.abs(x.high)), Value()});
  };
  check("exp of negative", onPlain(emit), expOfNegative, 0.76);
}

TEST(MathPairs, Expm1) {
  check("expm1", onPlain(emitExpm1Pair), mpfr_expm1, 0.95);
}

TEST(MathPairs, Sigmoid) {
  auto emit = [](VectorBuilder &b, const ValuePair &x) {
    return emitSigmoidPair(b, x);
  };
  check("sigmoid", onPlain(emit), exactSigmoid, 0.76);
}

TEST(MathPairs, Tanh) { check("tanh", onPlain(emitTanhPair), mpfr_tanh, 1.1); }

TEST(MathPairs, Log) {
  auto emit = [](VectorBuilder &b, const ValuePair &x) {
    return emitLogAsPair(b, x.high);
  };
  check("log", onPlain(emit), mpfr_log, 0.8);
}

TEST(MathPairs, Log1p) {
  auto emit = [](VectorBuilder &b, const ValuePair &x) {
    return emitLog1pAsPair(b, x.high);
  };
  check("log1p", onPlain(emit), mpfr_log1p, 0.8);
}

TEST(MathPairs, DivisionBySubnormalNumbers) {
  MathTest test;
  test.name = "3 x / x";
  test.emit = [](VectorBuilder &b, Value x, Value) {
    ValuePair thrice{b.mul(x, b.like(x, 3.0)), Value()};
    return roundPair(
        b, divPairsLoosely(b, thrice, {x, Value()}, /*isNormal=*/false));
  };
  float least = std::numeric_limits<float>::denorm_min();
  expectExactly<float>(test, {least, -5 * least, 0x1p-127f, 0x1p100f}, {},
                       {3, 3, 3, 3});
  expectExactly<double>(test, {0x1p-1074, -0x1.8p-1030, 0x1p-1022, 0x1p900}, {},
                        {3, 3, 3, 3});
}

TEST(MathPairs, DivisionByAConstantIsExactWhereItCanBe) {
  MathTest test;
  test.name = "x / 6 + 1/2";
  test.emit = [](VectorBuilder &b, Value x, Value) {
    ValuePair six{b.like(x, 6.0), Value()}, half{b.like(x, 0.5), Value()};
    double inverse = VectorBuilder::isF64(x) ? 1.0 / 6 : 1.0f / 6;
    ValuePair sixth = divPairsByConstant(b, {x, Value()}, six, inverse);
    return roundPair(b, addPairs(b, sixth, half));
  };
  test.exact = [](mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr) {
    mpfr_div_ui(result, x, 6, MPFR_RNDN);
    mpfr_add_d(result, result, 0.5, MPFR_RNDN);
  };
  test.limitF32 = test.limitF64 = 0.7;
  test.limitF32NoFma = test.limitF64NoFma = 0.7;
  expectAccurateInBoth(test);
  expectExactly<float>(test, {-3, 3, 9}, {}, {0, 1, 2});
  expectExactly<double>(test, {-3, 3, 9}, {}, {0, 1, 2});
}

} // namespace
