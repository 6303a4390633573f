//===- Passes.cpp - Registration of the passes ----------------------------===//

#include "Transforms/Passes.h"

namespace actin {

namespace {

#define GEN_PASS_REGISTRATION
#include "Transforms/Passes.h.inc"

} // namespace

void registerActinPasses() { registerActinTransformsPasses(); }

} // namespace actin
