//===- FlushSubnormals.h - Arithmetic without subnormals --------*- C++ -*-===//

#ifndef ACTIN_VERIFY_FLUSHSUBNORMALS_H
#define ACTIN_VERIFY_FLUSHSUBNORMALS_H

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace actin {

/// While it lives, this thread's vector arithmetic takes and gives 0 for
/// subnormal numbers, of which each costs x86 processors a hundred cycles. For
/// f64 that is compared with f32: nothing of f32's range is subnormal there.
class FlushSubnormals {
public:
#if defined(__x86_64__)
  FlushSubnormals() : kept(_mm_getcsr()) { _mm_setcsr(kept | flushBits); }
  ~FlushSubnormals() { _mm_setcsr(kept); }
#else
  FlushSubnormals() = default;
#endif
  FlushSubnormals(const FlushSubnormals &) = delete;
  FlushSubnormals &operator=(const FlushSubnormals &) = delete;

private:
#if defined(__x86_64__)
  static constexpr unsigned flushBits = 0x8040; ///< FTZ and DAZ.
  unsigned kept;
#endif
};

} // namespace actin

#endif // ACTIN_VERIFY_FLUSHSUBNORMALS_H
