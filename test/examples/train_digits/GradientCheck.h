//===- GradientCheck.h - Do the kernels agree with each other? --*- C++ -*-===//
//
// Compares the gradients of an activation layer with finite differences of its
// value: a smoke test that the forward and the backward kernel belong to one
// formula.
//
//===----------------------------------------------------------------------===//

#ifndef TRAIN_DIGITS_GRADIENTCHECK_H
#define TRAIN_DIGITS_GRADIENTCHECK_H

#include "Layers.h"

namespace digits {

/// The largest difference between a gradient (of the input, of a parameter) and
/// the central difference that stands for it, relative to 1 + its size, on a
/// random batch. About 1e-3 in f32 where the formula is smooth; a kink that a
/// difference straddles raises it. Leaves the parameters as they are. Errors:
/// those of running a kernel.
actin::Expected<double> checkGradients(ActivationLayer layer,
                                       int64_t numChannels, Random &random);

} // namespace digits

#endif // TRAIN_DIGITS_GRADIENTCHECK_H
