//===- MpfrFunctions.cpp - The functions that MPFR has itself -------------===//

#include "Support/MpfrFunctions.h"

#include "llvm/ADT/StringSwitch.h"

namespace actin {

MpfrFunction findMpfrFunction(llvm::StringRef name) {
  return llvm::StringSwitch<MpfrFunction>(name)
      .Case("exp", mpfr_exp)
      .Case("exp2", mpfr_exp2)
      .Case("expm1", mpfr_expm1)
      .Case("log", mpfr_log)
      .Case("log2", mpfr_log2)
      .Case("log10", mpfr_log10)
      .Case("log1p", mpfr_log1p)
      .Case("sqrt", mpfr_sqrt)
      .Case("rsqrt", mpfr_rec_sqrt)
      .Case("floor", [](mpfr_ptr r, mpfr_srcptr x,
                        mpfr_rnd_t) { return mpfr_floor(r, x); })
      .Case("ceil", [](mpfr_ptr r, mpfr_srcptr x,
                       mpfr_rnd_t) { return mpfr_ceil(r, x); })
      .Case("round", [](mpfr_ptr r, mpfr_srcptr x,
                        mpfr_rnd_t) { return mpfr_roundeven(r, x); })
      .Case("sin", mpfr_sin)
      .Case("cos", mpfr_cos)
      .Case("tan", mpfr_tan)
      .Case("asin", mpfr_asin)
      .Case("acos", mpfr_acos)
      .Case("atan", mpfr_atan)
      .Case("sinh", mpfr_sinh)
      .Case("cosh", mpfr_cosh)
      .Case("tanh", mpfr_tanh)
      .Case("asinh", mpfr_asinh)
      .Case("acosh", mpfr_acosh)
      .Case("atanh", mpfr_atanh)
      .Case("erf", mpfr_erf)
      .Case("erfc", mpfr_erfc)
      .Default(nullptr);
}

namespace {
struct MpfrThreadCache {
  ~MpfrThreadCache() { mpfr_free_cache2(MPFR_FREE_LOCAL_CACHE); }
};
} // namespace

void freeMpfrCacheAtThreadExit() { static thread_local MpfrThreadCache cache; }

} // namespace actin
