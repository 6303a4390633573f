//===- AnalyzeCurve.h - Trends, kinks and tails of a curve ------*- C++ -*-===//

#ifndef ACTIN_ANALYSIS_ANALYZECURVE_H
#define ACTIN_ANALYSIS_ANALYZECURVE_H

#include "Analysis/BoxSearch.h"
#include "actin/Analyze.h"

namespace actin {

/// Fills in what `report` says of formulas of one input. `slope` is the
/// derivative of `function`; `whole` is its range, then its parameters.
void analyzeCurve(const Activation &function, const Activation &slope,
                  const Box &whole, AnalyzeReport &report);

/// True where the values of `function` are proven not to jump in `whole`.
bool excludeJumps(const Activation &function, const Box &whole);

} // namespace actin

#endif // ACTIN_ANALYSIS_ANALYZECURVE_H
