//===- MathPiecewiseTest.cpp - Tables as kernels have them ----------------===//

#include "Lowering/MathPiecewise.h"
#include "MathTestHarness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

using namespace actin;
using namespace actin::test;

namespace {

/// Whatever the function: e^-x's series with numbers that piece n alone has.
Pieces makeHalving(double step) {
  Pieces pieces;
  pieces.step = step;
  pieces.isHalving = true;
  pieces.last = Pieces::maxCount - 1;
  for (int k = 0; k != 6; ++k) {
    Pieces::Row &row = pieces.coefficients.emplace_back();
    for (int n = 0; n != Pieces::maxCount; ++n)
      row[n] = float(std::pow(-1, k) / std::tgamma(k + 1) * (1 + n / 77.0));
  }
  return pieces;
}

/// Bit by bit, on numbers of all sizes, >= 0 where pieces begin there.
void expectAsEvaluated(const Pieces &pieces) {
  if (!isSupported(Machine::V4))
    GTEST_SKIP() << "no AVX-512";
  std::unique_ptr<MathKernel> kernel = MathKernel::compile(
      Machine::V4, /*isF64=*/false, /*isBinary=*/false,
      [&](VectorBuilder &b, Value x, Value) {
        return b.materialize(emitHalvingPieces(b, pieces, {x, Value()}));
      });
  ASSERT_TRUE(kernel);
  std::vector<float> x = {0.0f, 1e-45f, 1e-38f, 3e38f, INFINITY};
  for (int i = 0; i != 200000; ++i)
    x.push_back(float(i) * 1.3e-3f);
  for (size_t i = 0, e = x.size(); i != e && pieces.first < 0; ++i)
    x.push_back(-x[i]);
  std::vector<float> results = kernel->run(x, {});
  for (size_t i = 0; i != x.size(); ++i)
    ASSERT_EQ(results[i], pieces.evaluate(x[i])) << x[i];
  EXPECT_TRUE(std::isnan(kernel->run<float>({NAN}, {})[0]));
}

TEST(MathPiecewise, halvesAsEvaluated) {
  expectAsEvaluated(makeHalving(M_LN2));
}

TEST(MathPiecewise, takesBothPartsOfAPair) {
  if (!isSupported(Machine::V4))
    GTEST_SKIP() << "no AVX-512";
  std::vector<float> high, low, sums;
  for (int i = 0; i != 10000; ++i) {
    float x = float(i) / 64, part = std::ldexp(i % 2 ? 1.0f : -1.0f, -9);
    if (std::lround(x / M_LN2) != std::lround((x + part) / M_LN2))
      continue; // Another piece.
    high.push_back(x);
    low.push_back(part);
    sums.push_back(x + part);
  }
  for (double shift : {0.0, 0.3}) {
    Pieces pieces = makeHalving(M_LN2);
    pieces.tail = {float(shift), -0.9f, -0.4f};
    auto compile = [&](bool isPair) {
      return MathKernel::compile(
          Machine::V4, /*isF64=*/false, /*isBinary=*/true,
          [&](VectorBuilder &b, Value x, Value y) {
            ValuePair argument{x, isPair ? y : Value()};
            return b.materialize(emitHalvingPieces(b, pieces, argument));
          });
    };
    std::vector<float> expected = compile(false)->run(sums, low);
    std::vector<float> results = compile(true)->run(high, low);
    for (size_t i = 0; i != sums.size(); ++i)
      ASSERT_NEAR(results[i], expected[i], 4e-7 * std::fabs(expected[i]))
          << sums[i];
  }
}

TEST(MathPiecewise, halvesBesideALineAsEvaluated) {
  for (double shift : {-1.0, 0.0, 0.3}) {
    Pieces pieces = makeHalving(M_LN2 / 1.7);
    pieces.tail = {float(shift)};
    expectAsEvaluated(pieces);
  }
}

TEST(MathPiecewise, halvesOnOneSideAsEvaluated) {
  Pieces pieces = makeHalving(M_LN2);
  pieces.first = -13;
  pieces.last = 18;
  expectAsEvaluated(pieces);
  for (double shift : {1.0, 0.3}) {
    pieces.tail = {float(shift), -0.9f, -0.4f};
    expectAsEvaluated(pieces);
  }
}

TEST(MathPiecewise, halvesTimesXAsEvaluated) {
  Pieces pieces = makeHalving(M_LN2 / 1.3);
  pieces.first = -17;
  pieces.last = 14;
  pieces.isTimesX = true;
  for (int n = pieces.first; n <= pieces.last; ++n)
    pieces.coefficients[0][size_t(n) % Pieces::maxCount] = n / 40.0f;
  expectAsEvaluated(pieces);
  pieces.tail = {0, -0.7f, 0};
  expectAsEvaluated(pieces);
}

} // namespace
