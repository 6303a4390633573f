//===- BoxSearch.h - Bounds by dividing a box -------------------*- C++ -*-===//
//
// An interval evaluation is the tighter the smaller its box: these divide a box
// until the answer is clear or the work allowed is done.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_ANALYSIS_BOXSEARCH_H
#define ACTIN_ANALYSIS_BOXSEARCH_H

#include "Analysis/Interval.h"

#include "llvm/ADT/STLFunctionalExtras.h"

namespace actin {

using Box = llvm::SmallVector<Interval, 4>;
using BoxFunction = llvm::function_ref<Interval(const Box &)>;

/// The two halves of `box` along its widest side, measured by `whole`'s; none
/// where no side is wider than `leastWidth` of that, or can be divided at all.
std::optional<std::pair<Box, Box>> halve(const Box &box, const Box &whole,
                                         double leastWidth);

/// The point in the middle.
Box getMiddle(const Box &box);

/// The greatest value of a function on a box lies in [attained, bound];
/// -infinity where it is defined nowhere. Both are proven.
struct Maximum {
  double attained = -INFINITY;
  double bound = -INFINITY;
};

/// Branch and bound, to a relative `tolerance` or until `maxEvaluations`.
Maximum findMaximum(BoxFunction function, const Box &whole, double tolerance,
                    size_t maxEvaluations);

/// Divides `whole`, from left to right, while `isClear` is false for a part;
/// `visit` gets the clear parts and those of `leastWidth` (relative to
/// `whole`), and stops everything by returning false. Returns false where
/// `maxEvaluations` did not suffice: then the last parts visited are large.
bool divide(const Box &whole, double leastWidth, size_t maxEvaluations,
            llvm::function_ref<bool(const Box &)> isClear,
            llvm::function_ref<bool(const Box &, bool isClear)> visit);

} // namespace actin

#endif // ACTIN_ANALYSIS_BOXSEARCH_H
