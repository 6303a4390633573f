//===- BoxSearch.cpp - Bounds by dividing a box ---------------------------===//

#include "Analysis/BoxSearch.h"

#include <algorithm>
#include <queue>

namespace actin {

/// Without overflow.
static double getMiddle(const Interval &side) {
  return side.lower / 2 + side.upper / 2;
}

Box getMiddle(const Box &box) {
  Box middle;
  for (const Interval &side : box)
    middle.push_back(Interval::point(getMiddle(side)));
  return middle;
}

std::optional<std::pair<Box, Box>> halve(const Box &box, const Box &whole,
                                         double leastWidth) {
  size_t widest = 0;
  double width = 0;
  for (size_t i = 0; i < box.size(); ++i) {
    double share = whole[i].isPoint()
                       ? 0
                       : (box[i].upper / 2 - box[i].lower / 2) /
                             (whole[i].upper / 2 - whole[i].lower / 2);
    if (share > width) {
      width = share;
      widest = i;
    }
  }
  if (width <= leastWidth)
    return std::nullopt;
  double middle = getMiddle(box[widest]);
  if (!(box[widest].lower < middle && middle < box[widest].upper))
    return std::nullopt;
  std::pair<Box, Box> halves{box, box};
  halves.first[widest].upper = halves.second[widest].lower = middle;
  return halves;
}

namespace {
struct Candidate {
  double bound;
  Box box;
  bool operator<(const Candidate &other) const { return bound < other.bound; }
};
} // namespace

Maximum findMaximum(BoxFunction function, const Box &whole, double tolerance,
                    size_t maxEvaluations) {
  constexpr double leastWidth = 1e-14;
  Maximum result;
  std::priority_queue<Candidate> candidates;
  auto push = [&](const Box &box) {
    Interval values = function(box);
    if (values.isEmpty())
      return;
    Interval value = function(getMiddle(box));
    if (!value.isEmpty() && std::isfinite(value.lower))
      result.attained = std::max(result.attained, value.lower);
    if (values.upper > result.attained)
      candidates.push({values.upper, box});
  };
  double settled = -INFINITY; // Of parts too small to divide.
  push(whole);
  for (size_t count = 1; !candidates.empty(); count += 4) {
    const Candidate &top = candidates.top();
    double bound = std::max(top.bound, settled);
    double gap = bound - result.attained;
    bool isTight =
        std::isfinite(bound) && gap <= tolerance * std::fabs(bound) + 1e-300;
    if (isTight || top.bound <= settled || count > maxEvaluations)
      break;
    Candidate worst = top;
    candidates.pop();
    if (auto halves = halve(worst.box, whole, leastWidth)) {
      push(halves->first);
      push(halves->second);
    } else {
      settled = std::max(settled, worst.bound);
    }
  }
  result.bound = std::max(settled, result.attained);
  if (!candidates.empty())
    result.bound = std::max(result.bound, candidates.top().bound);
  return result;
}

bool divide(const Box &whole, double leastWidth, size_t maxEvaluations,
            llvm::function_ref<bool(const Box &)> isClear,
            llvm::function_ref<bool(const Box &, bool)> visit) {
  llvm::SmallVector<Box> pending = {whole};
  size_t count = 0;
  while (!pending.empty()) {
    Box box = pending.pop_back_val();
    bool clear = count < maxEvaluations && isClear(box);
    std::optional<std::pair<Box, Box>> halves;
    if (!clear && count++ < maxEvaluations)
      halves = halve(box, whole, leastWidth);
    if (halves) {
      pending.push_back(halves->second);
      pending.push_back(halves->first);
    } else if (!visit(box, clear)) {
      return true;
    }
  }
  return count <= maxEvaluations;
}

} // namespace actin
