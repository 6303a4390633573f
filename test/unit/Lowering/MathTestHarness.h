//===- MathTestHarness.h - Runs and judges one math function ----*- C++ -*-===//
//
// Compiles a loop around one vector math function for a chosen machine, runs it
// on stratified samples, and measures the largest error against MPFR.
//
// ACTIN_MATH_EXHAUSTIVE=1 runs f32 functions over all 2^32 inputs, judged by
// the f64 kernel of the same function. ACTIN_MATH_REPORT=1 prints the measured
// errors, the time an element and the number of instructions.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_TEST_MATHTESTHARNESS_H
#define ACTIN_TEST_MATHTESTHARNESS_H

#include "Lowering/MathFunctions.h"

#include <mpfr.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace actin::test {

/// Instruction sets: SSE4.2 without FMA, AVX2 with FMA, AVX-512; Arm's NEON,
/// and SVE with vectors of any length.
enum class Machine { V2, V3, V4, Neon, Sve };
const char *getName(Machine machine);
/// False where this host cannot run code of `machine`.
bool isSupported(Machine machine);
TargetTraits getTraits(Machine machine);

/// Emits the function of two vectors; `y` is null for a function of one.
using Emit = std::function<Value(VectorBuilder &, Value x, Value y)>;
/// The same function, rounded to result's precision or better (128 bits).
using Exact =
    std::function<void(mpfr_ptr result, mpfr_srcptr x, mpfr_srcptr y)>;

/// One function compiled for one machine: out[i] = f(x[i], y[i]).
class MathKernel {
public:
  /// Fails the running test and yields null on an error of compilation.
  static std::unique_ptr<MathKernel> compile(Machine machine, bool isF64,
                                             bool isBinary, const Emit &emit);
  ~MathKernel();

  /// Any number of float or double, as compiled; runRaw: of whole vectors.
  template <typename T>
  std::vector<T> run(const std::vector<T> &x, const std::vector<T> &y) const;
  void runRaw(const void *x, const void *y, void *out, size_t count) const {
    entry(x, y, out, int64_t(count));
  }
  const std::string &getAssembly() const { return assembly; }
  /// Instructions of the assembly, outside of the loop's control.
  unsigned countInstructions() const;

private:
  struct Jit;
  MathKernel() = default;

  std::unique_ptr<Jit> jit;
  void (*entry)(const void *, const void *, void *, int64_t) = nullptr;
  std::string assembly;
};

/// |got - exact| in units of T's last place at `exact`, subnormals included.
/// Infinity counts as the number after the largest; NaN against a number is
/// infinitely wrong.
template <typename T> double ulpError(T got, long double exact);

struct MathTest {
  std::string name;
  Emit emit;
  Exact exact;
  bool isBinary = false;
  /// Limits in ulp with FMA, and without.
  double limitF32 = 2.0, limitF64 = 2.0;
  double limitF32NoFma = 2.5, limitF64NoFma = 2.5;
  /// Of f32 where registers hold tables (V3, V4); 0: as without.
  double limitF32Tables = 0;
  /// Points where methods change: neighbours of both signs are sampled.
  std::vector<double> thresholds = {};
  /// Largest |x| that is sampled densely.
  double denseLimit = 64.0;
};

/// Runs `test` in T on all machines of this host; reports each failure with
/// the worst input. Expects that the code has no calls. ACTIN_MATH_STRIDE=n
/// leaves one of n samples: under emulation the exact results take long.
template <typename T> void expectAccurate(const MathTest &test);

/// Both element types.
inline void expectAccurateInBoth(const MathTest &test) {
  expectAccurate<float>(test);
  expectAccurate<double>(test);
}

/// f(x) for one x on each machine of this host, in T, as bits must agree: NaN
/// with NaN, and the sign of zeros.
template <typename T>
void expectExactly(const MathTest &test, std::vector<T> x, std::vector<T> y,
                   std::vector<T> expected);

} // namespace actin::test

#endif // ACTIN_TEST_MATHTESTHARNESS_H
