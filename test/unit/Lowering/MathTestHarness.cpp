//===- MathTestHarness.cpp - Runs and judges one math function ------------===//

#include "MathTestHarness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>

namespace actin::test {

static constexpr Machine allMachines[] = {Machine::V2, Machine::V3, Machine::V4,
                                          Machine::Neon, Machine::Sve};

template <typename T> struct BitsOf;
template <> struct BitsOf<float> { using Type = uint32_t; };
template <> struct BitsOf<double> { using Type = uint64_t; };
template <typename T> using Bits = typename BitsOf<T>::Type;

template <typename T> double ulpError(T got, long double exact) {
  using Limits = std::numeric_limits<T>;
  if (std::isnan(exact) || std::isnan(got))
    return std::isnan(exact) && std::isnan(got) ? 0.0 : HUGE_VAL;
  // Infinity stands one ulp behind the largest number, for both.
  long double end = std::ldexp(1.0L, Limits::max_exponent);
  auto finite = [&](long double value) {
    return std::fmin(std::fmax(value, -end), end);
  };
  long double error = std::fabs(finite(got) - finite(exact));
  int exponent =
      exact == 0.0L ? Limits::min_exponent - 1 : std::ilogb(finite(exact));
  exponent = std::max(exponent, Limits::min_exponent - 1);
  exponent = std::min(exponent, Limits::max_exponent - 1);
  return double(error / std::ldexp(1.0L, exponent - (Limits::digits - 1)));
}
template double ulpError(float, long double);
template double ulpError(double, long double);

//===----------------------------------------------------------------------===//
// Samples
//===----------------------------------------------------------------------===//

template <typename T> static void addNeighbours(std::vector<T> &samples, T x) {
  T above = x, below = x;
  for (int i = 0; i < 40; ++i) {
    samples.insert(samples.end(), {above, below, -above, -below});
    above = std::nextafter(above, std::numeric_limits<T>::infinity());
    below = std::nextafter(below, -std::numeric_limits<T>::infinity());
  }
}

/// One of ACTIN_MATH_STRIDE.
template <typename T> static std::vector<T> thin(std::vector<T> samples) {
  const char *given = std::getenv("ACTIN_MATH_STRIDE");
  size_t stride = given ? std::max(std::atoi(given), 1) : 1, kept = 0;
  for (size_t i = 0; i < samples.size(); i += stride)
    samples[kept++] = samples[i];
  samples.resize(kept);
  return samples;
}

template <typename T>
static std::vector<T> makeSamples(const MathTest &test, uint64_t seed) {
  using Limits = std::numeric_limits<T>;
  std::mt19937_64 random(seed);
  std::vector<T> samples = {T(0),
                            -T(0),
                            Limits::max(),
                            Limits::lowest(),
                            Limits::min(),
                            -Limits::min(),
                            Limits::denorm_min(),
                            -Limits::denorm_min(),
                            Limits::infinity(),
                            -Limits::infinity(),
                            Limits::quiet_NaN()};
  if (sizeof(T) == 4 && !test.isBinary)
    for (uint64_t bits = 0; bits < (1ull << 32); bits += 16411)
      samples.push_back(T(std::bit_cast<float>(uint32_t(bits))));
  // All exponents, subnormals too, of both signs.
  constexpr unsigned mantissaBits = Limits::digits - 1;
  constexpr unsigned numExponents = 2 * Limits::max_exponent - 1;
  for (unsigned exponent = 0; exponent < numExponents; ++exponent)
    for (int i = 0; i < 16; ++i) {
      Bits<T> mantissa = Bits<T>(random()) >> (sizeof(T) * 8 - mantissaBits);
      T x = std::bit_cast<T>((Bits<T>(exponent) << mantissaBits) | mantissa);
      samples.insert(samples.end(), {x, -x});
    }
  for (double limit : {1.0, 4.0, test.denseLimit, 12 * test.denseLimit}) {
    std::uniform_real_distribution<double> uniform(-limit, limit);
    for (int i = 0; i < 20000; ++i)
      samples.push_back(T(uniform(random)));
  }
  for (double x : {0.0, 0.5, 1.0, 2.0, 3.0, 88.72, 103.97, 709.78, 745.13})
    addNeighbours(samples, T(x));
  for (double x : test.thresholds)
    addNeighbours(samples, T(x));
  return thin(samples);
}

/// The exact results, as 64 bits.
template <typename T>
static std::vector<long double>
judge(const MathTest &test, const std::vector<T> &x, const std::vector<T> &y) {
  std::vector<long double> results(x.size());
  mpfr_t a, b, result;
  mpfr_inits2(64, a, b, nullptr);
  mpfr_init2(result, 128);
  for (size_t i = 0; i < x.size(); ++i) {
    mpfr_set_d(a, double(x[i]), MPFR_RNDN);
    if (test.isBinary)
      mpfr_set_d(b, double(y[i]), MPFR_RNDN);
    test.exact(result, a, b);
    results[i] = mpfr_get_ld(result, MPFR_RNDN);
  }
  mpfr_clears(a, b, result, nullptr);
  return results;
}

//===----------------------------------------------------------------------===//
// Judgement
//===----------------------------------------------------------------------===//

namespace {
template <typename T> struct Worst {
  double ulps = 0.0;
  T x{}, y{}, got{};
  long double expected{};

  void consider(T newX, T newY, T newGot, long double exact) {
    double error = ulpError(newGot, exact);
    if (error > ulps) {
      ulps = error;
      x = newX, y = newY, got = newGot, expected = exact;
    }
  }
};
} // namespace

template <typename T>
static std::string describe(const MathTest &test, Machine machine,
                            const Worst<T> &worst) {
  char text[320];
  int length = std::snprintf(
      text, sizeof text, "%s %s %s: %.3f ulp at x = %a (%.9g)",
      test.name.c_str(), sizeof(T) == 4 ? "f32" : "f64", getName(machine),
      worst.ulps, double(worst.x), double(worst.x));
  if (test.isBinary)
    length +=
        std::snprintf(text + length, sizeof text - length, ", y = %a (%.9g)",
                      double(worst.y), double(worst.y));
  std::snprintf(text + length, sizeof text - length,
                ": expected %a (%.9g), got %a (%.9g)", double(worst.expected),
                double(worst.expected), double(worst.got), double(worst.got));
  return text;
}

template <typename T>
static double getLimit(const MathTest &test, Machine machine) {
  bool hasTables = machine == Machine::V3 || machine == Machine::V4;
  if (sizeof(T) == 4 && hasTables && test.limitF32Tables != 0)
    return test.limitF32Tables;
  if (getTraits(machine).hasFma)
    return sizeof(T) == 4 ? test.limitF32 : test.limitF64;
  return sizeof(T) == 4 ? test.limitF32NoFma : test.limitF64NoFma;
}

/// ns an element over an array that stays in the second-level cache.
template <typename T> static double measureNanos(const MathKernel &kernel) {
  using Clock = std::chrono::steady_clock;
  std::vector<T> x(4096), out(4096);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = T(0.003 * double(i) - 6.0);
  double best = HUGE_VAL;
  for (int trial = 0; trial < 30; ++trial) {
    auto start = Clock::now();
    for (int i = 0; i < 16; ++i)
      kernel.runRaw(x.data(), x.data(), out.data(), x.size());
    std::chrono::duration<double, std::nano> time = Clock::now() - start;
    best = std::min(best, time.count() / (16.0 * double(x.size())));
  }
  return best;
}

template <typename T>
static void report(const MathTest &test, Machine machine,
                   const MathKernel &kernel, const Worst<T> &worst) {
  if (!std::getenv("ACTIN_MATH_REPORT"))
    return;
  std::printf("%s | %.3f ns, %u instructions\n",
              describe(test, machine, worst).c_str(), measureNanos<T>(kernel),
              kernel.countInstructions());
  if (const char *name = std::getenv("ACTIN_MATH_ASSEMBLY"); name)
    std::printf("%s\n", kernel.getAssembly().c_str());
}

/// All 2^32 inputs of a unary f32 function against its f64 kernel.
static Worst<float> runExhaustively(const MathKernel &kernel,
                                    const MathKernel &oracle) {
  constexpr size_t blockSize = 1 << 16;
  std::vector<float> x(blockSize), got(blockSize);
  std::vector<double> wide(blockSize), expected(blockSize);
  Worst<float> worst;
  for (uint64_t start = 0; start < (1ull << 32); start += blockSize) {
    for (size_t i = 0; i < blockSize; ++i) {
      x[i] = std::bit_cast<float>(uint32_t(start + i));
      wide[i] = x[i];
    }
    kernel.runRaw(x.data(), x.data(), got.data(), blockSize);
    oracle.runRaw(wide.data(), wide.data(), expected.data(), blockSize);
    for (size_t i = 0; i < blockSize; ++i) {
      // Most results are within half an ulp: skip the exact judgement.
      if (got[i] != float(expected[i]) || std::isnan(got[i]))
        worst.consider(x[i], 0.0f, got[i], expected[i]);
    }
  }
  return worst;
}

static void expectAccurateExhaustively(const MathTest &test) {
  Machine best = *std::find_if(std::rbegin(allMachines), std::rend(allMachines),
                               isSupported);
  auto oracle = MathKernel::compile(best, true, false, test.emit);
  for (Machine machine : allMachines) {
    if (!isSupported(machine))
      continue;
    auto kernel = MathKernel::compile(machine, false, false, test.emit);
    ASSERT_TRUE(kernel && oracle) << test.name;
    Worst<float> worst = runExhaustively(*kernel, *oracle);
    EXPECT_LE(worst.ulps, getLimit<float>(test, machine))
        << describe(test, machine, worst);
    report(test, machine, *kernel, worst);
  }
}

template <typename T> void expectAccurate(const MathTest &test) {
  if (sizeof(T) == 4 && !test.isBinary && std::getenv("ACTIN_MATH_EXHAUSTIVE"))
    return expectAccurateExhaustively(test);
  std::vector<T> x = makeSamples<T>(test, 1), y(x.size());
  if (test.isBinary) {
    y = makeSamples<T>(test, 2);
    std::shuffle(y.begin(), y.end(), std::mt19937_64(3));
  }
  std::vector<long double> expected = judge(test, x, y);
  for (Machine machine : allMachines) {
    if (!isSupported(machine)) {
      std::printf("not run: this host is no %s\n", getName(machine));
      continue;
    }
    auto kernel =
        MathKernel::compile(machine, sizeof(T) == 8, test.isBinary, test.emit);
    ASSERT_TRUE(kernel) << test.name;
    for (const char *call : {"\tcall", "\tbl\t"})
      EXPECT_EQ(kernel->getAssembly().find(call), std::string::npos)
          << test.name << " calls a function on " << getName(machine);
    std::vector<T> got = kernel->run(x, y);
    Worst<T> worst;
    for (size_t i = 0; i < x.size(); ++i)
      worst.consider(x[i], y[i], got[i], expected[i]);
    EXPECT_LE(worst.ulps, getLimit<T>(test, machine))
        << describe(test, machine, worst);
    report(test, machine, *kernel, worst);
  }
}
template void expectAccurate<float>(const MathTest &);
template void expectAccurate<double>(const MathTest &);

template <typename T>
void expectExactly(const MathTest &test, std::vector<T> x, std::vector<T> y,
                   std::vector<T> expected) {
  for (Machine machine : allMachines) {
    if (!isSupported(machine))
      continue;
    auto kernel =
        MathKernel::compile(machine, sizeof(T) == 8, test.isBinary, test.emit);
    ASSERT_TRUE(kernel) << test.name;
    std::vector<T> got = kernel->run(x, y);
    for (size_t i = 0; i < x.size(); ++i) {
      bool same = std::isnan(expected[i])
                      ? std::isnan(got[i])
                      : std::bit_cast<Bits<T>>(got[i]) ==
                            std::bit_cast<Bits<T>>(expected[i]);
      EXPECT_TRUE(same) << test.name << (sizeof(T) == 4 ? " f32 " : " f64 ")
                        << getName(machine) << " at " << x[i]
                        << (test.isBinary ? ", " + std::to_string(y[i]) : "")
                        << ": expected " << expected[i] << ", got " << got[i];
    }
  }
}
template void expectExactly<float>(const MathTest &, std::vector<float>,
                                   std::vector<float>, std::vector<float>);
template void expectExactly<double>(const MathTest &, std::vector<double>,
                                    std::vector<double>, std::vector<double>);

} // namespace actin::test
